// Tests the simulator of jobs: a few seeds pass, a seed repeats exactly, and the mutants' patches fit the source.
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkPatches } from '../sim/bundle/patch.ts';
import { type Bundle, bundlePrograms, loadBundle } from './bundle.ts';
import { MUTANTS } from './mutants.ts';
import { runSeed } from './simulation.ts';

const root = path.join(import.meta.dirname, '../..');
const SEEDS = 30;
let bundle: Bundle;

beforeAll(async () => {
  bundle = loadBundle(await bundlePrograms(root), root);
});

/** A failing seed can be shown with `npm run jobsim -- --replay SEED`. */
describe('simulation of jobs', () => {
  test(`seeds 1 to ${SEEDS} keep every promise`, async () => {
    const broken = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violation } = await runSeed(seed, bundle);
      if (violation) broken.push({ seed, violation });
    }
    expect(broken).toEqual([]);
  });

  test('a seed gives the same trace every time, also in freshly loaded programs', async () => {
    const first = await runSeed(7, bundle, 10);
    const fresh = loadBundle(await bundlePrograms(root), root);
    const again = await runSeed(7, fresh, 10);
    expect(again.trace).toEqual(first.trace);
    expect(again.digest).toBe(first.digest);
  });

  test('a deliberate bug is found: an attempt that moves its files itself and deletes what is in the way', async () => {
    const mutant = MUTANTS.find((m) => m.name === 'late-attempt-deletes');
    const broken = loadBundle(await bundlePrograms(root, mutant?.patches), root);
    const promises = new Set<string | undefined>();
    for (let seed = 1; seed <= 20; seed++) promises.add((await runSeed(seed, broken)).violation?.promise);
    expect(mutant?.breaks.filter((promise) => promises.has(promise))).not.toEqual([]);
  });

  test('every patch of a mutant fits the code', () => {
    for (const { patches } of MUTANTS) checkPatches(root, patches);
  });
});
