// Tests the simulator: a few seeds pass, a seed repeats exactly, and the mutants' patches fit the source.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundlePrograms, loadBundle } from './bundle/bundle.ts';
import { checkPatches } from './bundle/patch.ts';
import { PROBES } from './bundle/probes.ts';
import { firstSeedOf, SEEDS_OF_A_DAY } from './day.ts';
import { MUTANTS } from './mutants/index.ts';
import { readMutationRows } from './mutation-table.ts';
import { parseScript, readScripts } from './script/script.ts';
import { playScript } from './script/script-player.ts';
import { runSeed, type SeedResult } from './simulation.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const SEEDS = 16;
let bundle: Bundle;

/** First run of each seed, which the tests share. */
const firstRuns = new Map<number, Promise<SeedResult>>();
function firstRun(seed: number): Promise<SeedResult> {
  const run = firstRuns.get(seed) ?? runSeed(seed, bundle, { traceLinesMax: 10 });
  firstRuns.set(seed, run);
  return run;
}

beforeAll(async () => {
  bundle = loadBundle(await bundlePrograms(root), root);
});

/** A failing seed can be shown with `npm run sim -- --replay SEED`. */
describe('simulation', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    test(`seed ${seed}`, async () => {
      expect((await firstRun(seed)).violation).toBeUndefined();
    });
  }

  test('a seed gives the same trace every time', async () => {
    const first = await firstRun(7);
    await firstRun(8);
    const again = await runSeed(7, bundle, { traceLinesMax: 10 });
    expect(again.digest).toBe(first.digest);
    expect(again.trace).toEqual(first.trace);
  });

  test('a seed gives the same trace in a fresh process', async () => {
    const first = await firstRun(9);
    const fresh = loadBundle(await bundlePrograms(root), root);
    expect((await runSeed(9, fresh, { traceLinesMax: 10 })).digest).toBe(first.digest);
  });

  test('a deliberate bug is found', async () => {
    const mutant = MUTANTS.find((m) => m.name === 'hflush-does-not-wait');
    const broken = loadBundle(await bundlePrograms(root, mutant?.patches), root);
    const broken60 = new Set<string | undefined>();
    for (let seed = 1; seed <= 60 && !broken60.has('acked-bytes-are-read'); seed++) {
      broken60.add((await runSeed(seed, broken)).violation?.promise);
    }
    expect(broken60).toContain('acked-bytes-are-read');
  });

  test('a script names a promise that its mutant breaks', () => {
    const wrong = readScripts(path.join(root, 'test/scenarios')).filter(
      ({ script }) => !MUTANTS.find((m) => m.name === script.mutant)?.breaks.includes(script.promise),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  test('a mutant that no seed finds has a script', () => {
    const scripted = new Set(readScripts(path.join(root, 'test/scenarios')).map(({ script }) => script.mutant));
    expect(MUTANTS.filter((m) => m.isScripted && !scripted.has(m.name)).map((m) => m.name)).toEqual([]);
  });

  test('docs/mutants.md has a row for each mutant', () => {
    const rows = readMutationRows(root);
    expect([...rows.keys()]).toEqual(MUTANTS.map(({ name }) => name));
  });

  test('each day has seeds of its own, which do not reach those of the next day', () => {
    const first = firstSeedOf(new Date('2026-01-31T23:59:59Z'));
    expect(first).toBe(firstSeedOf(new Date('2026-01-31T00:00:00Z')));
    expect(firstSeedOf(new Date('2026-02-01T00:00:00Z'))).toBeGreaterThanOrEqual(first + SEEDS_OF_A_DAY);
  });

  test('an error of the simulator is no broken promise: it ends the run', async () => {
    const script = parseScript('breaks steps-succeed with none\ncluster datanodes=3\nclient0 dance /f\n');
    await expect(playScript(script, bundle)).rejects.toThrow('what? client0 dance /f');
  });

  test.each(MUTANTS)('every patch of $name still fits the code', ({ patches }) => {
    expect(checkPatches(root, [...PROBES, ...patches])).toBeUndefined();
  });
});
