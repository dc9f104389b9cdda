// Tests that a call on a large subtree leaves turns for other calls: a delete by a user who is no superuser.
import { afterEach, describe, expect, it } from 'vitest';
import { Children } from '../../../namenode/namespace/children.ts';
import { type INodeDirectory, newDirectory } from '../../../namenode/namespace/inode.ts';
import { lastINode } from '../../../namenode/namespace/inode-tree.ts';
import { getFileInfo } from '../../../namenode/namespace/stat-and-listing.ts';
import type { NamesystemState } from '../../../namenode/namesystem/state.ts';
import type { ClientContext } from '../../../namenode/rpc/context/client-context.ts';
import { afterSubtreeCheck } from '../../../namenode/rpc/subtree-slices.ts';
import type { RpcCall } from '../../../protocol/rpc/handler.ts';
import { BOB, Harness, ROOT } from '../harness.ts';

const { page } = Children.prototype;
afterEach(() => {
  Children.prototype.page = page;
});

/** Counts the pages of directories that are read from now on. */
function countPages(): { count: number } {
  const pages = { count: 0 };
  Children.prototype.page = function (...of) {
    pages.count++;
    return page.apply(this, of);
  };
  return pages;
}

const CALL = {} as RpcCall;
const DIRECTORIES = 300_000;

/** The parts of the context that the entry uses, over the state of a harness. */
function contextOf(h: Harness): ClientContext {
  const driver = { inspect: <T>(_name: string, question: (s: NamesystemState) => T) => question(h.state) };
  return { driver, callerOf: () => BOB } as unknown as ClientContext;
}

/** Puts directories with mode 777 below /t, a thousand in each, past the store. */
function plant(h: Harness, count: number): void {
  const { tree } = h.state.namespace;
  h.mkdirs('/t');
  h.apply({ op: 'setPermission', caller: ROOT, path: '/t', permission: 0o777 });
  h.apply({ op: 'setPermission', caller: ROOT, path: '/', permission: 0o777 });
  const add = (parent: INodeDirectory, i: number) => {
    const times = { modificationTimeMs: 0, accessTimeMs: 0 };
    const at = newDirectory({
      id: 1_000_000 + i,
      name: `d${i}`,
      owner: 'hdfs',
      group: 'g',
      permission: 0o777,
      ...times,
    });
    tree.register(at);
    tree.addChild(parent, at);
    return at;
  };
  const top = lastINode(tree.resolve('/t'));
  if (top?.kind !== 'directory') throw new Error('no /t');
  let parent = top;
  for (let i = 0; i < count; i++) {
    const at = add(i % 1000 === 0 ? top : parent, i);
    if (i % 1000 === 0) parent = at;
  }
}

describe('a delete of a large subtree by another user', () => {
  const deleteEntry = (h: Harness) =>
    afterSubtreeCheck<{ path: string }, boolean>(
      ({ path }) => path,
      (_context, { path }) => h.apply({ op: 'delete', caller: BOB, path, recursive: true }),
    );

  it('checks the subtree in slices, between which other calls are answered', async () => {
    const h = new Harness();
    plant(h, DIRECTORIES);
    let answered = 0;
    let isDone = false;
    const serve = () => {
      if (isDone) return;
      if (h.read(getFileInfo, { caller: BOB, path: '/t' })?.fileType === 1) answered++;
      setImmediate(serve);
    };
    setImmediate(serve);
    const pages = countPages();
    let pagesOfSlices = 0;
    const entry = afterSubtreeCheck<{ path: string }, boolean>(
      ({ path }) => path,
      (_context, { path }) => {
        isDone = true;
        pagesOfSlices = pages.count;
        return h.apply({ op: 'delete', caller: BOB, path, recursive: true });
      },
    );
    expect(await entry(contextOf(h), { path: '/t' }, CALL)).toBe(true);
    expect(pagesOfSlices).toBeGreaterThan(DIRECTORIES);
    // The command itself walks nothing again.
    expect(pages.count).toBe(pagesOfSlices);
    expect(answered).toBeGreaterThan(DIRECTORIES / 10_000);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/t' })).toBeUndefined();
    expect(h.state.namespace.subtreeChecks.size).toBe(0);
  });

  it('is refused if a directory that was checked is closed before the end', async () => {
    const h = new Harness();
    plant(h, 20_000);
    setImmediate(() => h.apply({ op: 'setPermission', caller: ROOT, path: '/t', permission: 0o755 }));
    await expect(deleteEntry(h)(contextOf(h), { path: '/t' }, CALL)).rejects.toThrow(
      'Permission denied: user=bob, access=ALL, inode="/t":hdfs:supergroup:drwxr-xr-x',
    );
    expect(h.state.namespace.subtreeChecks.size).toBe(0);
  });

  it('checks the directory that has the path in the end', async () => {
    const h = new Harness();
    plant(h, 20_000);
    h.mkdirs('/other/closed/x', ROOT, 0o755);
    setImmediate(() => {
      h.apply({ op: 'rename', caller: ROOT, source: '/t', destination: '/before' });
      h.apply({ op: 'rename', caller: ROOT, source: '/other', destination: '/t' });
    });
    await expect(deleteEntry(h)(contextOf(h), { path: '/t' }, CALL)).rejects.toThrow('inode="/t":hdfs:');
    expect(h.read(getFileInfo, { caller: ROOT, path: '/before' })).toBeDefined();
  });

  it('is refused without a walk if the parent refuses', async () => {
    const h = new Harness();
    plant(h, 20_000);
    h.apply({ op: 'setPermission', caller: ROOT, path: '/', permission: 0o755 });
    const pages = countPages();
    await expect(deleteEntry(h)(contextOf(h), { path: '/t' }, CALL)).rejects.toThrow('access=WRITE, inode="/"');
    expect(pages.count).toBe(0);
  });
});
