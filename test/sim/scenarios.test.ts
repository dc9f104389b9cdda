// Plays test/scenarios/sim-*.txt: each passes, and breaks its promise when its mutant undoes the fix.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundlePrograms, loadBundle } from './bundle/bundle.ts';
import { MUTANTS } from './mutants/index.ts';
import { readScripts } from './script/script.ts';
import { playScript } from './script/script-player.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
let bundle: Bundle;

beforeAll(async () => {
  bundle = loadBundle(await bundlePrograms(root), root);
});

/**
 * Each bug that the simulator found is kept as a scenario that passes, and fails with the mutant that undoes the fix.
 */
describe.each(readScripts(path.join(root, 'test/scenarios')))('$file', ({ script }) => {
  test('passes', async () => {
    const { violation, trace } = await playScript(script, bundle);
    expect(violation, trace.join('\n')).toBeUndefined();
  });

  test(`breaks ${script.promise} with ${script.mutant}`, async () => {
    const mutant = MUTANTS.find((m) => m.name === script.mutant);
    const broken = loadBundle(await bundlePrograms(root, mutant?.patches), root);
    const { violation, trace } = await playScript(script, broken);
    expect(violation?.promise, trace.join('\n')).toBe(script.promise);
  });
});
