import path from 'node:path';
import { runOk } from '../lib/processes.mjs';
import { interopDir } from '../lib/tools.mjs';

export const title = 'a Go program with colinmarc/hdfs writes and reads on our cluster';
export const needs = ['go'];

export async function prove(t) {
  const program = path.join(t.dir, process.platform === 'win32' ? 'interop.exe' : 'interop');
  await t.step('go build', () =>
    runOk('go', ['build', '-mod=readonly', '-o', program, '.'], {
      cwd: path.join(interopDir, 'go'),
      timeoutMs: 300_000,
    }).then(() => undefined),
  );
  const { uri } = await t.calf();
  await t.step('writes, reads and checks', async () => {
    const { stdout } = await runOk(program, [new URL(uri).host, '/go'], { timeoutMs: 60_000 });
    return `${stdout.match(/^ok /gm).length} steps`;
  });
}
