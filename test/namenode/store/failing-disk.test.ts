// A disk that fails proves no damage: the failure is told as it is, and nobody is advised to give the namespace up.
import fs from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NameNode } from '../../../namenode/namenode.ts';
import { type OpenDatabase, openLevel } from '../../../namenode/store/level/level-database.ts';
import { examineDirectories, openNameDirectories } from '../../../namenode/store/name-directories.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { nothing } from '../../../runtime/promises.ts';
import { nameNodeBench } from '../namenode-bench.ts';

const bench = nameNodeBench();
const nameDir = () => path.join(bench.dir, 'name');
const storeDir = () => path.join(nameDir(), 'current', 'store');

afterEach(() => {
  vi.restoreAllMocks();
});

/** An error as Node reports it. */
const systemError = (code: string, words: string, syscall: string) =>
  Object.assign(new Error(`${code}: ${words}, ${syscall}`), { code, syscall });

/** An error as `level` reports it when it can't be opened or read: the system's words are in its cause. */
const levelError = (code: string, message: string) =>
  new Error('Database failed to open', { cause: Object.assign(new Error(message), { code }) });

/** Opens the store of the name directory with another database. */
const openWith = async (openDatabase: OpenDatabase) =>
  openNameDirectories(await examineDirectories([nameDir()]), { openDatabase, log: silentLogger, nowMs: 0 }, () => ({
    add: nothing,
    finish: nothing,
  }));

async function expectFailureOfTheDisk(failing: Promise<unknown>, reason: string): Promise<void> {
  const message = await failing.then(
    () => 'it did not fail',
    (e: Error) => e.message,
  );
  expect(message).toContain(`${storeDir()} can't be read: `);
  expect(message).toContain(reason);
  expect(message).toContain('mend the disk, its free space or its permissions');
  expect(message).not.toMatch(/damaged|-format|-recover/);
}

describe('a NameNode whose disk fails at the start', () => {
  it.each([
    ['readdir', "it can't be listed"],
    ['readFile', 'the log '],
  ] as const)('says so when %s fails, and starts when the disk is mended', async (call, what) => {
    await (await bench.start()).stop();
    const original = fs[call] as (...args: unknown[]) => Promise<unknown>;
    vi.spyOn(fs, call).mockImplementation((async (file: string, ...rest: unknown[]) => {
      if (file.startsWith(storeDir())) throw systemError('EIO', 'i/o error', call);
      return original(file, ...rest);
    }) as never);
    await expectFailureOfTheDisk(bench.start(), what);
    await expectFailureOfTheDisk(bench.start(), 'EIO: i/o error');
    vi.restoreAllMocks();
    await (await bench.start()).stop();
  });

  it.each([
    'IO error: /s/level/000005.ldb: Input/output error',
    'IO error: /s/level/000005.ldb: No space left on device',
    'IO error: /s/level/MANIFEST-000004: Permission denied',
    'IO error: /s/level/000007.log: Stale file handle',
  ])('says so when `level` can not be opened or read: %s', async (words) => {
    await (await bench.start()).stop();
    const failure = levelError('LEVEL_IO_ERROR', words);
    await expectFailureOfTheDisk(
      openWith(() => Promise.reject(failure)),
      words,
    );
    await expectFailureOfTheDisk(
      openWith(async (directory) => {
        const db = await openLevel(directory);
        return { ...db, iterator: () => ({ close: async () => undefined, nextv: () => Promise.reject(failure) }) };
      }),
      words,
    );
  });

  it('takes a file that is gone, and bytes that do not fit, for damage', async () => {
    await (await bench.start()).stop();
    for (const failure of [
      levelError('LEVEL_IO_ERROR', 'IO error: /s/level/000005.ldb: No such file or directory'),
      levelError('LEVEL_CORRUPTION', 'Corruption: checksum mismatch: /s/level/MANIFEST-000004'),
    ]) {
      await expect(openWith(() => Promise.reject(failure))).rejects.toThrow(
        /is damaged: .*: restore the directory of dfs.namenode.name.dir from a copy/,
      );
    }
  });
});

describe('hdfs namenode -format over a store that the disk does not give', () => {
  const identity = async () => fs.readFile(path.join(nameDir(), 'current', 'VERSION'), 'utf8');

  it('leaves the namespace as it is: the store may be in use', async () => {
    await (await bench.start()).stop();
    const before = await identity();
    const words = 'IO error: /s/level/LOCK: Input/output error';
    vi.spyOn(Level.prototype, 'open').mockRejectedValue(levelError('LEVEL_IO_ERROR', words));
    await expectFailureOfTheDisk(NameNode.format({ conf: bench.conf() }), words);
    expect(await identity()).toBe(before);
  });
});
