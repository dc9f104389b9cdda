// Plays test/scenarios/sim-*.txt, each of which passes.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Bundle, bundlePrograms, loadBundle } from './bundle/bundle.ts';
import { readScripts } from './script/script.ts';
import { playScript } from './script/script-player.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
let bundle: Bundle;

beforeAll(async () => {
  bundle = loadBundle(await bundlePrograms(root), root);
});

/**
 * Each bug that the simulator found is kept as a scenario that passes, and fails with the mutant that undoes the fix, as
 * broken-scenarios.test.ts shows.
 */
describe.each(readScripts(path.join(root, 'test/scenarios')))('$file', ({ script }) => {
  test('passes', async () => {
    const { violation, trace } = await playScript(script, bundle);
    expect(violation, trace.join('\n')).toBeUndefined();
  });
});
