// Proof: the tests of Calf alone that take too long for `npm test` pass.
import assert from 'node:assert/strict';
import path from 'node:path';
import { run } from '../lib/processes.mjs';
import { projectDir } from '../lib/tools.mjs';

export const title = 'the tests that `npm test` leaves out because they take long';
export const needs = [];

export async function prove(t) {
  await t.step('vitest run --project long', async () => {
    const vitest = path.join(projectDir, 'node_modules', 'vitest', 'vitest.mjs');
    const { code, stdout, stderr } = await run(process.execPath, [vitest, 'run', '--project', 'long'], {
      env: { NO_COLOR: '1' },
      cwd: projectDir,
      timeoutMs: 900_000,
    });
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    return /Tests .*/.exec(stdout)?.[0];
  });
}
