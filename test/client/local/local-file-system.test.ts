// Tests the local file system, which behaves as Hadoop's LocalFileSystem.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { globStatus } from '../../../client/filesystem/file-util.ts';
import { getFileSystem } from '../../../client/get-file-system.ts';
import { LocalFileSystem } from '../../../client/local/local-file-system.ts';
import { LocalInputStream } from '../../../client/local/local-streams.ts';
import { OsNames } from '../../../client/local/os-names.ts';
import { Configuration } from '../../../conf/configuration.ts';
import { pattern } from '../../support/pattern.ts';

describe('LocalFileSystem', () => {
  const local = new LocalFileSystem();
  let dir: string;
  beforeEach(async () => {
    dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-local-'));
  });
  afterEach(() => fs.rm(dir, { recursive: true }));

  const write = async (name: string, data: Buffer, pieceBytes = 70_000) => {
    const out = await local.create(`${dir}/${name}`);
    for (let at = 0; at < data.length; at += pieceBytes) await out.write(data.subarray(at, at + pieceBytes));
    await out.close();
  };
  const read = async (name: string, range?: { start?: number; end?: number }) => {
    const chunks: Uint8Array[] = [];
    await using input = await local.open(`${dir}/${name}`);
    for await (const chunk of input.stream(range)) chunks.push(chunk);
    return Buffer.concat(chunks);
  };

  it('gives a time back to the millisecond as it was set', async () => {
    await write('timed', Buffer.alloc(0));
    const times = Array.from({ length: 50 }, (_, i) => 1_796_095_679_000 + i * 37);
    const found: number[] = [];
    for (const time of times) {
      await local.setTimes(`${dir}/timed`, time, time);
      found.push((await local.getFileStatus(`${dir}/timed`)).modificationTimeMs);
    }
    expect(found).toEqual(times);
  });

  it('returns the bytes that were written, in pieces smaller and larger than one call', async () => {
    const data = pattern(3_300_000);
    await write('small', data.subarray(0, 1000), 7);
    await write('big', data);
    await write('empty', Buffer.alloc(0));
    expect((await read('small')).equals(data.subarray(0, 1000))).toBe(true);
    expect((await read('big')).equals(data)).toBe(true);
    expect((await read('big', { start: 999_999, end: 2_222_222 })).equals(data.subarray(999_999, 2_222_222))).toBe(
      true,
    );
    expect(await read('empty')).toHaveLength(0);
    const input = await local.open(`${dir}/big`);
    expect(Buffer.from(await input.pread(3_299_990, 100)).equals(data.subarray(3_299_990))).toBe(true);
    await input.close();
  });

  it('a pipe whose reader is slow stops nothing else', async () => {
    await promisify(execFile)('mkfifo', [`${dir}/pipe`]);
    const data = pattern(1_300_000);
    const writing = write('pipe', data);
    // This process is the reader: a write that blocked the event loop would wait forever.
    expect((await fs.readFile(`${dir}/pipe`)).equals(data)).toBe(true);
    await writing;
  });

  it('a file on a slow disk is written by threads, and is the same', async () => {
    const data = pattern(2_500_000);
    await using file = await fs.open(`${dir}/any`, 'w');
    const byThread = vi.spyOn(Object.getPrototypeOf(file) as fs.FileHandle, 'writev');
    const now = vi.spyOn(performance, 'now');
    await write('fast', data);
    expect(byThread).not.toHaveBeenCalled();
    // The mocked clock makes the first write take 100 ms and all later ones no time.
    now.mockReturnValue(100).mockReturnValueOnce(0);
    await write('slow', data).finally(() => now.mockRestore());
    expect(byThread).toHaveBeenCalled();
    byThread.mockRestore();
    expect((await read('slow')).equals(data)).toBe(true);
  });

  it('a read ahead that fails throws when its bytes are asked for', async () => {
    const results = [Promise.resolve({ bytesRead: 10 }), Promise.reject(new Error('EIO: i/o error, read'))];
    for (const result of results) result.catch(() => undefined);
    const handle = { read: async () => results.shift() } as unknown as fs.FileHandle;
    const chunks = new LocalInputStream(handle, 20).stream();
    expect((await chunks.next()).value).toHaveLength(10);
    // Gives the read ahead time to fail before its bytes are asked for.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(chunks.next()).rejects.toThrow('EIO');
  });

  it('a file that can not be made leaves nothing open', async () => {
    await fs.mkdir(`${dir}/.f.crc`);
    const open = vi.spyOn(fs, 'open');
    try {
      await expect(local.create(`${dir}/f`)).rejects.toThrow(
        `Path is a directory: rm returned EISDIR (is a directory) ${dir}/.f.crc`,
      );
      for (const { value } of open.mock.settledResults) expect(value).toHaveProperty('fd', -1);
    } finally {
      open.mockRestore();
    }
  });

  it('takes only ENOENT and ENOTDIR for a file that is not there', async () => {
    await write('f', pattern(1));
    for (const missing of [`${dir}/none`, `${dir}/f/below`]) {
      await expect(local.getFileStatus(missing)).rejects.toMatchObject({
        code: 'FileNotFoundException',
        message: `File file:${missing} does not exist`,
      });
      expect(await local.delete(missing, false)).toBe(false);
      expect(await local.rename(missing, `${dir}/g`)).toBe(false);
    }
    // The system can not say whether there is such a file.
    const unknown = `${dir}/${'x'.repeat(300)}`;
    for (const operation of [
      () => local.getFileStatus(unknown),
      () => local.delete(unknown, false),
      () => local.rename(unknown, `${dir}/g`),
      () => local.rename(`${dir}/f`, unknown),
      () => globStatus(local, unknown),
    ]) {
      await expect(operation()).rejects.toMatchObject({
        code: 'IOException',
        message: expect.stringContaining('ENAMETOOLONG'),
      });
    }
  });

  it('takes no bytes after close()', async () => {
    const out = await local.create(`${dir}/closed`);
    await out.close();
    await expect(out.write(pattern(10))).rejects.toMatchObject({ code: 'ClosedChannelException' });
  });

  it('shows files as Hadoop does: replication 1, blocks of 32 MiB, names of owner and group', async () => {
    await write('f', pattern(10));
    await fs.chmod(`${dir}/f`, 0o640);
    expect(await local.getFileStatus(`${dir}/f`)).toMatchObject({
      path: `${dir}/f`,
      type: 'FILE',
      length: 10,
      replication: 1,
      blockSizeBytes: 32 * 1024 * 1024,
      permission: 0o640,
      owner: os.userInfo().username,
    });
    expect(await local.getFileStatus(dir)).toMatchObject({ type: 'DIRECTORY', length: 0, replication: 0 });
  });

  it('lists sorted, without checksum files and dangling links', async () => {
    for (const name of ['b', 'a', '.a.crc', '.hidden']) await write(name, pattern(1));
    await fs.symlink('/nowhere/at/all', `${dir}/dangling`);
    const names: string[] = [];
    for await (const status of local.listStatus(dir)) names.push(path.basename(status.path));
    expect(names).toEqual(['.hidden', 'a', 'b']);
    expect((await globStatus(local, `${dir}/[ab]`))?.map((s) => s.path)).toEqual([`${dir}/a`, `${dir}/b`]);
    expect(await globStatus(local, `${dir}/none`)).toBeNull();
  });

  // A container may run under any uid.
  it('a user without a name in /etc/passwd is known by number', async () => {
    const userInfo = vi.spyOn(os, 'userInfo').mockImplementation(() => {
      throw Object.assign(new Error('A system error occurred: uv_os_get_passwd returned ENOENT'), { code: 'ENOENT' });
    });
    const getuid = vi.spyOn(process, 'getuid').mockReturnValue(1_234_567);
    try {
      expect(new LocalFileSystem().user).toBe('1234567');
      const names = new OsNames();
      expect([names.user(1_234_567), names.user(7_654_321), names.group(7_654_321)]).toEqual([
        '1234567',
        '7654321',
        '7654321',
      ]);
    } finally {
      userInfo.mockRestore();
      getuid.mockRestore();
    }
  });

  it('names the Java class of each failure', async () => {
    await write('f', pattern(1));
    const failure = (code: string) => ({ code });
    await expect(local.getFileStatus(`${dir}/none`)).rejects.toMatchObject(failure('FileNotFoundException'));
    await expect(local.open(`${dir}/none`)).rejects.toThrow(`File file:${dir}/none does not exist`);
    await expect(local.open(dir)).rejects.toThrow('(Is a directory)');
    await expect(local.create(`${dir}/f`, { overwrite: false })).rejects.toMatchObject(
      failure('FileAlreadyExistsException'),
    );
    await expect(local.create(`${dir}/f/g`)).rejects.toThrow(`Destination exists and is not a directory: ${dir}/f`);
    await expect(local.mkdirs(`${dir}/f/g/h`)).rejects.toMatchObject(failure('ParentNotDirectoryException'));
    await expect(local.create(`${dir}/x/y`, { createParent: false })).rejects.toMatchObject(
      failure('FileNotFoundException'),
    );
    await expect(local.mkdir(`${dir}/x/y`)).rejects.toMatchObject(failure('FileNotFoundException'));
    await expect(local.mkdir(`${dir}/f`)).rejects.toMatchObject(failure('FileAlreadyExistsException'));
    await local.mkdirs(`${dir}/x/y`);
    await expect(local.delete(`${dir}/x`, false)).rejects.toThrow('is not empty');
    expect(await local.delete(`${dir}/x`, true)).toBe(true);
    expect(await local.delete(`${dir}/x`, true)).toBe(false);
  });

  it('renames, sets attributes and sums up', async () => {
    await write('f', pattern(10));
    await local.mkdirs(`${dir}/d`);
    expect(await local.rename(`${dir}/f`, `${dir}/d`)).toBe(true);
    expect(await local.rename(`${dir}/f`, `${dir}/g`)).toBe(false);
    // As in HDFS, d moves into the directory e only if e has no entry d, and never into e/d.
    await local.mkdirs(`${dir}/e/d/f`);
    expect(await local.rename(`${dir}/d`, `${dir}/e`)).toBe(false);
    expect(await local.delete(`${dir}/e`, true)).toBe(true);
    await local.setTimes(`${dir}/d/f`, 5000, -1);
    expect((await local.getFileStatus(`${dir}/d/f`)).modificationTimeMs).toBe(5000);
    await write('g', pattern(3));
    await expect(local.renameStrict(`${dir}/g`, `${dir}/d/f`)).rejects.toMatchObject({
      code: 'FileAlreadyExistsException',
    });
    await local.renameStrict(`${dir}/g`, `${dir}/d/f`, { overwrite: true });
    expect(await local.getContentSummary(dir)).toMatchObject({
      length: 3,
      fileCount: 1,
      directoryCount: 2,
      spaceConsumed: 3,
    });
    expect(await local.getFileChecksum(`${dir}/d/f`)).toBeUndefined();
    expect((await local.getFileBlockLocations(`${dir}/d/f`)).map((b) => b.hosts)).toEqual([['localhost']]);
    expect((await local.getStatus()).capacityBytes).toBeGreaterThan(0);
  });
});

describe('getFileSystem', () => {
  const conf = new Configuration({ 'fs.defaultFS': 'hdfs://namenode:8020' });

  it.each([
    ['file:///tmp', 'file://'],
    ['hdfs://other:1/a', 'hdfs://other:1'],
    ['hdfs:///a', 'hdfs://namenode:8020'],
    ['/a', 'hdfs://namenode:8020'],
    ['a/b', 'hdfs://namenode:8020'],
  ])('%s', async (text, uri) => {
    const found = getFileSystem(text, conf);
    expect(found.uri).toBe(uri);
    await found.close();
  });

  it('refuses a scheme without a file system', () => {
    expect(() => getFileSystem('s3a://bucket/x', conf)).toThrow('No FileSystem for scheme "s3a"');
    expect(() => getFileSystem('hdfs:///a', new Configuration())).toThrow('Incomplete HDFS URI, no host');
  });
});
