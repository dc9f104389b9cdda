// Property tests of the state machine: invariants after every command, and equality with what is loaded from the store.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBeingWritten } from '../../../namenode/blocks/locations/block-info.ts';
import type { Change } from '../../../namenode/command/change.ts';
import { isUnderRoot, pathOf } from '../../../namenode/namespace/inode.ts';
import { applyChange, Batch, endBatch } from '../../../namenode/namesystem/apply-change.ts';
import { emptyState } from '../../../namenode/namesystem/load.ts';
import type { NamesystemState } from '../../../namenode/namesystem/state.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { BOB, Harness, ROOT, roomsConfig, seededChooser, snapshot } from '../harness.ts';

const path = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((c) => `/${c.join('/')}`);
const caller = fc.constantFrom(ROOT, ROOT, ROOT, BOB);
const client = fc.constantFrom('c1', 'c2');

/** Long, because every step loads the whole store, on machines that are busy with other tests. */
const PROPERTY_TIMEOUT_MS = 120_000;

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
        const open = [...h.state.namespace.leases.openFileIds()];
        const file = h.state.namespace.tree.file(open[nth % open.length] ?? 0);
        if (file === undefined) return undefined;
        const last = file.blocks.at(-1);
        const named = last && h.blockOf({ b: { blockId: last.id, generationStamp: last.genStamp } }, 100);
        if (report && named) h.report('d1', named, 100);
        const holder = file.features?.underConstruction?.clientName;
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
  fc.tuple(path).map(
    ([p]): Step =>
      (h) =>
        writeFile(h, p),
  ),
  fc.tuple(fc.nat(20), client, fc.boolean()).map(
    ([nth, clientName, newBlock]): Step =>
      (h) =>
        h.apply({ op: 'append', caller: ROOT, path: nthFile(h, nth), clientName, newBlock }),
  ),
  fc.tuple(fc.nat(20), client, fc.constantFrom(0, 50, 100, 150)).map(
    ([nth, clientName, newLengthBytes]): Step =>
      (h) =>
        h.apply({ op: 'truncate', caller: ROOT, path: nthFile(h, nth), newLengthBytes, clientName }),
  ),
  fc.tuple(fc.nat(20), client).map(
    ([nth, clientName]): Step =>
      (h) =>
        h.apply({ op: 'recoverLease', caller: ROOT, path: nthFile(h, nth), clientName }),
  ),
  {
    arbitrary: fc.tuple(fc.nat(20), fc.nat(1), fc.boolean(), fc.boolean()).map(
      ([nth, late, deleteBlock, known]): Step =>
        (h) =>
          synchronize(h, nth, late, deleteBlock, known),
    ),
    weight: 3,
  },
  fc.nat(20).map(
    (nth): Step =>
      (h) =>
        rebuildPipeline(h, nth),
  ),
  fc.boolean().map(
    (registers): Step =>
      (h) => {
        h.restart();
        if (registers) h.addDatanode('d1');
      },
  ),
  fc.constant<Step>((h) => {
    const replicas = [...h.state.blockManager.blocks.values()].map((b) => ({
      id: b.id,
      genStamp: b.genStamp,
      numBytes: b.numBytes,
    }));
    h.addDatanode('d1');
    h.fullReport('d1', replicas);
  }),
);

/** Writes a closed file of two blocks of 100 bytes each. */
function writeFile(h: Harness, file: string): void {
  h.create(file, { clientName: 'c1' });
  let previous: ReturnType<Harness['blockOf']> | undefined;
  for (let i = 0; i < 2; i++) {
    previous = h.blockOf(h.addBlock(file, previous, 'c1'), 100);
    h.report('d1', previous, 100);
  }
  h.complete(file, previous, 'c1');
}

function nthFile(h: Harness, nth: number): string {
  const files = [...h.state.namespace.tree.byId.values()].filter((inode) => inode.kind === 'file');
  const file = files[nth % files.length];
  return file === undefined ? '/none' : pathOf(file);
}

/** Reports the result of the nth recovery, or with `late` of a recovery that a newer one replaced. */
function synchronize(h: Harness, nth: number, late: number, deleteBlock: boolean, known: boolean): void {
  const recovering = [...h.state.blockManager.recovering].filter((b) => b.recovery !== undefined);
  const block = recovering[nth % recovering.length];
  if (block?.recovery === undefined) return;
  h.apply({
    op: 'commitBlockSynchronization',
    blockId: block.id,
    blockName: 'b',
    newGenStamp: block.recovery.id - late,
    newLength: block.truncateTo ?? 100,
    closeFile: true,
    deleteBlock: deleteBlock && block.truncateTo === undefined,
    targets: known ? [{ datanodeUuid: 'uuid-d1', storageUuid: 'DS-d1' }] : [],
  });
}

function rebuildPipeline(h: Harness, nth: number): void {
  const open = [...h.state.namespace.leases.openFileIds()];
  const file = h.state.namespace.tree.file(open[nth % open.length] ?? 0);
  const last = file?.blocks.at(-1);
  const clientName = file?.features?.underConstruction?.clientName;
  if (last === undefined || clientName === undefined) return;
  const oldBlock = h.blockOf({ b: { blockId: last.id, generationStamp: last.genStamp } }, last.numBytes);
  const { b } = h.apply({ op: 'updateBlockForPipeline', block: oldBlock, clientName });
  const newBlock = { ...oldBlock, generationStamp: b.generationStamp };
  const [datanodeUuids, storageUuids] = [['uuid-d1'], ['DS-d1']];
  h.apply({ op: 'updatePipeline', clientName, oldBlock, newBlock, datanodeUuids, storageUuids });
}

/** Checks what must hold between any two commands. */
function checkInvariants({ namespace, blockManager, hardState: { counters } }: NamesystemState): void {
  let files = 0;
  let complete = 0;
  for (const inode of namespace.tree.byId.values()) {
    if (inode.parent !== undefined) expect(inode.parent.children.get(inode.name)).toBe(inode);
    expect(inode.id).toBeLessThanOrEqual(counters.lastInodeId);
    if (inode.kind !== 'file') continue;
    files++;
    inode.blocks.forEach((block, i) => {
      expect(block.file).toBe(inode);
      expect(blockManager.blocks.get(block.id)).toBe(block);
      expect(block.id).toBeLessThanOrEqual(counters.lastBlockId);
      expect(block.genStamp).toBeLessThanOrEqual(counters.generationStamp);
      for (const storage of block.replicas) expect(storage.blocks.has(block)).toBe(true);
      if (block.state === 'COMPLETE') complete++;
      if (isBeingWritten(block)) expect(i).toBe(inode.blocks.length - 1);
      expect(block.expected === undefined).toBe(block.state === 'COMPLETE');
      if (block.recovery !== undefined || block.truncateTo !== undefined) expect(block.state).toBe('UNDER_RECOVERY');
      if (block.state === 'UNDER_RECOVERY') expect(blockManager.recovering.has(block)).toBe(true);
      expect(block.recovery?.id ?? block.genStamp + 1).toBeGreaterThan(block.genStamp);
    });
    if (inode.features?.underConstruction === undefined) {
      for (const block of inode.blocks) expect(block.state).toBe('COMPLETE');
      expect(namespace.leases.ofFile(inode.id)).toBeUndefined();
    } else if (isUnderRoot(inode, namespace.tree.root)) {
      expect(namespace.leases.ofFile(inode.id)?.holder).toBe(inode.features?.underConstruction.clientName);
    }
  }
  expect(namespace.tree.fileCount).toBe(files);
  expect(blockManager.safeMode.blocksTotal).toBe(complete);
  expect(blockManager.safeMode.blocksSafe).toBeLessThanOrEqual(complete);
}

/** Returns a state that applies the changes of every command, batch by batch, as a standby would. */
function follow(h: Harness): NamesystemState {
  const state = emptyState(roomsConfig(h.config), seededChooser(1), h.now);
  const batch = new Batch();
  const take = (changes: readonly Change[]) => {
    for (const change of changes) applyChange(state, batch, change);
    endBatch(state, batch, h.now);
  };
  take([...h.store].map(([key, value]) => ({ type: 'put', key, value })));
  h.onChanges = take;
  return state;
}

describe('the namesystem', () => {
  it('keeps its invariants, and what it wrote loads as what it was', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }), (steps) => {
        const h = new Harness();
        h.addDatanode('d1');
        for (const run of steps) {
          try {
            run(h);
          } catch (e) {
            // An operation may be refused. Any exception that is not Hadoop's is a bug.
            if (!(e instanceof HadoopError)) throw e;
          }
          checkInvariants(h.state);
          expect(snapshot(h.load().state)).toEqual(snapshot(h.state));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has the same hard state where its changes are taken in batch by batch', { timeout: PROPERTY_TIMEOUT_MS }, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }), (steps) => {
        const h = new Harness();
        h.addDatanode('d1');
        const follower = follow(h);
        for (const run of steps) {
          try {
            run(h);
          } catch (e) {
            if (!(e instanceof HadoopError)) throw e;
          }
          expect(snapshot(follower)).toEqual(snapshot(h.state));
        }
      }),
      { numRuns: 40 },
    );
  });
});
