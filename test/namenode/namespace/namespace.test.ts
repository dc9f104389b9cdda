// Tests of paths, mkdirs, listings, delete and the content summary.
import { describe, expect, it } from 'vitest';
import { ContentSummaryComputation } from '../../../namenode/namespace/content-summary.ts';
import { lastINode } from '../../../namenode/namespace/inode-tree.ts';
import { getFileInfo, getListing } from '../../../namenode/namespace/stat-and-listing.ts';
import { Harness, ROOT, snapshot } from '../harness.ts';

const names = (h: Harness, path: string, startAfter = '', needLocation = false) => {
  const page = h.read(getListing, { caller: ROOT, path, startAfter, needLocation });
  return (
    page && { names: page.partialListing.map((e) => new TextDecoder().decode(e.path)), left: page.remainingEntries }
  );
};

describe('paths', () => {
  it('reach an inode by its id too', () => {
    const h = new Harness();
    h.mkdirs('/a/b');
    const info = (path: string) => h.read(getFileInfo, { caller: ROOT, path });
    expect(info('/.reserved/.inodes/16386/b')).toEqual(info('/a/b'));
    expect(info('/.reserved/raw/a')).toEqual(info('/a'));
    expect(() => info('/.reserved/.inodes/99')).toThrow('File for given inode path does not exist');
  });
});

describe('mkdirs', () => {
  it('gives inode ids from 16386 on, and is true for what exists', () => {
    const h = new Harness();
    expect(h.mkdirs('/a/b')).toBe(true);
    expect(h.mkdirs('/a/b')).toBe(true);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/' })?.fileId).toBe(16385);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/a/b' })?.fileId).toBe(16387);
  });

  it('leaves nothing behind when a name further on is refused', () => {
    const h = new Harness();
    const before = snapshot(h.state);
    expect(() => h.mkdirs(`/new/${'x'.repeat(300)}`)).toThrow('limit=255 length=300');
    expect(() => h.mkdirs('/new/.snapshot')).toThrow('".snapshot" is a reserved name.');
    expect(() => h.mkdirs('/.reserved/x')).toThrow('File name ".reserved" is reserved');
    expect(snapshot(h.state)).toEqual(before);
  });

  it('sets the modification time of the parent', () => {
    const h = new Harness();
    h.mkdirs('/a');
    h.now += 5;
    h.mkdirs('/a/b');
    expect(h.read(getFileInfo, { caller: ROOT, path: '/a' })?.modification_time).toBe(h.now);
    h.now += 5;
    h.mkdirs('/a/b/c');
    expect(h.read(getFileInfo, { caller: ROOT, path: '/a' })?.modification_time).toBe(h.now - 5);
  });
});

describe('getListing', () => {
  it('comes in pages of dfs.ls.limit, in the order of the names’ bytes', () => {
    const h = new Harness({ config: { listingLimit: 2 } });
    for (const name of ['b', 'a', 'B', '\u{1f600}', '\uff5e']) h.mkdirs(`/${name}`);
    expect(names(h, '/')).toEqual({ names: ['B', 'a'], left: 3 });
    expect(names(h, '/', 'a')).toEqual({ names: ['b', '\uff5e'], left: 1 });
    expect(names(h, '/', '\uff5e')).toEqual({ names: ['\u{1f600}'], left: 0 });
  });

  it('of a file is the file, of nothing is nothing', () => {
    const h = new Harness();
    h.create('/f');
    expect(names(h, '/f')).toEqual({ names: [''], left: 0 });
    expect(names(h, '/nope')).toBeUndefined();
  });

  it('with locations ends early: locations count against the limit', () => {
    const h = new Harness({ config: { listingLimit: 2 } });
    for (const name of ['d1', 'd2']) h.addDatanode(name, { ip: `10.1.0.${name}` });
    for (const name of ['a', 'b', 'c']) h.writeFile(`/${name}`, 10, 2);
    expect(names(h, '/', '', true)).toEqual({ names: ['a'], left: 2 });
  });
});

describe('delete', () => {
  const remove = (h: Harness, path: string, recursive = true) =>
    h.apply({ op: 'delete', caller: ROOT, path, recursive });

  it('reports why it is refused', () => {
    const h = new Harness();
    h.mkdirs('/d/e');
    expect(() => remove(h, '/d', false)).toThrow("`/d is non empty': Directory is not empty");
    expect([remove(h, '/nope'), remove(h, '/'), remove(h, '/d/e', false), remove(h, '/d')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('of a big tree is over for its caller at once; the rest goes in slices, also after a restart', () => {
    const h = new Harness();
    for (let d = 0; d < 5; d++) for (let f = 0; f < 999; f++) h.mkdirs(`/big/${d}/${f}`);
    h.create('/big/open');
    expect(remove(h, '/big')).toBe(true);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/big' })).toBeUndefined();
    expect(h.state.namespace.tree.byId.size).toBeGreaterThan(2000);
    expect(() => h.complete('/big/open')).toThrow('File does not exist: /big/open');
    h.restart();
    expect(h.state.namespace.tree.byId.size).toBeGreaterThan(2000);
    h.mkdirs('/big');
    h.drain();
    expect(h.state.namespace.tree.byId.size).toBe(2);
    expect([...h.store.keys()].filter((k) => k !== 'counters')).toHaveLength(2);
  });
});

describe('the content summary', () => {
  it('counts the directory itself, lengths, and lengths times replication', () => {
    const h = new Harness();
    for (const name of ['d1', 'd2']) h.addDatanode(name, { ip: `10.1.0.${name}` });
    h.mkdirs('/d/e');
    h.writeFile('/d/f', 10, 2);
    h.writeFile('/d/e/g', 5, 1);
    const inode = lastINode(h.state.namespace.tree.resolve('/d'));
    if (inode === undefined) throw new Error('no /d');
    const computation = new ContentSummaryComputation(inode, () => undefined);
    let steps = 1;
    while (!computation.step(1)) steps++;
    expect(steps).toBeGreaterThan(1);
    expect(computation.counts).toEqual({ length: 15, fileCount: 2, directoryCount: 2, spaceConsumed: 25 });
  });
});
