// Tests of the maintenance of DataNodes.
import { describe, expect, it } from 'vitest';
import { AdminState } from '../../../namenode/blocks/locations/admin-state.ts';
import { newDescriptor } from '../../../namenode/blocks/locations/datanode-descriptor.ts';
import { QUEUE_LOW_REDUNDANCY } from '../../../namenode/blocks/redundancy/low-redundancy-blocks.ts';
import { streamLimit } from '../../../namenode/blocks/redundancy/redundancy.ts';
import { datanodesOf } from '../../../namenode/datanodes/datanode-report.ts';
import { datanodeLists, fsNamesystemStateBean } from '../../../namenode/web/beans.ts';
import { DatanodeReportTypeProto } from '../../../protocol/gen/messages.ts';
import { FakeCluster } from '../fake-cluster.ts';
import { CONFIG, datanodeId, ROOT } from '../harness.ts';

/** Time after which a silent DataNode counts as dead. */
const EXPIRY_MS = CONFIG.heartbeatExpiryMs + 3000;
/** Time in which the NameNode checks the leaving DataNodes again, and copies and deletions are finished. */
const A_WHILE_MS = 2 * CONFIG.decommissionIntervalMs;
const FOUR = ['d1', 'd2', 'd3', 'd4'];

type Admin = { readonly [name: string]: 'DECOMMISSIONED' | 'IN_MAINTENANCE' | number };

/** Calls refreshNodes with these DataNodes out of service. A number is the time at which a maintenance ends. */
function admin(c: FakeCluster, states: Admin): void {
  c.refreshCombined(
    Object.entries(states).map(([hostName, state]) =>
      typeof state === 'number'
        ? { hostName, adminState: 'IN_MAINTENANCE', maintenanceExpireTimeInMS: state }
        : { hostName, adminState: state },
    ),
  );
}

/** Writes a file of one block, and returns the block's id and its DataNodes. */
function write(c: FakeCluster, replication: number, path = '/f') {
  const { b, locs } = c.writeFile(path, 10, replication);
  const [first = '', ...others] = locs.map((l) => l.id.hostName);
  return { id: b.blockId, first, others, all: [first, ...others].sort() };
}

function die(c: FakeCluster, name: string): void {
  c.node(name).up = false;
  c.run(EXPIRY_MS);
  expect(c.descriptor(name).alive).toBe(false);
}

/** Restarts the NameNode. DataNodes that are up register with their next heartbeats. */
function restartNameNode(c: FakeCluster, states: Admin): void {
  c.restart();
  admin(c, states);
  for (const node of c.nodes.values()) if (node.up) c.register(node.name);
}

const copies = (c: FakeCluster) => c.stats().pendingReplicationBlocks + c.stats().lowRedundancyBlocks;

// Hadoop's TestMaintenanceState has most of these cases.
describe('maintenance (DatanodeAdminManager)', () => {
  it('copies no block with the minimum of replicas elsewhere; no client reads or writes there', () => {
    const c = new FakeCluster(FOUR);
    const { id, first, others, all } = write(c, 3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    c.run(A_WHILE_MS);
    expect(c.holders(id).sort()).toEqual(all);
    expect(copies(c)).toBe(0);
    expect(c.readers()).toEqual([...others].sort());
    for (let i = 0; i < 20; i++) expect(write(c, 2, `/new${i}`).all).not.toContain(first);
  });

  it('first copies blocks that are on no other DataNode', () => {
    const c = new FakeCluster(['d1', 'd2']);
    const { id, first } = write(c, 1);
    c.node(first).idle = true;
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('ENTERING_MAINTENANCE');
    expect(c.readers()).toEqual([first]);
    c.node(first).idle = false;
    c.run(CONFIG.pendingReconstructionTimeoutMs + A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.holders(id)).toEqual(['d1', 'd2']);
    expect(c.readers()).toEqual(['d1', 'd2'].filter((name) => name !== first));
  });

  it('copies nothing while the DataNode is off, until its time is over and it is not back', () => {
    const c = new FakeCluster(FOUR);
    const { id, first, others } = write(c, 3);
    admin(c, { [first]: c.now + 2 * EXPIRY_MS });
    c.run(A_WHILE_MS);
    die(c, first);
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.holders(id).sort()).toEqual([...others].sort());
    expect(copies(c)).toBe(0);
    c.run(EXPIRY_MS);
    expect(c.adminState(first)).toBe('NORMAL');
    expect(c.readers()).toHaveLength(3);
    expect(c.readers()).not.toContain(first);
    // The DataNode comes back after its maintenance: one replica is now an excess replica.
    c.register(first);
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toHaveLength(3);
  });

  it('ends at its time for a DataNode that is up: nothing was copied, nothing is deleted', () => {
    const c = new FakeCluster(FOUR);
    const { id, first, all } = write(c, 3);
    admin(c, { [first]: c.now + A_WHILE_MS });
    c.run(A_WHILE_MS / 2);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    // The administrator may change the time during maintenance. A time in the past ends the maintenance at once.
    admin(c, { [first]: c.now + A_WHILE_MS });
    c.run(A_WHILE_MS - 2000);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    c.run(3000);
    expect(c.adminState(first)).toBe('NORMAL');
    expect(c.readers()).toEqual(all);
    expect(c.holders(id).sort()).toEqual(all);
    admin(c, { [first]: c.now - 1 });
    expect(c.adminState(first)).toBe('NORMAL');
  });

  it('ends at its time even if the DataNode was still entering it', () => {
    const c = new FakeCluster(['d1']);
    write(c, 1);
    admin(c, { d1: c.now + A_WHILE_MS });
    c.run(A_WHILE_MS - 2000);
    c.register('d1');
    expect(c.adminState('d1')).toBe('ENTERING_MAINTENANCE');
    c.run(3000);
    expect(c.adminState('d1')).toBe('NORMAL');
    expect(copies(c)).toBe(0);
  });

  it('of a DataNode that is off: its replicas are lost when the administrator ends it', () => {
    const c = new FakeCluster(FOUR);
    const { id, first } = write(c, 3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    die(c, first);
    expect(c.holders(id)).toHaveLength(2);
    admin(c, {});
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toHaveLength(3);
    expect(c.state.blockManager.blocks.get(id)?.replicas.map((r) => r.datanode.id.hostName)).not.toContain(first);
  });

  // As in testExpectedReplications: max(replication - 1, the minimum) replicas can be read.
  it.each([
    [1, 1, 1],
    [2, 1, 1],
    [3, 1, 2],
    [4, 1, 3],
    [2, 2, 2],
    [1, 2, 1],
    [3, 3, 3],
  ])('of a replication of %i and a minimum of %i leaves %i to be read', (replication, min, readable) => {
    const c = new FakeCluster([...FOUR, 'd5'], { maintenanceReplicationMin: min });
    const { first } = write(c, replication);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(2 * A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.readers()).toHaveLength(readable);
    admin(c, {});
    c.run(A_WHILE_MS);
    expect(c.readers()).toHaveLength(replication);
  });

  it('of several DataNodes waits until the minimum is on others', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3'], { maintenanceReplicationMin: 2 });
    const { id, all } = write(c, 3);
    admin(c, { d1: 'IN_MAINTENANCE', d2: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect([c.adminState('d1'), c.adminState('d2')]).toEqual(['ENTERING_MAINTENANCE', 'ENTERING_MAINTENANCE']);
    expect(c.readers()).toEqual(all);
    c.addNode('d4');
    c.run(A_WHILE_MS);
    expect([c.adminState('d1'), c.adminState('d2')]).toEqual(['IN_MAINTENANCE', 'IN_MAINTENANCE']);
    expect(c.readers()).toEqual(['d3', 'd4']);
    expect(c.holders(id)).toHaveLength(4);
  });

  it('begins at once with a minimum of 0: a block may be unreadable, and does not count as missing', () => {
    const c = new FakeCluster(['d1', 'd2'], { maintenanceReplicationMin: 0 });
    const { id, first } = write(c, 1);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.located()).toMatchObject({ locs: [], corrupt: false });
    c.run(A_WHILE_MS);
    expect(c.stats()).toMatchObject({ lowRedundancyBlocks: 0, missingBlocks: 0 });
    // Safe mode waits for the block, and counts the replica in maintenance (BlockManager.countLiveNodes).
    restartNameNode(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.state.blockManager.safeMode.isOn).toBe(false);
    expect(c.holders(id)).toEqual([first]);
    // The block is not copied from the DataNode in maintenance, which may be switched off.
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toEqual([first]);
    admin(c, {});
    expect(c.readers()).toEqual([first]);
    c.run(A_WHILE_MS);
    expect(c.readers()).toEqual(['d1', 'd2']);
  });

  it('is not reached by a DataNode that dies before its only replicas are elsewhere', () => {
    const c = new FakeCluster(['d1', 'd2']);
    const { first } = write(c, 1);
    c.node(first).idle = true;
    admin(c, { [first]: 'IN_MAINTENANCE' });
    die(c, first);
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('ENTERING_MAINTENANCE');
    expect(c.stats()).toMatchObject({ enteringMaintenanceDatanodes: 1, missingBlocks: 0 });
    expect(copies(c)).toBe(1);
    expect(c.readers()).toEqual([]);
    c.node(first).idle = false;
    c.register(first);
    expect(c.adminState(first)).toBe('ENTERING_MAINTENANCE');
    c.run(CONFIG.pendingReconstructionTimeoutMs + A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
  });

  it('is reached by a DataNode that died while entering it, when no replica is missing', () => {
    const c = new FakeCluster(FOUR);
    const { first } = write(c, 3);
    c.create('/open', { replication: 1 });
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.node(first).up = false;
    c.run(EXPIRY_MS + A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(copies(c)).toBe(0);
  });

  it('of a dead or decommissioned DataNode begins at once, whatever is missing', () => {
    const c = new FakeCluster(['d1', 'd2']);
    const { first } = write(c, 1);
    const [other = ''] = ['d1', 'd2'].filter((name) => name !== first);
    admin(c, { [first]: 'DECOMMISSIONED' });
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('DECOMMISSIONED');
    die(c, other);
    admin(c, { [first]: 'IN_MAINTENANCE', [other]: 'IN_MAINTENANCE' });
    expect([c.adminState('d1'), c.adminState('d2')]).toEqual(['IN_MAINTENANCE', 'IN_MAINTENANCE']);
  });

  it('of a dead DataNode continues when the DataNode comes back', () => {
    const c = new FakeCluster(FOUR);
    const { id, first } = write(c, 3);
    die(c, first);
    c.run(A_WHILE_MS);
    expect(c.readers()).toHaveLength(3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.stats()).toMatchObject({ inMaintenanceDeadDatanodes: 1, inMaintenanceLiveDatanodes: 0 });
    c.register(first);
    c.run(A_WHILE_MS);
    // A replica in maintenance is not deleted, and does not make another replica an excess one.
    expect(c.holders(id)).toHaveLength(4);
    expect(c.readers()).toHaveLength(3);
    admin(c, {});
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toHaveLength(3);
  });

  it('survives a restart of the NameNode, which does not know the DataNodes that are off', () => {
    const c = new FakeCluster(FOUR);
    const { id, first, others } = write(c, 3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    restartNameNode(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.readers()).toEqual([...others].sort());
    expect(c.holders(id)).toHaveLength(3);
    c.node(first).up = false;
    restartNameNode(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.readers()).toHaveLength(3);
    c.register(first);
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.holders(id)).toHaveLength(4);
    admin(c, {});
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toHaveLength(3);
    expect(c.readers()).toHaveLength(3);
  });

  it('keeps the DataNode’s replicas when a lower replication deletes others', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { id, first } = write(c, 3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 1 });
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toHaveLength(2);
    expect(c.holders(id)).toContain(first);
    expect(c.readers()).toHaveLength(1);
  });

  it('does not make a block corrupt whose good replica is away', () => {
    const c = new FakeCluster(['d1', 'd2']);
    const { id, first, others } = write(c, 2);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    c.rot(others[0] ?? '', id);
    c.badBlock(others[0] ?? '', id);
    expect(c.located()).toMatchObject({ locs: [], corrupt: false });
    expect(c.stats()).toMatchObject({ missingBlocks: 0, highestPriorityLowRedundancyBlocks: 1 });
    admin(c, {});
    expect(c.readers()).toEqual([first]);
  });

  it('is not reached while an open block is written to this DataNode only', () => {
    const c = new FakeCluster(['d1']);
    c.create('/open', { replication: 1 });
    const located = c.addBlock('/open');
    c.addNode('d2');
    admin(c, { d1: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.adminState('d1')).toBe('ENTERING_MAINTENANCE');
    c.node('d1').replicas.set(located.b.blockId, { genStamp: located.b.generationStamp, numBytes: 5 });
    c.report('d1', located.b, 5);
    // As in testFileCloseAfterEnteringMaintenance.
    expect(c.complete('/open', c.blockOf(located, 5))).toBe(true);
    c.run(A_WHILE_MS);
    expect(c.adminState('d1')).toBe('IN_MAINTENANCE');
    expect(c.readers('/open')).toEqual(['d2']);
  });

  it.each([
    [3, 1],
    [1, 0],
  ])('of a DataNode is reached when %i have its open blocks and %i must', (replication, min) => {
    const c = new FakeCluster(['d1', 'd2', 'd3'].slice(0, replication), { maintenanceReplicationMin: min });
    c.create('/open', { replication });
    c.addBlock('/open');
    admin(c, { d1: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.adminState('d1')).toBe('IN_MAINTENANCE');
  });

  it('leaves the DataNode out of an append, and its old replica is deleted when it is back', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { id, first, others } = write(c, 3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    const { block } = c.apply({ op: 'append', caller: ROOT, path: '/f', clientName: 'client', newBlock: false });
    const pipeline = block?.locs.map((l) => l.id.hostName).sort() ?? [];
    expect(pipeline).toEqual([...others].sort());
    const oldBlock = { poolId: CONFIG.blockPoolId, blockId: id, generationStamp: 1001, numBytes: 10 };
    const named = c.apply({ op: 'updateBlockForPipeline', block: oldBlock, clientName: 'client' });
    const newBlock = { ...oldBlock, generationStamp: named.b.generationStamp };
    c.apply({
      op: 'updatePipeline',
      clientName: 'client',
      oldBlock,
      newBlock,
      datanodeUuids: pipeline.map((name) => `uuid-${name}`),
      storageUuids: pipeline.map((name) => `DS-${name}`),
    });
    for (const name of pipeline) {
      c.node(name).replicas.set(id, { genStamp: newBlock.generationStamp, numBytes: 12 });
      c.report(name, newBlock, 12);
    }
    expect(c.complete('/f', { ...newBlock, numBytes: 12 })).toBe(true);
    c.run(A_WHILE_MS);
    expect(c.readers()).toEqual(pipeline);
    admin(c, {});
    c.reportAll(first);
    c.run(CONFIG.pendingReconstructionTimeoutMs + A_WHILE_MS);
    expect(c.readers()).toEqual(['d1', 'd2', 'd3']);
    expect(c.node(first).replicas.get(id)?.genStamp).toBe(newBlock.generationStamp);
  });

  it('ends when dfs.hosts no longer names the DataNode, or another DataNode takes its address', () => {
    const c = new FakeCluster(FOUR);
    const { id, first } = write(c, 3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    c.refreshCombined(FOUR.filter((name) => name !== first).map((hostName) => ({ hostName })));
    c.node(first).up = false;
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('NORMAL');
    expect(c.holders(id)).toHaveLength(3);

    const other = new FakeCluster(FOUR);
    const file = write(other, 3);
    admin(other, { [file.first]: 'IN_MAINTENANCE' });
    other.run(A_WHILE_MS);
    const { ip } = other.node(file.first);
    other.nodes.delete(file.first);
    const newcomer = { ...datanodeId(file.first, ip), datanodeUuid: 'uuid-new' };
    other.apply({ op: 'registerDatanode', id: newcomer, softwareVersion: '3.4.2' });
    other.drain();
    other.run(A_WHILE_MS);
    expect(other.readers()).toHaveLength(3);
  });
});

describe('maintenance and decommission', () => {
  it('follow each other', () => {
    const c = new FakeCluster(FOUR);
    const { id, first } = write(c, 3);
    admin(c, { [first]: 'DECOMMISSIONED' });
    expect(c.adminState(first)).toBe('DECOMMISSION_INPROGRESS');
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    expect(c.readers()).toHaveLength(2);
    admin(c, { [first]: 'DECOMMISSIONED' });
    c.run(A_WHILE_MS);
    expect(c.adminState(first)).toBe('DECOMMISSIONED');
    expect(c.readers()).toHaveLength(4);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    expect(c.adminState(first)).toBe('IN_MAINTENANCE');
    admin(c, {});
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toHaveLength(3);
  });

  it('of a DataNode that is off: its replicas are lost when the maintenance ends', () => {
    const c = new FakeCluster(FOUR);
    const { id, first } = write(c, 3);
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    die(c, first);
    admin(c, { [first]: 'DECOMMISSIONED' });
    expect(c.adminState(first)).toBe('DECOMMISSIONED');
    c.run(A_WHILE_MS);
    expect(c.holders(id)).toHaveLength(3);
    expect(c.state.blockManager.blocks.get(id)?.replicas).toHaveLength(3);
  });

  // As in testDecommissionDifferentNodeAfterMaintenance: a replica in maintenance counts while another DataNode is
  // decommissioned.
  it.each([2, 3, 4])('of different DataNodes, with a replication of %i', (replication) => {
    const c = new FakeCluster([...FOUR, 'd5', 'd6']);
    const { id, first, others } = write(c, replication);
    const [second = ''] = others;
    admin(c, { [first]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    admin(c, { [first]: 'IN_MAINTENANCE', [second]: 'DECOMMISSIONED' });
    c.run(A_WHILE_MS);
    expect(c.adminState(second)).toBe('DECOMMISSIONED');
    // One replica in maintenance, one on the decommissioned DataNode, and replication - 1 live ones.
    expect(c.holders(id)).toHaveLength(1 + 1 + replication - 1);
  });
});

// As in BlockManager.chooseSourceDatanodes.
describe('the limit on transfers at once', () => {
  it('is the hard limit for DataNodes that leave service', () => {
    const limits = { soft: 2, hard: 4 };
    const limitIn = (adminState: AdminState) =>
      streamLimit({ ...newDescriptor(datanodeId('d1'), '/r', 0), adminState }, QUEUE_LOW_REDUNDANCY, limits);
    expect(limitIn(AdminState.NORMAL)).toBe(2);
    expect(limitIn(AdminState.DECOMMISSION_INPROGRESS)).toBe(4);
    expect(limitIn(AdminState.ENTERING_MAINTENANCE)).toBe(4);
  });
});

describe('racks', () => {
  // As in BlockManager.getBlockPlacementStatus: nodes in maintenance count as valid replicas for the racks.
  it('are kept by a replica that is away', () => {
    const c = new FakeCluster(['r1/a', 'r1/b', 'r2/c', 'r3/e']);
    const { id, all } = write(c, 2);
    const away = all.find((name) => name === 'c' || name === 'e') ?? '';
    admin(c, { [away]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    expect(c.adminState(away)).toBe('IN_MAINTENANCE');
    expect(c.holders(id).sort()).toEqual(all);
    expect(copies(c)).toBe(0);
  });
});

describe('reports about DataNodes in maintenance', () => {
  // As in DatanodeManager.getDatanodeListForReport.
  it('one that has not registered since the NameNode started is dead; one that may not join is not listed', () => {
    const c = new FakeCluster(['d1', 'd2']);
    const names = (type: DatanodeReportTypeProto) =>
      datanodesOf(c.state.datanodeManager, type).map((d) => d.id.hostName);
    c.refreshCombined([
      { hostName: 'd1' },
      { hostName: 'off', port: 9999, adminState: 'IN_MAINTENANCE' },
      { hostName: 'gone', adminState: 'DECOMMISSIONED' },
    ]);
    expect(names(DatanodeReportTypeProto.ALL)).toEqual(['d1', 'off', 'gone']);
    expect(names(DatanodeReportTypeProto.LIVE)).toEqual(['d1']);
    expect(names(DatanodeReportTypeProto.DEAD)).toEqual(['off', 'gone']);
    expect(names(DatanodeReportTypeProto.IN_MAINTENANCE)).toEqual([]);
    expect(c.stats()).toMatchObject({ liveDatanodes: 1, deadDatanodes: 2, decommissionedDeadDatanodes: 1 });
    const dead = JSON.parse(datanodeLists(c.state, c.now).DeadNodes);
    expect(Object.keys(dead)).toEqual(['off:9999', 'gone:9866']);
  });

  it('/jmx and the figures of the cluster', () => {
    const c = new FakeCluster(FOUR);
    const { first, others } = write(c, 3);
    const [second = ''] = others;
    write(c, 1, '/single');
    const entering = c.readers('/single')[0] ?? '';
    c.node(entering).idle = true;
    const away = entering === first ? second : first;
    admin(c, { [away]: 'IN_MAINTENANCE', [entering]: 'IN_MAINTENANCE' });
    c.run(A_WHILE_MS);
    const port = datanodeId(entering).xferPort;
    const lists = datanodeLists(c.state, c.now);
    expect(JSON.parse(lists.EnteringMaintenanceNodes)).toEqual({
      [`${entering}:${port}`]: {
        xferaddr: `${c.node(entering).ip}:${port}`,
        location: '/default-rack',
        underReplicatedBlocks: 1,
        maintenanceOnlyReplicas: 1,
        underReplicateInOpenFiles: 0,
      },
    });
    expect(JSON.parse(lists.DecomNodes)).toEqual({});
    const live = JSON.parse(lists.LiveNodes);
    expect(live[`${entering}:${port}`]).toMatchObject({ adminState: 'Entering Maintenance' });
    expect(live[`${away}:${datanodeId(away).xferPort}`]).toMatchObject({ adminState: 'In Maintenance' });
    expect(fsNamesystemStateBean(c.state, c.now)).toMatchObject({
      NumLiveDataNodes: 4,
      NumInServiceLiveDataNodes: 3,
      NumEnteringMaintenanceDataNodes: 1,
      NumInMaintenanceLiveDataNodes: 1,
      NumInMaintenanceDeadDataNodes: 0,
    });
    expect(c.stats().capacity).toBe(2 * (1 << 30));
    die(c, away);
    expect(fsNamesystemStateBean(c.state, c.now)).toMatchObject({
      NumInMaintenanceLiveDataNodes: 0,
      NumInMaintenanceDeadDataNodes: 1,
    });
  });
});
