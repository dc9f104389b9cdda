// Tests of append.
import { describe, expect, it } from 'vitest';
import { getBlockLocations, getFileInfo, isFileClosed } from '../../../namenode/namespace/stat-and-listing.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { BOB, Harness, MIB, ROOT, snapshot } from '../harness.ts';

const append = (h: Harness, path = '/f', clientName = 'c2', newBlock = false, caller = ROOT) =>
  h.apply({ op: 'append', caller, path, clientName, newBlock });

function failure(run: () => unknown): string {
  try {
    run();
  } catch (e) {
    const error = HadoopError.from(e);
    return `${error.code}: ${error.message}`;
  }
  return 'no failure';
}

function cluster(...names: string[]): Harness {
  const h = new Harness();
  for (const name of names) h.addDatanode(name, { ip: `10.1.0.${name.slice(1)}` });
  return h;
}

const length = (h: Harness, path = '/f') => h.read(getFileInfo, { caller: ROOT, path })?.length;

/**
 * Sets up the pipeline of a partial last block as a client does: under a new generation stamp, on the DataNodes that
 * have the block.
 */
function setUpAppendPipeline(h: Harness, block: ReturnType<Harness['blockOf']>, names: string[], clientName = 'c2') {
  const { b } = h.apply({ op: 'updateBlockForPipeline', block, clientName });
  const newBlock = h.blockOf({ b }, block.numBytes);
  h.apply({
    op: 'updatePipeline',
    clientName,
    oldBlock: block,
    newBlock,
    datanodeUuids: names.map((n) => `uuid-${n}`),
    storageUuids: names.map((n) => `DS-${n}`),
  });
  return newBlock;
}

describe('append', () => {
  it('continues a partial last block in place, under a new generation stamp', () => {
    const h = cluster('d1', 'd2', 'd3');
    const located = h.writeFile('/f', 100, 2);
    const names = located.locs.map((l) => l.id.hostName);
    const { block, stat } = append(h);
    expect(block).toMatchObject({ b: { blockId: located.b.blockId, generationStamp: 1001, numBytes: 100 }, offset: 0 });
    expect(block?.locs.map((l) => l.id.hostName).sort()).toEqual([...names].sort());
    expect(stat).toMatchObject({ length: 100 });
    expect(h.state.blockManager.safeMode).toMatchObject({ blocksTotal: 0, blocksSafe: 0 });

    const newBlock = setUpAppendPipeline(h, h.blockOf(located, 100), names);
    for (const name of names) h.report(name, newBlock, 150);
    expect(h.complete('/f', { ...newBlock, numBytes: 150 }, 'c2')).toBe(true);
    expect(length(h)).toBe(150);
    expect(h.state.blockManager.safeMode).toMatchObject({ blocksTotal: 1, blocksSafe: 1 });
    const before = snapshot(h.state);
    h.restart();
    expect(snapshot(h.state)).toEqual(before);
  });

  // The replicas already belong to the next generation. If the copy closed the file under the old one, all would be
  // corrupt.
  it('is not ended by a late copy of the complete that closed the file before, also after a restart', () => {
    const h = cluster('d1', 'd2');
    const located = h.writeFile('/f', 100, 2);
    const names = located.locs.map((l) => l.id.hostName);
    append(h, '/f', 'client');
    const lateCopy = () => failure(() => h.complete('/f', h.blockOf(located, 100), 'client'));
    const refusal =
      'IOException: Commit block blk_1073741825_1001, which was opened for append: ' +
      'its pipeline needs a new generation stamp first';
    expect(lateCopy()).toBe(refusal);
    h.restart();
    for (const name of names) h.addDatanode(name, { ip: `10.1.0.${name.slice(1)}` });
    expect(lateCopy()).toBe(refusal);
    const newBlock = setUpAppendPipeline(h, h.blockOf(located, 100), names, 'client');
    expect(lateCopy()).toMatch('IOException: Commit block with mismatching GS');
    for (const name of names) h.report(name, newBlock, 150);
    expect(h.complete('/f', { ...newBlock, numBytes: 150 }, 'client')).toBe(true);
    expect(h.complete('/f', { ...newBlock, numBytes: 150 }, 'client')).toBe(true);
  });

  // colinmarc/hdfs (Go) and hdfs-native (Rust) write on under the generation stamp that the block has.
  it('may be closed under the old generation stamp by a writer that asked for no new one', () => {
    const h = cluster('d1', 'd2');
    const located = h.writeFile('/f', 100, 2);
    append(h);
    for (const { id } of located.locs) h.report(id.hostName, located.b, 150);
    expect(h.complete('/f', h.blockOf(located, 150), 'c2')).toBe(true);
    expect(length(h)).toBe(150);
  });

  // Otherwise the DataNode would refuse a new copy with ReplicaAlreadyExistsException until its next full report, hours
  // later.
  it('deletes the replica of a DataNode that the pipeline left out, once the block is complete', () => {
    const h = cluster('d1', 'd2', 'd3');
    const located = h.writeFile('/f', 100, 3);
    append(h);
    const newBlock = setUpAppendPipeline(h, h.blockOf(located, 100), ['d1', 'd2']);
    const waiting = () => [...(h.state.blockManager.datanodes.get('uuid-d3')?.invalidates ?? [])];
    expect(waiting()).toEqual([]);
    for (const name of ['d1', 'd2']) h.report(name, newBlock, 150);
    expect(h.complete('/f', { ...newBlock, numBytes: 150 }, 'c2')).toBe(true);
    expect(waiting()).toEqual([[located.b.blockId, located.b.generationStamp]]);
    const holders = h.state.blockManager.blocks
      .get(located.b.blockId)
      ?.replicas.map((storage) => storage.datanode.id.hostName);
    expect(holders?.sort()).toEqual(['d1', 'd2']);
  });

  it('begins a new block when the last one is full; the writer names no previous block', () => {
    const h = cluster('d1');
    h.writeFile('/f', MIB);
    expect(append(h).block).toBeUndefined();
    const added = h.addBlock('/f', undefined, 'c2');
    expect(added).toMatchObject({ b: { blockId: 1073741826, numBytes: 0 }, offset: MIB });
    expect(h.addBlock('/f', undefined, 'c2').b).toEqual(added.b);
    h.report('d1', added.b, 7);
    expect(h.complete('/f', h.blockOf(added, 7), 'c2')).toBe(true);
    expect(length(h)).toBe(MIB + 7);
  });

  it('begins the first block of an empty file', () => {
    const h = cluster('d1');
    h.writeFileWithoutBlocks('/f');
    expect(append(h).block).toBeUndefined();
    expect(h.addBlock('/f', undefined, 'c2').offset).toBe(0);
  });

  it('with NEW_BLOCK leaves the last block as it is; the writer names it as the previous block', () => {
    const h = cluster('d1');
    const first = h.writeFile('/f', 100);
    const { block } = append(h, '/f', 'c2', true);
    expect(block).toMatchObject({ b: { blockId: first.b.blockId, numBytes: 100 }, locs: [] });
    const second = h.addBlock('/f', h.blockOf(first, 100), 'c2');
    expect(second.offset).toBe(100);
    h.report('d1', second.b, 5);
    expect(h.complete('/f', h.blockOf(second, 5), 'c2')).toBe(true);
    expect(length(h)).toBe(105);
  });

  it.each([
    ['/no', ROOT, 'FileNotFoundException: Failed to append to non-existent file /no for client 10.0.0.1'],
    ['/d', ROOT, 'FileAlreadyExistsException: Cannot append to directory /d; already exists as a directory.'],
    ['/f', BOB, 'AccessControlException: Permission denied: user=bob, access=WRITE, inode="/f"'],
    [
      '/open',
      ROOT,
      'AlreadyBeingCreatedException: Failed to APPEND_FILE /open for c2 on 10.0.0.1 because this file lease is ' +
        'currently owned by c1 on 10.0.0.1',
    ],
    [
      '/mine',
      ROOT,
      'AlreadyBeingCreatedException: Failed to APPEND_FILE /mine for c2 on 10.0.0.1 because c2 is already the ' +
        'current lease holder.',
    ],
  ])('of %s is refused (FSDirAppendOp)', (path, caller, message) => {
    const h = cluster('d1');
    h.mkdirs('/d');
    h.writeFile('/f', 1);
    h.create('/open', { clientName: 'c1' });
    h.create('/mine', { clientName: 'c2' });
    expect(failure(() => append(h, path, 'c2', false, caller))).toContain(message);
  });

  it('waits for a good replica of the last block', () => {
    const h = cluster('d1', 'd2');
    const { b, locs } = h.writeFile('/f', 10);
    const datanodeUuid = locs[0]?.id.datanodeUuid ?? '';
    h.apply({
      op: 'reportBadBlocks',
      replicas: [{ blockId: b.blockId, genStamp: b.generationStamp, datanodeUuid }],
    });
    expect(failure(() => append(h))).toBe(
      'IOException: append: lastBlock=blk_1073741825_1001 of src=/f is not sufficiently replicated yet.',
    );
    expect(h.read(isFileClosed, { caller: ROOT, path: '/f' })).toBe(true);
  });

  it('is refused in safe mode', () => {
    const h = cluster('d1');
    h.writeFile('/f', 10);
    h.apply({ op: 'setSafeMode', action: 'ENTER' });
    expect(failure(() => append(h))).toContain(
      'SafeModeException: Cannot append to file/f. Name node is in safe mode.',
    );
  });

  it('takes a file from a writer that was silent for the soft limit, once its last block is recovered', () => {
    const h = cluster('d1');
    h.create('/f', { clientName: 'c1' });
    const { b } = h.addBlock('/f', undefined, 'c1');
    h.now += 60_001;
    expect(failure(() => append(h))).toBe(
      'RecoveryInProgressException: Failed to APPEND_FILE /f for c2 on 10.0.0.1 because lease recovery is in ' +
        'progress. Try again later.',
    );
    expect(failure(() => h.complete('/f', h.blockOf({ b }, 3), 'c1'))).toBe(
      'IOException: Commit or complete block blk_1073741825_1001, whereas it is under recovery.',
    );
    h.apply({
      op: 'commitBlockSynchronization',
      blockId: b.blockId,
      blockName: 'b',
      newGenStamp: 1002,
      newLength: 40,
      closeFile: true,
      deleteBlock: false,
      targets: [{ datanodeUuid: 'uuid-d1', storageUuid: 'DS-d1' }],
    });
    expect(append(h).block).toMatchObject({ b: { generationStamp: 1002, numBytes: 40 } });
  });

  it('shows readers the old length, and the DataNodes that know the new one', () => {
    const h = cluster('d1');
    h.writeFile('/f', 100);
    append(h);
    const read = () => h.read(getBlockLocations, { caller: ROOT, path: '/f', offset: 0, length: 1000 }).locations;
    const open = {
      underConstruction: true,
      isLastBlockComplete: false,
      lastBlock: { b: { numBytes: 100 }, offset: 0, locs: [{ id: { hostName: 'd1' } }] },
    };
    expect(read()).toMatchObject(open);
    expect(length(h)).toBe(100);
    h.restart();
    h.addDatanode('d1', { ip: '10.1.0.1' });
    expect(read()).toMatchObject(open);
    expect(length(h)).toBe(100);
  });

  it('loses nothing when the NameNode dies in the middle: the old bytes are recovered', () => {
    const h = cluster('d1', 'd2');
    const located = h.writeFile('/f', 100, 2);
    append(h);
    h.restart();
    h.addDatanode('d1', { ip: '10.1.0.1' });
    h.addDatanode('d2', { ip: '10.1.0.2' });
    expect(failure(() => append(h, '/f', 'c3'))).toContain('AlreadyBeingCreatedException');
    expect(h.apply({ op: 'recoverLease', caller: ROOT, path: '/f', clientName: 'c3' })).toBe(false);
    h.apply({
      op: 'commitBlockSynchronization',
      blockId: located.b.blockId,
      blockName: 'b',
      newGenStamp: 1002,
      newLength: 100,
      closeFile: true,
      deleteBlock: false,
      targets: ['d1', 'd2'].map((n) => ({ datanodeUuid: `uuid-${n}`, storageUuid: `DS-${n}` })),
    });
    expect([length(h), h.read(isFileClosed, { caller: ROOT, path: '/f' })]).toEqual([100, true]);
  });

  it('ignores a pending copy of the block, and a pending deletion', () => {
    const h = cluster('d1', 'd2');
    const located = h.writeFile('/f', 100, 2);
    h.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 1 });
    const { block } = append(h);
    const names = block?.locs.map((l) => l.id.hostName) ?? [];
    expect(names.length).toBe(1);
    const kept = names[0] ?? '';
    const newBlock = setUpAppendPipeline(h, h.blockOf(located, 100), [kept]);
    h.report(kept, newBlock, 120);
    expect(h.complete('/f', { ...newBlock, numBytes: 120 }, 'c2')).toBe(true);
    const replicas = h.state.blockManager.blocks.get(located.b.blockId)?.replicas.map((r) => r.datanode.id.hostName);
    expect(replicas).toEqual([kept]);
  });
});
