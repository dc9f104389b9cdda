import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnderRoot, pathOf } from '../../namenode/inode.ts';
import type { NamesystemState } from '../../namenode/state.ts';
import { HadoopError } from '../../protocol/errors.ts';
import { BOB, Harness, ROOT, snapshot } from './harness.ts';

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((c) => `/${c.join('/')}`);
const caller = fc.constantFrom(ROOT, ROOT, ROOT, BOB);
const client = fc.constantFrom('c1', 'c2');

type Step = (h: Harness) => unknown;
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.tuple(path, client).map(
      ([p, clientName]): Step =>
        (h) =>
          h.create(p, { clientName }),
    ),
    weight: 3,
  },
  fc.tuple(path, caller).map(
    ([p, c]): Step =>
      (h) =>
        h.mkdirs(p, c),
  ),
  fc.tuple(path, caller, client, fc.constantFrom(1, 2, 3)).map(
    ([p, c, clientName, flags]): Step =>
      (h) =>
        h.create(p, { caller: c, clientName, flags }),
  ),
  fc.tuple(fc.nat(20), fc.boolean(), fc.boolean()).map(
    ([nth, report, close]): Step =>
      (h) => {
        const open = [...h.state.leases.openFileIds()];
        const file = h.state.tree.file(open[nth % open.length] ?? 0);
        if (file === undefined) return undefined;
        const last = file.blocks.at(-1);
        const named = last && h.blockOf({ b: { blockId: last.id, generationStamp: last.genStamp } }, 100);
        if (report && named) h.report('d1', named, 100);
        const holder = file.underConstruction?.clientName;
        return close ? h.complete(pathOf(file), named, holder) : h.addBlock(pathOf(file), named, holder);
      },
  ),
  fc.tuple(path, caller, fc.boolean()).map(
    ([p, c, recursive]): Step =>
      (h) =>
        h.apply({ op: 'delete', caller: c, path: p, recursive }),
  ),
  fc.tuple(path, path, caller).map(
    ([source, destination, c]): Step =>
      (h) =>
        h.apply({ op: 'rename', caller: c, source, destination }),
  ),
  fc.tuple(path, path, caller, fc.boolean()).map(
    ([source, destination, c, overwrite]): Step =>
      (h) =>
        h.apply({ op: 'rename2', caller: c, source, destination, overwrite }),
  ),
  fc.tuple(path, fc.integer({ min: 0, max: 0o1777 })).map(
    ([p, permission]): Step =>
      (h) =>
        h.apply({ op: 'setPermission', caller: ROOT, path: p, permission }),
  ),
  fc.tuple(path, fc.integer({ min: 1, max: 3 })).map(
    ([p, replication]): Step =>
      (h) =>
        h.apply({ op: 'setReplication', caller: ROOT, path: p, replication }),
  ),
  path.map(
    (p): Step =>
      (h) =>
        h.apply({ op: 'setOwner', caller: ROOT, path: p, owner: 'bob', group: 'staff' }),
  ),
  fc.integer({ min: 1, max: 700_000 }).map(
    (ms): Step =>
      (h) => {
        h.now += ms;
        h.heartbeat('d1');
        h.apply({ op: 'tick' });
      },
  ),
  fc.constant<Step>((h) => h.drain()),
);

/** What must hold between any two commands. */
function checkInvariants(s: NamesystemState): void {
  let files = 0;
  let complete = 0;
  for (const inode of s.tree.byId.values()) {
    if (inode.parent !== undefined) expect(inode.parent.children.get(inode.name)).toBe(inode);
    expect(inode.id).toBeLessThanOrEqual(s.counters.lastInodeId);
    if (inode.kind !== 'file') continue;
    files++;
    inode.blocks.forEach((block, i) => {
      expect(block.file).toBe(inode);
      expect(s.blocks.get(block.id)).toBe(block);
      expect(block.id).toBeLessThanOrEqual(s.counters.lastBlockId);
      expect(block.genStamp).toBeLessThanOrEqual(s.counters.generationStamp);
      for (const storage of block.replicas) expect(storage.blocks.has(block)).toBe(true);
      if (block.state === 'COMPLETE') complete++;
      if (block.state === 'UNDER_CONSTRUCTION') expect(i).toBe(inode.blocks.length - 1);
    });
    if (inode.underConstruction === undefined) {
      for (const block of inode.blocks) expect(block.state).toBe('COMPLETE');
      expect(s.leases.ofFile(inode.id)).toBeUndefined();
    } else if (isUnderRoot(inode, s.tree.root)) {
      expect(s.leases.ofFile(inode.id)?.holder).toBe(inode.underConstruction.clientName);
    }
  }
  expect(s.tree.fileCount).toBe(files);
  expect(s.safeMode.blocksTotal).toBe(complete);
  expect(s.safeMode.blocksSafe).toBeLessThanOrEqual(complete);
}

describe('the namesystem', () => {
  it('keeps its invariants, and what it wrote loads as what it was', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), (steps) => {
        const h = new Harness();
        h.addDatanode('d1');
        for (const run of steps) {
          try {
            run(h);
          } catch (e) {
            // Refusals are fine; anything that Hadoop has no name for is a bug.
            if (!(e instanceof HadoopError)) throw e;
          }
          checkInvariants(h.state);
          expect(snapshot(h.load().state)).toEqual(snapshot(h.state));
        }
      }),
      { numRuns: 150 },
    );
  });
});
