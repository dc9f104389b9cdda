// A disk of a pipeline that fails in the middle of a file: the client's write goes on with the other DataNodes.
import nodeFs from 'node:fs';
import fs from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { someBytes } from '../datanode/support/blocks.ts';
import { until } from '../support/until.ts';
import { Cluster } from './cluster.ts';
import { readAll } from './support.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const errno = (code: string, syscall: string) => Object.assign(new Error(`${code}: planted`), { code, syscall });

/** Lets fsync of files below a directory fail. */
function failFsync(directory: string): void {
  const ours = new Set<number>();
  const { open, fsync } = nodeFs;
  vi.spyOn(nodeFs, 'open').mockImplementation(((path: string, ...rest: unknown[]) => {
    const done = rest.pop() as (e: Error | null, fd: number) => void;
    const opened = (e: Error | null, fd: number): void => {
      if (!e) ours[String(path).startsWith(directory) ? 'add' : 'delete'](fd);
      done(e, fd);
    };
    Reflect.apply(open, nodeFs, [path, ...rest, opened]);
  }) as typeof open);
  vi.spyOn(nodeFs, 'fsync').mockImplementation(((fd: number, done: (e: Error | null) => void) => {
    if (ours.has(fd)) done(errno('EIO', 'fsync'));
    else fsync(fd, done);
  }) as typeof fsync);
}

/** Lets blocks below a directory not be finalized. */
function failRename(directory: string): void {
  const { rename } = fs;
  vi.spyOn(fs, 'rename').mockImplementation((from, to) =>
    String(to).startsWith(directory) && String(to).includes('finalized')
      ? Promise.reject(errno('EROFS', 'rename'))
      : rename(from, to),
  );
}

describe.each([
  ['EIO in fsync', failFsync],
  ['EROFS in the rename of a finished block', failRename],
])('%s', (_what, fail) => {
  test('the write succeeds, and every acked byte is read', async () => {
    await using cluster = Object.assign(await Cluster.start(4, { 'dfs.replication': '3' }), {
      async [Symbol.asyncDispose]() {
        await cluster.stop();
      },
    });
    const hdfs = cluster.client();
    fail(cluster.dataDir(0));
    const data = someBytes(200_000);
    // Several files, so that DataNode 0 is in some of the pipelines.
    for (let i = 0; i < 6; i++) {
      const out = await hdfs.create(`/f${i}`, { replication: 3 });
      await out.write(data.subarray(0, 70_000));
      await out.hsync();
      await out.write(data.subarray(70_000));
      await out.close();
    }
    for (let i = 0; i < 6; i++) expect((await readAll(hdfs, `/f${i}`)).equals(data)).toBe(true);
    vi.restoreAllMocks();
    await until(async () => {
      const all = await Promise.all([0, 1, 2, 3, 4, 5].map((i) => hdfs.getFileBlockLocations(`/f${i}`)));
      return all.flat().every((block) => block.names.length === 3);
    }, 'three replicas of every block');
  });
});
