// Tests the making of directories.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeDirectories } from '../../../runtime/files/make-directories.ts';

let dir: string;
beforeAll(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-'));
});
afterAll(() => fs.rm(dir, { recursive: true }));

describe('makeDirectories', () => {
  it('makes the missing parents too, with the same mode', async () => {
    await makeDirectories(path.join(dir, 'a/b/c'), 0o700);
    for (const made of ['a', 'a/b', 'a/b/c']) expect((await fs.stat(path.join(dir, made))).mode & 0o777).toBe(0o700);
  });

  it('makes the same parents several times at once', async () => {
    const made = Array.from({ length: 20 }, (_, i) => makeDirectories(path.join(dir, 'at/once', String(i))));
    await Promise.all(made);
    expect(await fs.readdir(path.join(dir, 'at/once'))).toHaveLength(20);
  });

  it('leaves a directory that is there as it is', async () => {
    await fs.mkdir(path.join(dir, 'there'), { mode: 0o750 });
    await makeDirectories(path.join(dir, 'there'), 0o700);
    expect((await fs.stat(path.join(dir, 'there'))).mode & 0o777).toBe(0o750);
  });

  it('fails where a file is in the way', async () => {
    await fs.writeFile(path.join(dir, 'file'), '');
    await expect(makeDirectories(path.join(dir, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeDirectories(path.join(dir, 'file/below/it'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  // Node.js's mkdir with `recursive` never returns here.
  it.runIf(process.platform === 'linux')('fails below /proc, which takes no new names', async () => {
    await expect(makeDirectories('/proc/x/y')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/x' });
  });
});
