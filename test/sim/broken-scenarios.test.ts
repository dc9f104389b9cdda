// Plays test/scenarios/sim-*.txt with the mutant that undoes the fix of each: it breaks its promise again.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bundlePrograms, loadBundle } from './bundle/bundle.ts';
import { MUTANTS } from './mutants/index.ts';
import { readScripts } from './script/script.ts';
import { playScript } from './script/script-player.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');

test.each(readScripts(path.join(root, 'test/scenarios')).map(({ file, script }) => ({ file, script, ...script })))(
  '$file breaks $promise with $mutant',
  async ({ script }) => {
    const mutant = MUTANTS.find((m) => m.name === script.mutant);
    const broken = loadBundle(await bundlePrograms(root, mutant?.patches), root);
    const { violation, trace } = await playScript(script, broken);
    expect(violation?.promise, trace.join('\n')).toBe(script.promise);
  },
);
