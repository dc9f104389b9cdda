import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundlePrograms, loadBundle } from './bundle.ts';
import { MUTANTS } from './mutants/index.ts';
import { runSeed } from './simulation.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const SEEDS = 24;
let bundle: Bundle;

beforeAll(async () => {
  bundle = loadBundle(await bundlePrograms(root), root);
});

/** Design, "Correctness by simulation": what the checker of test/sim holds; `npm run sim -- --replay SEED` shows a seed. */
describe('simulation', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    test(`seed ${seed}`, async () => {
      expect((await runSeed(seed, bundle)).failure).toBeUndefined();
    });
  }

  test('a seed gives the same trace every time', async () => {
    const first = await runSeed(7, bundle, { traceLinesMax: 10 });
    await runSeed(8, bundle);
    const again = await runSeed(7, bundle, { traceLinesMax: 10 });
    expect(again.digest).toBe(first.digest);
    expect(again.trace).toEqual(first.trace);
  });

  test('a seed gives the same trace in a fresh process', async () => {
    const first = await runSeed(9, bundle, { traceLinesMax: 10 });
    const fresh = loadBundle(await bundlePrograms(root), root);
    expect((await runSeed(9, fresh, { traceLinesMax: 10 })).digest).toBe(first.digest);
  });

  test('a deliberate bug is found', async () => {
    const mutant = MUTANTS.find((m) => m.name === 'hflush-does-not-wait');
    const broken = loadBundle(await bundlePrograms(root, mutant?.patches), root);
    const failures: (string | undefined)[] = [];
    for (let seed = 1; seed <= 60 && !failures.some((f) => f !== undefined); seed++) {
      failures.push((await runSeed(seed, broken)).failure);
    }
    expect(failures.at(-1)).toBeDefined();
  });

  test('every patch of a mutant still fits the code', async () => {
    for (const mutant of MUTANTS) expect(await bundlePrograms(root, mutant.patches), mutant.name).not.toBe('');
  });
});
