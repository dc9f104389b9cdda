// Tests of block recovery in the NameNode's state machine.
import { describe, expect, it } from 'vitest';
import { getBlockLocations, getFileInfo, isFileClosed } from '../../../namenode/namespace/stat-and-listing.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { Harness, MIB, ROOT } from '../harness.ts';

/** The time after which a recovery starts again (BlockManager.getBlockRecoveryTimeout): 30 heartbeats of 3 s. */
const TIMEOUT_MS = 90_000;
const NAMES = ['d1', 'd2', 'd3'];
const IP = (name: string) => `10.1.0.${name.slice(1)}`;

function failure(run: () => unknown): string {
  try {
    run();
  } catch (e) {
    const error = HadoopError.from(e);
    return `${error.code}: ${error.message}`;
  }
  return 'no failure';
}

const closed = (h: Harness) => h.read(isFileClosed, { caller: ROOT, path: '/f' });
const length = (h: Harness) => h.read(getFileInfo, { caller: ROOT, path: '/f' })?.length;
const recover = (h: Harness, clientName = 'c2') =>
  h.apply({ op: 'recoverLease', caller: ROOT, path: '/f', clientName });

function heartbeats(h: Harness, ms: number, names: readonly string[] = NAMES): void {
  h.now += ms;
  for (const name of names) h.heartbeat(name, { ip: IP(name) });
  h.apply({ op: 'tick' });
}

/** Returns the recoveries that each DataNode would receive with its next heartbeat. */
function commands(h: Harness) {
  return h.state.blockManager.datanodes.all().flatMap((datanode) =>
    h
      .commands(datanode.id.hostName)
      .flatMap((c) => c.recoveryCmd?.blocks ?? [])
      .map((b) => ({
        primary: datanode.id.hostName,
        id: b.newGenStamp,
        on: b.block.locs.map((l) => l.id.hostName).sort(),
      })),
  );
}

function synchronize(
  h: Harness,
  newGenStamp: number,
  options: { length?: number; deleteBlock?: boolean; targets?: string[]; blockId?: number } = {},
) {
  const { length: newLength = 0, deleteBlock = false, targets = NAMES, blockId = 1073741825 } = options;
  h.apply({
    op: 'commitBlockSynchronization',
    blockId,
    blockName: `blk_${blockId}_1001`,
    newGenStamp,
    newLength,
    closeFile: true,
    deleteBlock,
    targets: targets.map((n) => ({ datanodeUuid: `uuid-${n}`, storageUuid: `DS-${n}` })),
  });
}

/** Opens the file `/f` as client c1, with one block that three DataNodes receive. */
function writing(): { h: Harness; block: ReturnType<Harness['blockOf']> } {
  const h = new Harness();
  for (const name of NAMES) h.addDatanode(name, { ip: IP(name) });
  h.create('/f', { clientName: 'c1', replication: 3 });
  const block = h.blockOf(h.addBlock('/f', undefined, 'c1'), 0);
  for (const name of NAMES) h.report(name, block, 0, 1);
  return { h, block };
}

describe('block recovery', () => {
  it('uses a replica that an earlier recovery has finished, though the NameNode has not heard of its end', () => {
    const { h, block } = writing();
    for (const name of NAMES) h.report(name, block, 700);
    expect(recover(h)).toBe(false);
    expect(commands(h)).toMatchObject([{ id: 1002, on: NAMES }]);
    // Found by seed 25000450: the primary was killed before it told the result, and d1 has reported all blocks since then.
    h.fullReport('d1', [{ id: block.blockId, genStamp: 1002, numBytes: 500 }]);
    heartbeats(h, TIMEOUT_MS + 1);
    expect(commands(h)).toMatchObject([{ id: 1003, on: NAMES }]);
  });

  it('begins at the DataNode with the latest heartbeat, and after a timeout at another one under a new id', () => {
    const { h } = writing();
    h.now += 10;
    h.heartbeat('d2', { ip: IP('d2') });
    expect(recover(h)).toBe(false);
    expect(commands(h)).toEqual([{ primary: 'd2', id: 1002, on: NAMES }]);
    expect([recover(h), commands(h)]).toEqual([false, []]);
    heartbeats(h, TIMEOUT_MS);
    expect(commands(h)).toEqual([]);
    const primaries = [];
    for (let i = 0; i < 3; i++) {
      heartbeats(h, TIMEOUT_MS + 1);
      primaries.push(...commands(h));
    }
    expect(primaries.map((p) => p.id)).toEqual([1003, 1004, 1005]);
    expect(
      primaries
        .slice(0, 2)
        .map((p) => p.primary)
        .sort(),
    ).toEqual(['d1', 'd3']);
  });

  it('is given to another DataNode at once when the primary dies', () => {
    const { h } = writing();
    h.now += 10;
    h.heartbeat('d2', { ip: IP('d2') });
    recover(h);
    commands(h);
    heartbeats(h, 630_001, ['d1', 'd3']);
    const [next] = commands(h);
    expect(['d1', 'd3']).toContain(next?.primary);
  });

  it('leaves stale DataNodes out while two others remain (DatanodeManager.getBlockRecoveryCommand)', () => {
    const { h } = writing();
    heartbeats(h, 31_000, ['d1', 'd3']);
    // The DataNode with the latest heartbeat is the first primary, so d1 is the next one.
    heartbeats(h, 10, ['d3']);
    recover(h);
    expect(commands(h)).toMatchObject([{ primary: 'd3', on: ['d1', 'd3'] }]);
    heartbeats(h, 31_000, ['d1']);
    heartbeats(h, TIMEOUT_MS + 1, ['d1']);
    expect(commands(h)).toMatchObject([{ primary: 'd1', on: NAMES }]);
  });

  it('is refused if a later recovery has replaced it', () => {
    const { h } = writing();
    recover(h);
    heartbeats(h, TIMEOUT_MS + 1);
    expect(failure(() => synchronize(h, 1002, { length: 5 }))).toBe(
      'IOException: The recovery id 1002 does not match current recovery id 1003 for block blk_1073741825_1001',
    );
    synchronize(h, 1003, { length: 7 });
    expect([closed(h), length(h)]).toEqual([true, 7]);
    // A repeat of the request gets the same answer (FSNamesystem.commitBlockSynchronization).
    synchronize(h, 1003, { length: 7 });
    expect([closed(h), length(h)]).toEqual([true, 7]);
  });

  it('takes the block from its writer: pipeline, addBlock, complete and hsync are refused', () => {
    const { h, block } = writing();
    h.now += 60_001;
    // The writer keeps the lease until the soft limit, but its block is under recovery.
    expect(failure(() => h.create('/f', { clientName: 'c2' }))).toContain('RecoveryInProgressException');
    const name = `${block.poolId}:blk_1073741825_1001`;
    expect(failure(() => h.apply({ op: 'updateBlockForPipeline', block, clientName: 'c1' }))).toBe(
      `IOException: Unexpected BlockUCState: ${name} is UNDER_RECOVERY but not UNDER_CONSTRUCTION`,
    );
    const mine = { ...block, numBytes: 9 };
    const underRecovery = 'IOException: Commit or complete block blk_1073741825_1001, whereas it is under recovery.';
    expect(failure(() => h.complete('/f', mine, 'c1'))).toBe(underRecovery);
    expect(failure(() => h.addBlock('/f', mine, 'c1'))).toBe(underRecovery);
    synchronize(h, 1002, { length: 3 });
    const lost = 'LeaseExpiredException: File is not open for writing: /f (inode';
    expect(failure(() => h.addBlock('/f', mine, 'c1'))).toContain(lost);
    expect(failure(() => h.complete('/f', mine, 'c1'))).toContain(lost);
    expect(
      failure(() =>
        h.apply({ op: 'fsync', caller: ROOT, path: '/f', fileId: 0, clientName: 'c1', lastBlockLength: 9 }),
      ),
    ).toContain(lost);
  });

  it('by recoverLease takes the lease too', () => {
    const { h, block } = writing();
    recover(h, 'c2');
    expect(failure(() => h.apply({ op: 'updateBlockForPipeline', block, clientName: 'c1' }))).toContain(
      'is UNDER_RECOVERY but not UNDER_CONSTRUCTION',
    );
    expect(failure(() => h.addBlock('/f', block, 'c1'))).toContain('Client (=c1) is not the lease owner (=c2');
    h.restart();
    expect(h.state.namespace.leases.ofHolder('c2')?.files.size).toBe(1);
    expect(failure(() => h.addBlock('/f', block, 'c1'))).toContain('Client (=c1) is not the lease owner (=c2');
  });

  it('removes the block from the file if no DataNode holds any of it', () => {
    const { h } = writing();
    recover(h);
    synchronize(h, 1002, { deleteBlock: true, targets: [] });
    expect([closed(h), length(h), h.state.blockManager.blocks.size]).toEqual([true, 0, 0]);
    // A repeat of the request is no failure.
    synchronize(h, 1002, { deleteBlock: true, targets: [] });
    expect(failure(() => synchronize(h, 1002, { length: 1 }))).toContain('not found');
  });

  it('closes the file even if it recovered only one replica, and other DataNodes get copies', () => {
    const { h } = writing();
    recover(h);
    synchronize(h, 1002, { length: 7, targets: ['d2'] });
    expect([closed(h), length(h)]).toEqual([true, 7]);
    const lastBlock = h.read(getBlockLocations, { caller: ROOT, path: '/f', offset: 0, length: 100 }).locations
      .lastBlock;
    expect(lastBlock).toMatchObject({ b: { generationStamp: 1002, numBytes: 7 }, locs: [{ id: { hostName: 'd2' } }] });
    expect(h.state.blockManager.redundancy.lowRedundancyCount).toBe(1);
    h.restart();
    expect([closed(h), length(h)]).toEqual([true, 7]);
  });

  it('never removes a block that was not reported since the NameNode restarted: it may hold hflushed bytes', () => {
    const { h } = writing();
    h.restart();
    expect(recover(h)).toBe(false);
    expect([commands(h), closed(h)]).toEqual([[], false]);
    // The DataNodes of the pipeline register before they send block reports.
    h.addDatanode('d2', { ip: IP('d2') });
    h.apply({ op: 'tick' });
    // The NameNode waits for the other DataNodes, but not without limit.
    expect(commands(h)).toEqual([]);
    heartbeats(h, 30_001, ['d2']);
    const [recovery] = commands(h);
    expect(recovery).toMatchObject({ primary: 'd2', on: ['d2'] });
    synchronize(h, recovery?.id ?? 0, { length: 55, targets: ['d2'] });
    expect([closed(h), length(h)]).toEqual([true, 55]);
  });

  it('asks the DataNodes of a rebuilt pipeline, although they registered only afterwards', () => {
    const { h, block } = writing();
    h.restart();
    const { b } = h.apply({ op: 'updateBlockForPipeline', block, clientName: 'c1' });
    h.apply({
      op: 'updatePipeline',
      clientName: 'c1',
      oldBlock: block,
      newBlock: h.blockOf({ b }, 0),
      datanodeUuids: ['uuid-d2', 'uuid-d3'],
      storageUuids: ['DS-d2', 'DS-d3'],
    });
    for (const restart of [false, true]) {
      if (restart) h.restart();
      expect(recover(h)).toBe(false);
      expect([commands(h), closed(h)]).toEqual([[], false]);
    }
    for (const name of NAMES) h.addDatanode(name, { ip: IP(name) });
    h.apply({ op: 'tick' });
    expect(commands(h)).toMatchObject([{ on: ['d2', 'd3'] }]);
  });

  it('asks the DataNodes that a repeated addBlock chose, and those that the first addBlock chose', () => {
    const h = new Harness();
    for (const name of NAMES) h.addDatanode(name, { ip: IP(name) });
    h.create('/f', { clientName: 'c1', replication: 1 });
    const [first] = h.addBlock('/f', undefined, 'c1').locs.map((l) => l.id.hostName);
    h.restart();
    const others = NAMES.filter((name) => name !== first);
    for (const name of others) h.addDatanode(name, { ip: IP(name) });
    const [second] = h.addBlock('/f', undefined, 'c1').locs.map((l) => l.id.hostName);
    h.restart();
    for (const name of NAMES) h.addDatanode(name, { ip: IP(name) });
    recover(h);
    expect(commands(h)).toMatchObject([{ on: [first, second].sort() }]);
  });

  it('does not use a replica with wrong bytes while other replicas exist or may come back', () => {
    const { h, block } = writing();
    for (const name of NAMES) h.report(name, block, 55);
    const corrupt = (name: string) =>
      h.apply({
        op: 'reportBadBlocks',
        replicas: [{ blockId: block.blockId, genStamp: block.generationStamp, datanodeUuid: `uuid-${name}` }],
      });
    corrupt('d2');
    recover(h);
    const [first] = commands(h);
    expect(first).toMatchObject({ on: ['d1', 'd3'] });
    heartbeats(h, 630_001, ['d2']);
    h.apply({ op: 'tick' });
    expect(commands(h)).toEqual([]);
    // The replica of d3 turns out to be corrupt during the recovery.
    h.addDatanode('d3', { ip: IP('d3') });
    h.apply({ op: 'tick' });
    const [second] = commands(h);
    expect(second).toMatchObject({ primary: 'd3' });
    corrupt('d3');
    expect(failure(() => synchronize(h, second?.id ?? 0, { length: 55, targets: ['d3'] }))).toContain(
      'is of corrupt replicas',
    );
    h.addDatanode('d1', { ip: IP('d1') });
    heartbeats(h, TIMEOUT_MS + 1);
    const [third] = commands(h);
    expect(third).toMatchObject({ primary: 'd1' });
    synchronize(h, third?.id ?? 0, { length: 55, targets: ['d1'] });
    expect([closed(h), length(h)]).toEqual([true, 55]);
  });

  it('uses wrong bytes if there are no other replicas, so that the file does not stay open for ever', () => {
    const h = new Harness();
    h.addDatanode('d1', { ip: IP('d1') });
    h.create('/f', { clientName: 'c1' });
    const block = h.blockOf(h.addBlock('/f', undefined, 'c1'), 0);
    h.report('d1', block, 55);
    h.apply({
      op: 'reportBadBlocks',
      replicas: [{ blockId: block.blockId, genStamp: block.generationStamp, datanodeUuid: 'uuid-d1' }],
    });
    recover(h);
    synchronize(h, 1002, { length: 55, targets: ['d1'] });
    expect(closed(h)).toBe(true);
  });

  it('asks a DataNode that died with the finalized last block after it comes back', () => {
    const { h, block } = writing();
    for (const name of NAMES) h.report(name, block, 55);
    heartbeats(h, 630_001, []);
    h.drain();
    expect(recover(h)).toBe(false);
    expect([closed(h), commands(h)]).toEqual([false, []]);
    h.addDatanode('d3', { ip: IP('d3') });
    h.apply({ op: 'tick' });
    expect(commands(h)).toMatchObject([{ primary: 'd3' }]);
  });

  it('closes a file whose committed block never got its replicas, with the replicas that exist', () => {
    const { h, block } = writing();
    expect(h.complete('/f', { ...block, numBytes: 20 }, 'c1')).toBe(false);
    expect(recover(h)).toBe(false);
    synchronize(h, 1002, { length: 20 });
    expect([closed(h), length(h)]).toEqual([true, 20]);
  });

  it('leaves the file open, and the NameNode its lease holder, while the block before the last is awaited', () => {
    const h = new Harness();
    for (const name of NAMES) h.addDatanode(name, { ip: IP(name) });
    h.create('/f', { clientName: 'c1', replication: 3 });
    const first = h.addBlock('/f', undefined, 'c1');
    h.addBlock('/f', h.blockOf(first, MIB), 'c1');
    expect(recover(h)).toBe(false);
    synchronize(h, 1003, { length: 5, blockId: 1073741826 });
    expect(closed(h)).toBe(false);
    expect(failure(() => recover(h))).toBe(
      'AlreadyBeingCreatedException: DIR* NameSystem.internalReleaseLease: Failed to release lease for file /f. ' +
        'Committed blocks are waiting to be minimally replicated.',
    );
    h.report('d1', first.b, MIB);
    heartbeats(h, 1000);
    expect([closed(h), length(h)]).toEqual([true, MIB + 5]);
  });

  it('has no effect if the file was deleted meanwhile', () => {
    const { h } = writing();
    recover(h);
    h.apply({ op: 'delete', caller: ROOT, path: '/f', recursive: false });
    expect(failure(() => synchronize(h, 1002, { length: 5 }))).toContain(
      'IOException: Block (=blk_1073741825_1001) not found',
    );
    heartbeats(h, TIMEOUT_MS + 1);
    expect([commands(h), h.state.blockManager.recovering.size]).toEqual([[], 0]);
  });
});
