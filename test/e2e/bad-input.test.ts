// Tests that every program explains bad input of a user.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { CreateFlagProto } from '../../protocol/gen/messages.ts';
import { Acknowledged, run, writeAll } from './support.ts';

let cluster: MiniCluster;
let hdfs: DistributedFileSystem;
let acknowledged: Acknowledged;
let local: string;

beforeAll(async () => {
  cluster = await MiniCluster.start({ datanodes: 1, mapreduce: false });
  hdfs = cluster.fileSystem();
  await writeAll(hdfs, '/file', Buffer.from('hello'));
  await writeAll(hdfs, '/dir/file', Buffer.from('hello'));
  await hdfs.mkdirs('/empty');
  acknowledged = new Acknowledged(cluster);
  await acknowledged.check();
  local = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-bad-input-'));
  fs.writeFileSync(path.join(local, 'text'), 'text');
});
afterAll(async () => {
  fs.rmSync(local, { recursive: true, force: true });
  // All bad inputs were refused and have changed nothing.
  await acknowledged.check();
  expect(await tree()).toEqual(['/acknowledged', '/dir', '/dir/file', '/empty', '/file']);
  await hdfs.close();
  await cluster.stop();
});

async function tree(dir = '/'): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of hdfs.listStatus(dir)) {
    paths.push(entry.path);
    if (entry.path === '/dir') paths.push(...(await tree(entry.path)));
  }
  return paths;
}

type Refused = [what: string, action: () => Promise<unknown>, code: string, message: string];

const masked = { perm: 0o644 };
/** Sends create without the client's own checks. */
const rawCreate = (src: string, createParent = true) =>
  hdfs.call(ClientNamenode.create, {
    src,
    masked,
    clientName: 'raw',
    createFlag: CreateFlagProto.CREATE,
    createParent,
    replication: 1,
    blockSize: 2 ** 20,
    cryptoProtocolVersion: [],
  });
const rawMkdirs = (src: string) => hdfs.call(ClientNamenode.mkdirs, { src, masked, createParent: true });
const list = async (src: string) => {
  for await (const entry of hdfs.listStatus(src)) return entry;
  return undefined;
};
const long = 'x'.repeat(256);

describe('the NameNode refuses', () => {
  it.each<Refused>([
    ['status of an unknown path', () => hdfs.getFileStatus('/no'), 'FileNotFoundException', 'File does not exist: '],
    ['listing an unknown path', () => list('/no'), 'FileNotFoundException', '/no does not exist'],
    ['opening one', () => hdfs.open('/no'), 'FileNotFoundException', 'File does not exist: /no'],
    ['its mode', () => hdfs.setPermission('/no', 0o600), 'FileNotFoundException', 'does not exist /no'],
    ['its owner', () => hdfs.setOwner('/no', 'a', 'b'), 'FileNotFoundException', 'does not exist /no'],
    ['its times', () => hdfs.setTimes('/no', 1, 1), 'FileNotFoundException', '/no does not exist'],
    ['its summary', () => hdfs.getContentSummary('/no'), 'FileNotFoundException', 'File does not exist: /no'],
    ['its checksum', () => hdfs.getFileChecksum('/no'), 'FileNotFoundException', 'File does not exist: /no'],
    ['renaming it', () => hdfs.renameStrict('/no', '/x'), 'FileNotFoundException', 'rename source /no is not found'],
    [
      'a file without its parent',
      () => hdfs.create('/no/file', { createParent: false }),
      'FileNotFoundException',
      "Parent directory doesn't exist: /no",
    ],
    [
      'a directory without one',
      () => hdfs.mkdir('/no/dir'),
      'FileNotFoundException',
      "Parent directory doesn't exist: /no",
    ],
    ['a name without one', () => hdfs.renameStrict('/file', '/no/x'), 'FileNotFoundException', 'destination parent'],
    ['reading a directory', () => hdfs.open('/dir'), 'FileNotFoundException', 'Path is not a file: /dir'],
    ['writing one', () => hdfs.create('/dir'), 'FileAlreadyExistsException', '/dir already exists as a directory'],
    [
      'a directory in place of a file',
      () => hdfs.mkdirs('/file'),
      'FileAlreadyExistsException',
      'Path is not a directory: /file',
    ],
    [
      'a directory in a file',
      () => hdfs.mkdirs('/file/x'),
      'ParentNotDirectoryException',
      '/file (is not a directory)',
    ],
    ['a file in a file', () => hdfs.create('/file/x'), 'ParentNotDirectoryException', '/file (is not a directory)'],
    [
      'a file that exists',
      () => hdfs.create('/file', { overwrite: false }),
      'FileAlreadyExistsException',
      'already exists',
    ],
    [
      'deleting what is in a directory',
      () => hdfs.delete('/dir', false),
      'PathIsNotEmptyDirectoryException',
      '/dir is non empty',
    ],
    ['deleting the root', () => hdfs.delete('/', false), 'PathIsNotEmptyDirectoryException', 'Directory is not empty'],
    ['a directory under itself', () => hdfs.renameStrict('/dir', '/dir/x'), 'IOException', 'under source /dir'],
    [
      'replication 0',
      () => hdfs.create('/r', { replication: 0 }),
      'IOException',
      'less than the required minimum of 1',
    ],
    ['replication 513', () => hdfs.create('/r', { replication: 513 }), 'IOException', 'exceeds maximum of 512'],
    [
      'blocks of 512 bytes',
      () => hdfs.create('/b', { blockSizeBytes: 512 }),
      'IOException',
      'dfs.namenode.fs-limits.min-block-size',
    ],
    ['a colon in a file name', () => rawCreate('/a:b'), 'InvalidPathException', '/a:b'],
    ['a colon in a directory name', () => rawMkdirs('/a:b'), 'InvalidPathException', '/a:b'],
    ["'..' over RPC", () => rawCreate('/a/../b'), 'InvalidPathException', '/a/../b'],
    ["'.' over RPC", () => rawMkdirs('/a/./b'), 'InvalidPathException', '/a/./b'],
    ['a relative path', () => rawCreate('a'), 'InvalidPathException', 'a'],
    ['no path', () => rawCreate(''), 'InvalidPathException', 'Invalid path name'],
    ['a name of 256 bytes', () => hdfs.create(`/${long}`), 'PathComponentTooLongException', 'limit=255 length=256'],
    [
      'a path of 8,001 characters',
      () => rawCreate(`/${'abcdefg/'.repeat(1000)}`),
      'IOException',
      'Pathname too long.  Limit 8000 characters, 1000 levels.',
    ],
    ['a path of 1,001 levels', () => rawMkdirs('/a'.repeat(1001)), 'IOException', 'Pathname too long.'],
    ['a reserved name', () => hdfs.mkdirs('/.reserved/x'), 'HadoopIllegalArgumentException', 'reserved'],
  ])('%s', async (_what, action, code, message) => {
    const refused = await action().then(
      () => 'no failure',
      (e: unknown) => e,
    );
    expect(refused).toMatchObject({ code });
    expect(String(refused)).toContain(message);
  });

  it('nothing, where Hadoop answers false', async () => {
    expect(await hdfs.delete('/no', true)).toBe(false);
    expect(await hdfs.delete('/', true)).toBe(false);
    expect(await hdfs.rename('/no', '/x')).toBe(false);
    expect(await hdfs.rename('/file', '/no/x')).toBe(false);
    expect(await hdfs.setReplication('/no', 2)).toBe(false);
  });
});

/** Exit status 1 means that the work failed, and 255 that the command line is wrong (Hadoop's FsShell). */
describe('hdfs dfs ends with', () => {
  it.each<[status: number, command: string, err: string]>([
    [1, '-ls /no', "ls: `/no': No such file or directory"],
    [1, '-cat /dir', "cat: `/dir': Is a directory"],
    [1, '-get /no LOCAL/x', "get: `/no': No such file or directory"],
    [1, '-get /file LOCAL/no/x', "get: `LOCAL/no/x': No such file or directory: `file://LOCAL/no/x'"],
    [1, '-put LOCAL/no /x', "put: `LOCAL/no': No such file or directory"],
    [1, '-put LOCAL/text /no/x', "put: `/no/x': No such file or directory: `URI/no/x'"],
    [1, '-put LOCAL/text /file', "put: `/file': File exists"],
    [1, '-put LOCAL/text /file/x', 'put: /file (is not a directory)'],
    [1, '-touchz /no/x', "touchz: `/no/x': No such file or directory: `URI/no/x'"],
    [1, '-touchz /dir', "touchz: `/dir': Is a directory"],
    [1, '-mkdir /no/x', "mkdir: `URI/no': No such file or directory"],
    [1, '-mkdir /file', "mkdir: `/file': Is not a directory"],
    [1, '-rm /dir', "rm: `/dir': Is a directory"],
    [1, '-rmdir /file', "rmdir: `/file': Is not a directory"],
    [1, '-mv /file /no/x', "mv: `/no/x': No such file or directory: `URI/no/x'"],
    [1, '-fs foo://x/ -ls /', 'ls: No FileSystem for scheme "foo"'],
    [255, '-mkdir /a:b', '-mkdir: Pathname /a:b from URI/a:b is not a valid DFS filename.'],
    [255, '-mkdir', '-mkdir: Not enough arguments: expected 1 but got 0'],
    [255, '-ls -Z /', '-ls: Illegal option -Z'],
    [255, '-chmod 999 /file', "-chmod: chmod : mode '999' does not match the expected pattern."],
    [255, '-setrep 0 /file', '-setrep: replication must be >= 1'],
    [255, '-frob', '-frob: Unknown command'],
    [255, 'ls /', 'ls: Unknown command'],
  ])('%i: %s', async (status, command, err) => {
    const fill = (text: string) => text.replaceAll('LOCAL', local).replaceAll('URI', cluster.uri);
    const result = await run('hdfs', ['dfs', ...fill(command).split(' ')], { confDir: cluster.confDir });
    expect(result.err.split('\n')[0]).toBe(fill(err));
    expect(result.status).toBe(status);
    if (status === 255) expect(result.err).toContain('Usage: hadoop fs');
    expect(result.out).toBe('');
    expect(fs.readdirSync(local)).toEqual(['text']);
  });
});
