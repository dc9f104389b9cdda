// Errors of the disk in every step of writing a block: what was acked is kept, and an fsync that failed is final.
import nodeFs from 'node:fs';
import fs from 'node:fs/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { parseDirectoryMode } from '../../../datanode/volumes/storage-location.ts';
import { Status } from '../../../protocol/gen/messages.ts';
import { eventually, until } from '../../support/until.ts';
import { useTestBench } from '../support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../support/blocks.ts';
import { infoOf } from '../support/datanodes.ts';
import { filesBelow } from '../support/files.ts';
import { expectLost } from '../support/lost-connection.ts';
import { expectReplica } from '../support/reader.ts';
import { TestWriter, writeWhole } from '../support/writer.ts';

const bench = useTestBench();
const DATA = someBytes(20_000);
const NO_SCAN = { 'dfs.datanode.scan.period.hours': '-1' };
const TWO = { ...NO_SCAN, 'dfs.datanode.failed.volumes.tolerated': '1' };
afterEach(() => {
  vi.restoreAllMocks();
});

const errno = (code: string, syscall: string) => Object.assign(new Error(`${code}: planted`), { code, syscall });

/** The paths of open descriptors, as far as they were opened while a test watched. */
function watchOpen(): Map<number, string> {
  const paths = new Map<number, string>();
  const { open } = nodeFs;
  vi.spyOn(nodeFs, 'open').mockImplementation(((path: string, ...rest: unknown[]) => {
    const done = rest.pop() as (e: Error | null, fd: number) => void;
    Reflect.apply(open, nodeFs, [
      path,
      ...rest,
      (e: Error | null, fd: number) => {
        if (!e) paths.set(fd, path);
        done(e, fd);
      },
    ]);
  }) as typeof open);
  return paths;
}

/** A step of writing a block, which `plant` lets fail with a code on paths that contain `where`. */
interface Step {
  readonly name: string;
  plant(code: string, where: string): void;
}

const failing = (where: string, code: string, syscall: string, path: string): Error | undefined =>
  path.includes(where) ? errno(code, syscall) : undefined;

function plantFsync(code: string, matches: (path: string) => boolean): void {
  const paths = watchOpen();
  const { fsync } = nodeFs;
  vi.spyOn(nodeFs, 'fsync').mockImplementation(((fd: number, done: (e: Error | null) => void) => {
    if (matches(paths.get(fd) ?? '')) done(errno(code, 'fsync'));
    else fsync(fd, done);
  }) as typeof fsync);
}

const STEPS: readonly Step[] = [
  {
    name: 'making the block file',
    plant: (code, where) => {
      const { open } = nodeFs;
      vi.spyOn(nodeFs, 'open').mockImplementation(((path: string, flags: string, ...rest: unknown[]) => {
        const e = flags === 'wx+' ? failing(where, code, 'open', path) : undefined;
        if (e) (rest.at(-1) as (e: Error) => void)(e);
        else Reflect.apply(open, nodeFs, [path, flags, ...rest]);
      }) as typeof open);
    },
  },
  ...(['blk_1073741825', '.meta'] as const).map((part) => ({
    name: `writing to ${part}`,
    plant: (code: string, where: string) => {
      const paths = watchOpen();
      const isOurs = (fd: number): boolean => {
        const path = paths.get(fd) ?? '';
        return path.includes(where) && (part === '.meta') === path.endsWith('.meta');
      };
      const { writev, writevSync } = nodeFs;
      vi.spyOn(nodeFs, 'writevSync').mockImplementation((fd, ...rest) => {
        if (isOurs(fd)) throw errno(code, 'writev');
        return writevSync(fd, ...rest);
      });
      vi.spyOn(nodeFs, 'writev').mockImplementation(((fd: number, ...rest: unknown[]) => {
        if (isOurs(fd)) (rest.at(-1) as (e: Error) => void)(errno(code, 'writev'));
        else Reflect.apply(writev, nodeFs, [fd, ...rest]);
      }) as typeof writev);
    },
  })),
  {
    name: 'fsync of the block file',
    plant: (code, where) => plantFsync(code, (path) => path.includes(where) && /blk_\d+$/.test(path)),
  },
  {
    name: 'fsync of the meta file',
    plant: (code, where) => plantFsync(code, (path) => path.includes(where) && path.endsWith('.meta')),
  },
  {
    name: 'fsync of a directory',
    plant: (code, where) => plantFsync(code, (path) => path.includes(where) && !path.includes('blk_')),
  },
  {
    name: 'making the directory of finalized blocks',
    plant: (code, where) => {
      const { mkdir } = fs;
      vi.spyOn(fs, 'mkdir').mockImplementation(((path: string, ...rest: unknown[]) => {
        const e = path.includes('subdir') ? failing(where, code, 'mkdir', path) : undefined;
        return e ? Promise.reject(e) : Reflect.apply(mkdir, fs, [path, ...rest]);
      }) as typeof mkdir);
    },
  },
  ...(['blk_1073741825', '.meta'] as const).map((part) => ({
    name: `renaming ${part}`,
    plant: (code: string, where: string) => {
      const { rename } = fs;
      vi.spyOn(fs, 'rename').mockImplementation((from, to) => {
        const isOurs = String(to).includes('finalized') && (part === '.meta') === String(to).endsWith('.meta');
        const e = isOurs ? failing(where, code, 'rename', String(from)) : undefined;
        return e ? Promise.reject(e) : rename(from, to);
      });
    },
  })),
];

const CASES = STEPS.flatMap((step) => ['ENOSPC', 'EIO', 'EROFS'].map((code) => ({ step, code, name: step.name })));

describe.each(CASES)('$code in $name', ({ step, code }) => {
  test('fails the write of the block without its last ack, and the daemon stays up unless its only volume failed', async () => {
    const datanode = await bench.start('bad', NO_SCAN);
    step.plant(code, bench.path('bad'));
    const writer = await TestWriter.open(infoOf(datanode));
    const answer = await writer.setUp();
    if (answer.status === Status.SUCCESS) {
      await writer.send(0, DATA, { syncBlock: true });
      await writer.last(DATA.length);
      await expectLost(writer.ack().then(() => writer.ack()));
    }
    writer.close();
    vi.restoreAllMocks();
    if (step.name.startsWith('fsync')) {
      expect((await datanode.stopped)?.message).toContain('DataNode is shutting down due to failed volumes');
      return;
    }
    // A disk that seemed full is asked again with a heartbeat a second later.
    await eventually(() => writeWhole(infoOf(datanode), DATA, { block: extendedBlock(BLOCK_ID + 2) }));
    await expectReplica(datanode, 1001, DATA, BLOCK_ID + 2);
  });
});

describe('an fsync that failed', () => {
  test('is not tried again as if it had worked: the volume is out, the other one goes on', async () => {
    const datanode = await bench.start(['a', 'b'], TWO);
    const where = bench.path('a');
    let failures = 0;
    plantFsync('EIO', (path) => path.includes(where) && /blk_\d+$/.test(path) && failures++ === 0);
    for (let i = 0; i < 2; i++) {
      const writer = await TestWriter.open(infoOf(datanode), { block: extendedBlock(BLOCK_ID + i) });
      await writer.setUp();
      await writer.send(0, DATA, { syncBlock: true });
      await writer.ack().then(
        ({ reply }) => expect(reply).toEqual([Status.SUCCESS]),
        () => undefined,
      );
      writer.close();
    }
    await until(() => bench.namenode.errors.length > 0);
    expect(bench.namenode.errors[0]?.msg).toContain(`DataNode failed volumes:[${where}: EIO: planted`);
    for (let i = 2; i < 6; i++) await writeWhole(infoOf(datanode), DATA, { block: extendedBlock(BLOCK_ID + i) });
    await eventually(() => expect(bench.namenode.heartbeats.at(-1)?.failedVolumes).toBe(1));
    for (let i = 2; i < 6; i++) await expectReplica(datanode, 1001, DATA, BLOCK_ID + i);
  });
});

test('a disk that can not be written when it is looked into is a failed volume', async () => {
  const datanode = await bench.start('a', NO_SCAN);
  STEPS.find((s) => s.name === 'writing to .meta')?.plant('EIO', bench.path('a'));
  const { writeFile } = fs;
  vi.spyOn(fs, 'writeFile').mockImplementation(((file: string, ...rest: unknown[]) =>
    String(file).endsWith('disk-check.tmp')
      ? Promise.reject(errno('EIO', 'write'))
      : Reflect.apply(writeFile, fs, [file, ...rest])) as typeof writeFile);
  const writer = await TestWriter.open(infoOf(datanode));
  await writer.setUp();
  await expectLost(writer.send(0, DATA).then(() => writer.ack()));
  writer.close();
  expect((await datanode.stopped)?.message).toContain('failed volumes');
});

describe('dfs.datanode.data.dir.perm', () => {
  test.each([
    [undefined, 0o700],
    ['750', 0o750],
  ])('%s: the directory has it, also one that was there before', async (perm, mode) => {
    await fs.mkdir(bench.path('a'), { mode: 0o755 });
    const datanode = await bench.start('a', perm === undefined ? {} : { 'dfs.datanode.data.dir.perm': perm });
    await writeWhole(infoOf(datanode), DATA);
    expect((await fs.stat(bench.path('a'))).mode & 0o777).toBe(mode);
    expect((await fs.stat(bench.pool('a', 'current', 'rbw'))).mode & 0o777).toBe(mode);
    for (const name of (await filesBelow(bench.path('a'))).keys()) {
      expect([name, (await fs.stat(bench.path('a', name))).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  test('a value that is no permission is refused', () => {
    expect(() => parseDirectoryMode('u=rwx')).toThrow("dfs.datanode.data.dir.perm: 'u=rwx' is no permission in octal");
  });
});
