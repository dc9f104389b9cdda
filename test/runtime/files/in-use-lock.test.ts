// in_use.lock names its process as Hadoop's Storage.StorageDirectory.tryLock names the JVM: pid@host.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lockDirectory, markInUse, unmarkInUse } from '../../../runtime/files/in-use-lock.ts';

let dir: string;
let file: string;
beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-lock-'));
  file = path.join(dir, 'in_use.lock');
});
afterEach(() => fs.rm(dir, { recursive: true, force: true }));

const OWN = `${process.pid}@${os.hostname()}`;
const locked = (holder: string) => ({
  code: 'IOException',
  message:
    `Cannot lock storage ${dir}. The directory is already locked by ${holder}. ` +
    `Stop that daemon or give this one another directory; if it no longer runs, remove ${file}.`,
});

describe('a directory that is locked', () => {
  test('has the file until it is given back, and then can be locked again', async () => {
    const release = await lockDirectory(dir);
    expect(await fs.readFile(file, 'utf8')).toBe(OWN);
    await expect(lockDirectory(dir)).rejects.toMatchObject(locked(OWN));
    await release();
    expect(await fs.readdir(dir)).toEqual([]);
    await (await lockDirectory(dir))();
  });

  test('is refused while its process lives on this host, and always if its process is on another host', async () => {
    for (const holder of [`${process.ppid}@${os.hostname()}`, '1@elsewhere.example']) {
      await fs.writeFile(file, holder);
      await expect(lockDirectory(dir)).rejects.toMatchObject(locked(holder));
    }
  });

  test.each([
    ['a process that is dead', `999999999@${os.hostname()}`],
    ['this process, which has let go of it', OWN],
    ['a number that no process can have', `99999999999@${os.hostname()}`],
    ['nobody', ''],
  ])('is taken over from %s', async (_case, holder) => {
    await fs.writeFile(file, holder);
    const release = await lockDirectory(dir);
    expect(await fs.readFile(file, 'utf8')).toBe(OWN);
    await release();
  });

  test('is refused if its process belongs to another user, and if the system can not tell whether it lives', async () => {
    const holder = `${process.ppid}@${os.hostname()}`;
    await fs.writeFile(file, holder);
    const kill = vi.spyOn(process, 'kill');
    const failWith = (code: string): void =>
      void kill.mockImplementation(() => {
        throw Object.assign(new Error(`kill ${code}`), { code });
      });
    failWith('EPERM');
    await expect(lockDirectory(dir)).rejects.toMatchObject(locked(holder));
    failWith('EINVAL');
    await expect(lockDirectory(dir)).rejects.toThrow('kill EINVAL');
    expect(await fs.readFile(file, 'utf8')).toBe(holder);
    failWith('ESRCH');
    await (await lockDirectory(dir))();
    kill.mockRestore();
  });

  test('that can not be written is refused, and can be locked later', async () => {
    const missing = path.join(dir, 'missing');
    await expect(lockDirectory(missing)).rejects.toMatchObject({ code: 'IOException' });
    await fs.mkdir(missing);
    await (await lockDirectory(missing))();
  });
});

test('a mark replaces the file of another process, and removing it twice is no error', async () => {
  await fs.writeFile(file, '999999999@elsewhere.example');
  await markInUse(dir);
  expect(await fs.readFile(file, 'utf8')).toBe(OWN);
  await unmarkInUse(dir);
  await unmarkInUse(dir);
  expect(await fs.readdir(dir)).toEqual([]);
});
