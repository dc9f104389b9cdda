// Tests of several name directories: each holds a full copy, and serves when the others are damaged, old or gone.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NameNode } from '../../../namenode/namenode.ts';
import { writeAloneMark } from '../../../namenode/store/alone-marker.ts';
import { EditJournal } from '../../../namenode/store/journal/edit-journal.ts';
import { databasePath } from '../../../namenode/store/level/level-database.ts';
import { examineDirectories } from '../../../namenode/store/name-directories.ts';
import { storePath } from '../../../namenode/store/name-directory.ts';
import { NamespaceStore } from '../../../namenode/store/store.ts';
import { verifyNamespace } from '../../../namenode/verify.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { nameNodeBench } from '../namenode-bench.ts';

const bench = nameNodeBench();
let a: string;
let b: string;
beforeEach(() => {
  a = path.join(bench.dir, 'a');
  b = path.join(bench.dir, 'b');
});
afterEach(() => {
  vi.restoreAllMocks();
});

const dirs = () => ({ 'dfs.namenode.name.dir': `${a},file://${b}` });
const start = () => bench.start(dirs());

const mkdir = (namenode: NameNode, src: string) =>
  bench.client(namenode).call(ClientNamenode.mkdirs, { src, masked: { perm: 0o755 }, createParent: true });

/** Starts a NameNode, makes directories, and stops it. */
async function run(...names: string[]): Promise<void> {
  const namenode = await start();
  for (const name of names) await mkdir(namenode, name);
  await namenode.stop();
}

/** Returns the names that a directory has, and the number of its last start. */
async function contentOf(dir: string): Promise<{ names: string[]; epoch: number }> {
  const names: string[] = [];
  const store = await NamespaceStore.open(storePath(dir), {}, (key, value) => {
    if (key.startsWith('inode/')) names.push((JSON.parse(value) as { n: string }).n);
  });
  await store.close();
  // Opening it was a start too.
  return { names: names.filter((name) => name !== '').sort(), epoch: store.epoch - 1 };
}

async function bean<T>({ httpAddress: { host, port } }: NameNode, name: string): Promise<T> {
  const answer = await fetch(`http://${host}:${port}/jmx?qry=Hadoop:service=NameNode,name=${name}`);
  return ((await answer.json()) as { beans: [T] }).beans[0];
}

/** Hadoop: FSNamesystem.getNameDirStatuses, which gives the type of each directory by its state. */
async function statuses(namenode: NameNode): Promise<unknown> {
  return JSON.parse((await bean<{ NameDirStatuses: string }>(namenode, 'NameNodeInfo')).NameDirStatuses);
}

async function states(namenode: NameNode) {
  const { Epoch, Directories } = await bean<{
    Epoch: number;
    Directories: { dir: string; state: string; lastSyncedTransactionId: number; reason?: string }[];
  }>(namenode, 'CalfNameDirectories');
  return { Epoch, Directories };
}

const healthy = () => ({ active: { [a]: 'IMAGE_AND_EDITS', [b]: 'IMAGE_AND_EDITS' }, failed: {} });
async function verify(): Promise<{ isWhole: boolean; lines: string[] }> {
  const lines: string[] = [];
  return { isWhole: await verifyNamespace({ conf: bench.conf(dirs()) }, (line) => lines.push(line)), lines };
}

const kept = async (dir: string) => (await fs.readdir(dir)).map((name) => name.replace(/-.*/, '')).sort();

describe('two name directories', () => {
  it('are formatted together and hold the same', async () => {
    await run('/x', '/y');
    const [one, other] = [await contentOf(a), await contentOf(b)];
    expect(one).toEqual({ names: ['x', 'y'], epoch: 2 });
    expect(other).toEqual(one);
    await NameNode.format({ conf: bench.conf(dirs()) });
    expect([await contentOf(a), await contentOf(b)]).toMatchObject([{ names: [] }, { names: [] }]);
  });

  it.each<[string, (dir: string) => Promise<unknown>, string[]]>([
    ['is damaged', async (dir) => fs.truncate(path.join(storePath(dir), 'edits-0'), 0), ['current', 'current.damaged']],
    [
      'lost its CURRENT',
      (dir) => fs.rm(path.join(databasePath(storePath(dir)), 'CURRENT')),
      ['current', 'current.damaged'],
    ],
    [
      'has a damaged VERSION',
      (dir) => fs.writeFile(path.join(dir, 'current/VERSION'), 'storageType=NAME_NODE\ncalfLayoutVersion=3\n'),
      ['current', 'current.damaged'],
    ],
    ['is empty', (dir) => fs.rm(path.join(dir, 'current'), { recursive: true }), ['current']],
  ])('serve from the other one when one %s, which is filled again', async (_what, harm, names) => {
    for (const harmed of [a, b]) {
      await run(`/before-${path.basename(harmed)}`);
      await harm(harmed);
      const namenode = await start();
      expect(await statuses(namenode)).toEqual(healthy());
      await mkdir(namenode, `/after-${path.basename(harmed)}`);
      await namenode.stop();
      expect(await kept(harmed)).toEqual(names);
      expect((await contentOf(a)).names).toContain(`after-${path.basename(harmed)}`);
      expect((await contentOf(b)).names).toEqual((await contentOf(a)).names);
      await fs.rm(a, { recursive: true });
      await fs.rm(b, { recursive: true });
    }
  });

  it('serve the newer one when an old copy was put back into the other, and keep that copy', async () => {
    await run('/x');
    const copy = path.join(bench.dir, 'copy');
    await fs.cp(a, copy, { recursive: true });
    await run('/y');
    await fs.rm(a, { recursive: true });
    await fs.rename(copy, a);
    await run('/z');
    expect(await kept(a)).toEqual(['current', 'current.old']);
    expect((await contentOf(a)).names).toEqual(['x', 'y', 'z']);
    expect((await contentOf(b)).names).toEqual(['x', 'y', 'z']);
  });

  it('serve without a directory that is gone, and tell so', async () => {
    await run('/x');
    await fs.rm(b, { recursive: true });
    const namenode = await start();
    expect(await statuses(namenode)).toEqual({
      active: { [a]: 'IMAGE_AND_EDITS' },
      failed: { [b]: 'IMAGE_AND_EDITS' },
    });
    expect(await states(namenode)).toEqual({
      Epoch: 3,
      Directories: [
        { dir: a, state: 'active', lastSyncedTransactionId: expect.any(Number) },
        { dir: b, state: 'failed', lastSyncedTransactionId: null, reason: 'it does not exist' },
      ],
    });
    await namenode.stop();
    expect((await contentOf(a)).names).toEqual(['x']);
  });

  it('do not serve one that was left out, when the other one is damaged later', async () => {
    const namenode = await start();
    await mkdir(namenode, '/x');
    const append = EditJournal.prototype.append;
    const failing = vi.spyOn(EditJournal.prototype, 'append');
    failing.mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' }));
    failing.mockImplementation(append);
    await mkdir(namenode, '/y');
    await namenode.stop();
    const journal = path.join(storePath(b), 'edits-0');
    const whole = await fs.readFile(journal);
    await fs.truncate(journal, 0);
    await expect(start()).rejects.toThrow(
      `its file edits-0 has no header: it was emptied or overwritten: restore the directory of dfs.namenode.name.dir`,
    );
    await expect(start()).rejects.toThrow(
      `${a} can't take its place: the NameNode ran without it, and it lacks changes that were acknowledged`,
    );
    await fs.writeFile(journal, whole);
    await run('/z');
    expect((await contentOf(a)).names).toEqual(['x', 'y', 'z']);
    // Both have everything again.
    await fs.truncate(journal, 0);
    await run('/w');
    expect((await contentOf(b)).names).toEqual(['w', 'x', 'y', 'z']);
  });

  it('serve from the other one that was filled after a start that left it out and failed', async () => {
    await run('/x');
    // Such a start has written its mark, and has not made its number durable (found by seed 23000367).
    await writeAloneMark(storePath(a), { epoch: (await contentOf(a)).epoch + 2, count: 1 });
    await fs.rm(path.join(b, 'current'), { recursive: true });
    await run('/y');
    await fs.truncate(path.join(storePath(a), 'edits-0'), 0);
    await run('/z');
    for (const dir of [a, b]) expect((await contentOf(dir)).names).toEqual(['x', 'y', 'z']);
  });

  it('serve from the other one, whatever byte of a VERSION rots', async () => {
    await run('/x');
    const version = path.join(a, 'current/VERSION');
    const whole = await fs.readFile(version);
    const properties = whole.indexOf('\n') + 1;
    for (let at = properties; at < whole.length; at += 7) {
      const rotten = Buffer.from(whole);
      rotten[at] = (rotten[at] ?? 0) ^ 1;
      await fs.writeFile(version, rotten);
      const [first, second] = await examineDirectories([a, b]);
      expect([first?.kind, second?.kind], `byte ${at}`).toEqual(['damaged', 'formatted']);
    }
    // Java reads the same properties out of the first of these.
    const colon = String(whole).replace('=', ':');
    for (const text of [colon, '', '\0'.repeat(whole.length), whole.subarray(0, 80)]) {
      await fs.writeFile(version, text);
      expect((await examineDirectories([a]))[0]?.kind).toBe('damaged');
    }
    await fs.rm(version);
    expect((await examineDirectories([a]))[0]?.kind).toBe('damaged');
    await run('/y');
    expect((await contentOf(a)).names).toEqual(['x', 'y']);
  });

  it('leave out the one where a write fails, and fill it at the next start', async () => {
    const namenode = await start();
    await mkdir(namenode, '/x');
    const before = await states(namenode);
    const append = EditJournal.prototype.append;
    const failing = vi.spyOn(EditJournal.prototype, 'append');
    failing.mockRejectedValueOnce(Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' }));
    failing.mockImplementation(append);
    await mkdir(namenode, '/y');
    expect(await statuses(namenode)).toEqual({
      active: { [b]: 'IMAGE_AND_EDITS' },
      failed: { [a]: 'IMAGE_AND_EDITS' },
    });
    await mkdir(namenode, '/z');
    const { Directories: now } = await states(namenode);
    const last = before.Directories[0]?.lastSyncedTransactionId ?? 0;
    expect(before.Directories).toEqual([
      { dir: a, state: 'active', lastSyncedTransactionId: last },
      { dir: b, state: 'active', lastSyncedTransactionId: last },
    ]);
    // The write that failed was transaction last + 1.
    expect(now).toEqual([
      { dir: b, state: 'active', lastSyncedTransactionId: last + 2 },
      { dir: a, state: 'failed', lastSyncedTransactionId: last, reason: 'EIO: i/o error, write' },
    ]);
    await namenode.stop();
    vi.restoreAllMocks();
    const again = await start();
    expect(await statuses(again)).toEqual(healthy());
    await again.stop();
    expect((await contentOf(a)).names).toEqual(['x', 'y', 'z']);
    expect((await contentOf(b)).names).toEqual(['x', 'y', 'z']);
  });

  it('are refused when both are damaged, and when they hold different namespaces', async () => {
    await run('/x');
    await fs.cp(a, path.join(bench.dir, 'saved'), { recursive: true });
    for (const dir of [a, b]) await fs.truncate(path.join(storePath(dir), 'edits-1'), 0);
    await expect(start()).rejects.toThrow(`${storePath(a)} is damaged: its file edits-1 has no header`);
    await NameNode.format({ conf: bench.conf({ 'dfs.namenode.name.dir': b }) });
    await fs.rm(a, { recursive: true });
    await fs.rename(path.join(bench.dir, 'saved'), a);
    await expect(start()).rejects.toThrow(`${a} and ${b} hold different namespaces`);
  });

  /** Starts a NameNode, and copies one directory before and the other one after a change: as a kill may leave them. */
  async function killedWithOneBehind(): Promise<void> {
    const namenode = await start();
    await mkdir(namenode, '/x');
    const behind = path.join(bench.dir, 'behind');
    await fs.cp(a, behind, { recursive: true });
    for (const name of ['/y', '/y/z']) await mkdir(namenode, name);
    await bench.client(namenode).call(ClientNamenode.delete_, { src: '/x', recursive: true });
    const killed = path.join(bench.dir, 'killed');
    await fs.cp(b, killed, { recursive: true });
    await namenode.stop();
    for (const dir of [a, b]) await fs.rm(dir, { recursive: true });
    await fs.rename(behind, a);
    await fs.rename(killed, b);
  }
  /** A copy puts a new `current` in place of the one that has the mark. */
  const mark = (dir: string) => fs.writeFile(path.join(dir, 'current', 'mark'), '');
  const isCopied = async (dir: string) => !(await fs.readdir(path.join(dir, 'current'))).includes('mark');
  const leftBehind = async (dir: string) => (await kept(dir)).filter((name) => name !== 'in_use.lock');

  it('go on after a kill at which one was behind: the journal of the other one brings it up to date', async () => {
    await run('/first');
    await killedWithOneBehind();
    await mark(a);
    await run('/last');
    expect(await isCopied(a)).toBe(false);
    expect(await leftBehind(a)).toEqual(['current']);
    const [one, other] = [await contentOf(a), await contentOf(b)];
    expect(one.names).toEqual(['first', 'last', 'y', 'z']);
    expect(other).toEqual(one);
    const { isWhole, lines } = await verify();
    expect([isWhole, lines.map((line) => line.replace(/.*: whole/, 'whole'))]).toEqual([
      true,
      [lines[0]?.replace(/.*: whole/, 'whole'), lines[0]?.replace(/.*: whole/, 'whole')],
    ]);
  });

  it('copy one whole whose missing changes are not in the journal any more', async () => {
    await run('/first');
    const behind = path.join(bench.dir, 'behind');
    const namenode = await start();
    await fs.cp(a, behind, { recursive: true });
    // More than the two files of the journal hold: 9,000 directories.
    const below = `/${'n'.repeat(200)}`.repeat(29);
    for (let i = 0; i < 300; i++) await mkdir(namenode, `/top-${i}${below}`);
    await namenode.stop();
    await fs.rm(a, { recursive: true });
    await fs.rename(behind, a);
    await mark(a);
    await run('/last');
    expect(await isCopied(a)).toBe(true);
    expect((await contentOf(a)).names).toHaveLength(9002);
    expect((await contentOf(b)).names).toHaveLength(9002);
  });

  it('keep one beside that has grown apart in the same epoch, and copy the other one', async () => {
    await run('/first');
    const saved = path.join(bench.dir, 'saved');
    await fs.cp(a, saved, { recursive: true });
    // More transactions than the start on the copy makes, so that this one is the newer.
    const names = Array.from({ length: 30 }, (_, i) => `x-${i + 10}`);
    await run(...names.map((name) => `/${name}`));
    // A start on the copy alone has the epoch that the other one has.
    await fs.rm(a, { recursive: true });
    await fs.rename(saved, a);
    const apart = await bench.start({ 'dfs.namenode.name.dir': a });
    await mkdir(apart, '/other');
    await apart.stop();
    await run('/last');
    expect(await leftBehind(a)).toEqual(['current', 'current.old']);
    expect((await contentOf(a)).names).toEqual(['first', 'last', ...names]);
    expect((await contentOf(b)).names).toEqual(['first', 'last', ...names]);
  });
});
