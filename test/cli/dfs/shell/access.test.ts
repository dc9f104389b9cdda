// -test -r and -w of a local path: the system's refusal is an answer, a failure is none.
import os from 'node:os';
import { expect, test } from 'vitest';
import { PathData } from '../../../../cli/dfs/paths/path-data.ts';
import { mayAccess, READ } from '../../../../cli/dfs/shell/access.ts';
import { LocalFileSystem } from '../../../../client/local/local-file-system.ts';

test('mayAccess', async () => {
  const directory = await PathData.lookUp(new LocalFileSystem(), os.tmpdir());
  const mayRead = (path: string) => mayAccess(Object.assign(Object.create(directory), { path }), READ, 'me');
  expect(await mayRead(os.tmpdir())).toBe(true);
  expect(await mayRead(`${os.tmpdir()}/none/at/all`)).toBe(false);
  await expect(mayRead(`${os.tmpdir()}/${'x'.repeat(300)}`)).rejects.toThrow('ENAMETOOLONG');
});
