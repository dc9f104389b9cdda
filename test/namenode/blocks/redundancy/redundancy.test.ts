// Tests of redundancy: copies of missing replicas, and the deletion of excess and corrupt ones.
import { describe, expect, it } from 'vitest';
import { priorityOf } from '../../../../namenode/blocks/redundancy/low-redundancy-blocks.ts';
import { FakeCluster } from '../../fake-cluster.ts';
import { CONFIG, ROOT } from '../../harness.ts';

/** Time after which a silent DataNode counts as dead. */
const EXPIRY_MS = CONFIG.heartbeatExpiryMs + 3000;
const FIRST_BLOCK = 1073741825;
const missing = (): never => {
  throw new Error('no such block');
};

const NO_REPLICAS = {
  live: 0,
  decommissioning: 0,
  decommissioned: 0,
  enteringMaintenance: 0,
  inMaintenance: 0,
  corrupt: 0,
};

describe('LowRedundancyBlocks: which block is copied first', () => {
  it.each([
    // live, decommissioning, wanted, queue
    [1, 0, 3, 0],
    [0, 1, 3, 0],
    [2, 0, 10, 1],
    [3, 0, 10, 1],
    [4, 0, 10, 2],
    [2, 0, 3, 2],
    [3, 0, 3, 3],
    [0, 0, 3, 4],
  ])('%i live and %i leaving of %i wanted: queue %i', (live, decommissioning, wanted, queue) => {
    expect(priorityOf({ ...NO_REPLICAS, live, decommissioning }, wanted)).toBe(queue);
  });

  it('a block with one replica left goes before those that came earlier', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3', 'd4'], { replicationWorkMultiplier: 1 });
    for (let i = 0; i < 20; i++) c.writeFile(`/low${i}`, 10, 2);
    for (let i = 0; i < 20; i++) c.apply({ op: 'setReplication', caller: ROOT, path: `/low${i}`, replication: 3 });
    const { b } = c.writeFile('/last', 10, 1);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/last', replication: 2 });
    c.run(4000);
    expect(c.stats().pendingReplicationBlocks).toBe(4);
    expect(
      c.state.blockManager.redundancy.pendingTargets(c.state.blockManager.blocks.get(b.blockId) ?? missing()),
    ).toHaveLength(1);
  });
});

describe('re-replication', () => {
  it('restores the replication of a dead DataNode’s 10,000 blocks within the limit on streams', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3', 'd4'], { blocksPerFileMax: 20_000 });
    for (let i = 0; i < 10_000; i++) c.writeFile(`/dir/f${i}`, 10, 3);
    const lost = c.node('d1').replicas.size;
    expect(lost).toBeGreaterThan(5000);
    c.node('d1').up = false;
    c.run(EXPIRY_MS);
    expect(c.stats().deadDatanodes).toBe(1);
    c.run(300_000);
    expect(c.stats()).toMatchObject({ lowRedundancyBlocks: 0, pendingReplicationBlocks: 0, missingBlocks: 0 });
    for (const name of ['d2', 'd3', 'd4']) {
      expect(c.node(name).transfersMax).toBeLessThanOrEqual(CONFIG.replicationStreamsMax);
    }
  });

  it('gives a DataNode no more transfers while it is at its limit', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    c.node('d1').xmits = CONFIG.replicationStreamsHardMax;
    c.node('d2').xmits = CONFIG.replicationStreamsHardMax;
    c.node('d3').xmits = CONFIG.replicationStreamsHardMax;
    c.writeFile('/f', 10, 1);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    c.run(30_000);
    expect(c.holders(FIRST_BLOCK)).toHaveLength(1);
    for (const node of c.nodes.values()) node.xmits = 0;
    c.run(6000);
    expect(c.holders(FIRST_BLOCK)).toHaveLength(2);
  });

  it('tries again when the source sends nothing and the copy has not arrived', () => {
    const c = new FakeCluster(['d1', 'd2']);
    for (const node of c.nodes.values()) node.idle = true;
    c.writeFile('/f', 10, 1);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    c.run(9000);
    expect(c.stats().pendingReplicationBlocks).toBe(1);
    for (const node of c.nodes.values()) node.idle = false;
    c.run(5 * CONFIG.heartbeatIntervalMs);
    expect(c.holders(FIRST_BLOCK)).toHaveLength(2);
    expect(c.stats()).toMatchObject({ pendingReplicationBlocks: 0, timedOutReplications: 0 });
  });

  it('tries again when a copy takes too long (PendingReconstructionBlocks)', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.writeFile('/f', 10, 1);
    const source = c.node(c.holders(FIRST_BLOCK)[0] ?? '');
    Object.assign(source, { idle: true, xmits: 1 });
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    c.run(CONFIG.pendingReconstructionTimeoutMs - 9000);
    source.idle = false;
    expect(c.stats()).toMatchObject({ pendingReplicationBlocks: 1, timedOutReplications: 0 });
    c.run(30_000);
    expect(c.stats()).toMatchObject({ pendingReplicationBlocks: 0, timedOutReplications: 1 });
    expect(c.holders(FIRST_BLOCK)).toHaveLength(2);
  });

  it('tries again when the source of a copy restarts', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.writeFile('/f', 10, 1);
    const source = c.node(c.holders(FIRST_BLOCK)[0] ?? '');
    Object.assign(source, { idle: true, xmits: 1 });
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    c.run(9000);
    expect(c.stats().pendingReplicationBlocks).toBe(1);
    Object.assign(source, { idle: false, xmits: 0 });
    c.register(source.name);
    c.run(6000);
    expect(c.holders(FIRST_BLOCK)).toHaveLength(2);
  });

  it('moves a replica to a second rack when there is one (checkIfClusterIsNowMultiRack)', () => {
    const c = new FakeCluster(['r1/d1', 'r1/d2', 'r2/d3']);
    c.node('d3').up = false;
    c.run(EXPIRY_MS);
    const { b } = c.writeFile('/f', 10, 2);
    c.run(9000);
    expect(c.holders(b.blockId).sort()).toEqual(['d1', 'd2']);
    c.register('d3');
    c.run(9000);
    expect(c.holders(b.blockId)).toContain('d3');
    expect(c.holders(b.blockId)).toHaveLength(2);
  });
});

/** Makes a cluster with one excess replica of a block, on the DataNode `loser`. That DataNode ignores its commands. */
function clusterWithDeletionUnheard() {
  const c = new FakeCluster(['d1', 'd2']);
  const { b } = c.writeFile('/f', 10, 2);
  c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 1 });
  const loser = c.descriptor('d1').excess.size > 0 ? 'd1' : 'd2';
  c.node(loser).idle = true;
  return { c, b, loser };
}

describe('excess replicas (chooseReplicasToDelete)', () => {
  it('go from a rack that keeps another one, though another rack’s DataNode is fuller', () => {
    const c = new FakeCluster(['r1/d1', 'r1/d2', 'r2/d3']);
    const { b } = c.writeFile('/f', 10, 3);
    c.node('d3').remaining = 1 << 21;
    c.run(3000);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    c.run(3000);
    expect(c.holders(b.blockId)).toContain('d3');
    expect(c.holders(b.blockId)).toHaveLength(2);
  });

  it('are deleted only once, even if a report from before the deletion names the replica again', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 3);
    c.node('d2').remaining = 1 << 22;
    c.node('d2').idle = true;
    c.run(3000);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 1 });
    c.run(6000);
    // d2 has its order but has not carried it out, so its full report still names the replica.
    c.reportAll('d2');
    expect(c.readers()).toHaveLength(1);
    c.node('d2').idle = false;
    c.run(6000);
    expect(c.holders(b.blockId)).toHaveLength(1);
    expect(c.stats()).toMatchObject({ missingBlocks: 0, excessBlocks: 0 });
  });

  it('count again if they are needed before they are deleted', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.writeFile('/f', 10, 2);
    c.node('d2').remaining = 1 << 22;
    c.node('d2').idle = true;
    c.run(3000);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 1 });
    c.run(6000);
    c.node('d1').up = false;
    c.run(EXPIRY_MS);
    expect(c.stats().missingBlocks).toBe(1);
    c.reportAll('d2');
    expect(c.stats().missingBlocks).toBe(0);
    expect(c.readers()).toEqual(['d2']);
  });

  it('whose deletion was not sent yet are kept when they are needed, but not when their bytes are wrong', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 3);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 1 });
    const [kept = ''] = c.readers();
    const [bad = '', good = ''] = ['d1', 'd2', 'd3'].filter((name) => name !== kept);
    c.badBlock(bad, b.blockId);
    c.report(kept, b, 0, 3);
    expect(c.readers()).toEqual([good]);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    expect(c.readers()).toEqual([good]);
    c.node(kept).replicas.clear();
    c.run(9000);
    expect(c.stats()).toMatchObject({ missingBlocks: 0, lowRedundancyBlocks: 0, excessBlocks: 0 });
  });

  it('that a full report no longer names count as deleted', () => {
    const { c, loser } = clusterWithDeletionUnheard();
    c.run(6000);
    c.node(loser).replicas.clear();
    c.reportAll(loser);
    expect(c.stats().excessBlocks).toBe(0);
    expect(c.descriptor(loser).deleting.size).toBe(0);
  });

  it('whose deletion is never reported count as deleted after ten minutes, and come back with a full report', () => {
    const { c, b, loser } = clusterWithDeletionUnheard();
    c.run(599_000);
    expect(c.descriptor(loser).deleting.size).toBe(1);
    c.run(9000);
    expect(c.descriptor(loser).deleting.size).toBe(0);
    expect(c.stats().excessBlocks).toBe(0);
    c.node(loser).idle = false;
    c.reportAll(loser);
    c.run(6000);
    expect(c.readers()).toHaveLength(1);
    expect(['d1', 'd2'].filter((name) => c.node(name).replicas.has(b.blockId))).toEqual(c.readers());
  });

  it('count as deleted when the DataNode reports a newer replica of the block', () => {
    const { c, b, loser } = clusterWithDeletionUnheard();
    c.run(6000);
    c.report(loser, { blockId: b.blockId, generationStamp: b.generationStamp - 1 }, 10);
    expect(c.descriptor(loser).deleting.get(b.blockId)?.genStamp).toBe(b.generationStamp);
    c.report(loser, { blockId: b.blockId, generationStamp: b.generationStamp + 1 }, 10);
    expect(c.descriptor(loser).deleting.get(b.blockId)?.genStamp).not.toBe(b.generationStamp);
  });
});

describe('a DataNode that comes back', () => {
  it('deletes replicas of an older generation and of deleted files', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 2);
    const holders = c.holders(b.blockId);
    const gone = ['d1', 'd2', 'd3'].find((n) => !holders.includes(n)) ?? '';
    c.node(gone).replicas.set(b.blockId, { genStamp: 999, numBytes: 7 });
    c.node(gone).replicas.set(1073741800, { genStamp: 900, numBytes: 7 });
    c.register(gone);
    expect(c.readers()).toEqual([...holders].sort());
    c.run(6000);
    expect([...c.node(gone).replicas]).toEqual([]);
    expect(c.stats()).toMatchObject({ corruptBlocks: 0, lowRedundancyBlocks: 0 });
  });

  it('keeps the replica of an older generation as long as it is the only one', () => {
    const c = new FakeCluster(['d1', 'd2']);
    const { b, locs } = c.writeFile('/f', 10, 1);
    const holder = locs[0]?.id.hostName ?? '';
    const other = holder === 'd1' ? 'd2' : 'd1';
    c.node(holder).up = false;
    c.run(EXPIRY_MS);
    c.node(other).replicas.set(b.blockId, { genStamp: 999, numBytes: 7 });
    c.register(other);
    c.run(6000);
    expect(c.node(other).replicas.size).toBe(1);
    expect(c.stats()).toMatchObject({ missingBlocks: 1, corruptBlocks: 1 });
    c.register(holder);
    c.run(6000);
    expect(c.node(other).replicas.size).toBe(0);
    expect(c.stats()).toMatchObject({ missingBlocks: 0, corruptBlocks: 0 });
  });

  it('deletes a replica that it had not finalized of a block that is complete (RWR)', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 2);
    const other = ['d1', 'd2', 'd3'].find((n) => !c.holders(b.blockId).includes(n)) ?? '';
    c.node(other).replicas.set(b.blockId, { genStamp: b.generationStamp, numBytes: 5, state: 2 });
    c.register(other);
    c.run(6000);
    expect(c.node(other).replicas.size).toBe(0);
  });
});

describe('what is lost in part', () => {
  it('a vanished replica (incremental DELETED) is copied again', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 3);
    c.node('d2').replicas.clear();
    c.report('d2', b, 0, 3);
    expect(c.readers()).toEqual(['d1', 'd3']);
    c.run(6000);
    expect(c.holders(b.blockId)).toHaveLength(3);
  });

  it('a volume that a DataNode no longer reports has failed, and its replicas are lost', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 2);
    const holder = c.holders(b.blockId)[0] ?? '';
    const datanode = c.descriptor(holder);
    const storage = datanode.storages.get(`DS-${holder}`);
    const facts = { uuid: `DS-${holder}-2`, capacity: 1 << 30, remaining: 1 << 30 };
    c.apply({
      op: 'heartbeat',
      id: datanode.id,
      storages: [facts],
      xceiverCount: 0,
      xmitsInProgress: 0,
      failedVolumes: 1,
      cacheCapacity: 0,
      cacheUsed: 0,
    });
    c.drain();
    expect(storage?.failed).toBe(true);
    expect(c.readers()).not.toContain(holder);
    expect(c.stats()).toMatchObject({ lowRedundancyBlocks: 1, volumeFailures: 1 });
  });
});

describe('corrupt replicas (markBlockAsCorrupt)', () => {
  it('stay while no DataNode is free for a copy, and are deleted when one joins', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 3);
    c.badBlock('d2', b.blockId);
    c.run(60_000);
    expect(c.holders(b.blockId)).toEqual(['d1', 'd2', 'd3']);
    expect(c.readers()).toEqual(['d1', 'd3']);
    expect(c.stats()).toMatchObject({ corruptBlocks: 1, lowRedundancyBlocks: 1, missingBlocks: 0 });
    c.addNode('d4');
    c.run(9000);
    expect(c.holders(b.blockId)).toEqual(['d1', 'd3', 'd4']);
    expect(c.stats()).toMatchObject({ corruptBlocks: 0, lowRedundancyBlocks: 0 });
  });

  it('are deleted when the replication is lowered to the number of good replicas', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 3);
    c.badBlock('d2', b.blockId);
    c.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    c.run(6000);
    expect(c.holders(b.blockId)).toEqual(['d1', 'd3']);
  });

  it('beyond the replication are deleted at once', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3', 'd4']);
    const { b } = c.writeFile('/f', 10, 3);
    const [bad = '', ...good] = c.holders(b.blockId);
    const spare = ['d1', 'd2', 'd3', 'd4'].find((n) => !c.holders(b.blockId).includes(n)) ?? '';
    c.node(spare).replicas.set(b.blockId, { genStamp: b.generationStamp, numBytes: 9 });
    c.badBlock(bad, b.blockId);
    c.reportAll(spare);
    expect(c.stats().corruptBlocks).toBe(1);
    c.run(9000);
    expect(c.holders(b.blockId)).toHaveLength(3);
    expect(c.holders(b.blockId)).toEqual(expect.arrayContaining(good));
    expect(c.stats()).toMatchObject({ corruptBlocks: 0, lowRedundancyBlocks: 0 });
  });

  it('stay known when their dead DataNode comes back: good replicas are not deleted in their place', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 2);
    const [bad = '', good = ''] = c.holders(b.blockId);
    c.badBlock(bad, b.blockId);
    c.node(bad).up = false;
    c.run(EXPIRY_MS + 9000);
    expect(c.readers()).toHaveLength(2);
    c.register(bad);
    c.run(9000);
    expect(c.holders(b.blockId)).not.toContain(bad);
    expect(c.holders(b.blockId)).toContain(good);
    expect(c.holders(b.blockId)).toHaveLength(2);
  });

  it('stay corrupt when a report names them again, but not when their generation is right by then', () => {
    const c = new FakeCluster(['d1', 'd2']);
    const { b } = c.writeFile('/f', 10, 2);
    c.badBlock('d1', b.blockId);
    c.reportAll('d1');
    expect(c.readers()).toEqual(['d2']);
    const other = new FakeCluster(['d1']);
    other.writeFile('/f', 10, 1);
    other.fullReport('d1', [{ id: FIRST_BLOCK, genStamp: 999, numBytes: 10 }]);
    expect(other.stats().corruptBlocks).toBe(1);
    other.reportAll('d1');
    expect(other.stats().corruptBlocks).toBe(0);
  });
});

describe('a NameNode that stood still (HeartbeatManager.shouldAbortHeartbeatCheck)', () => {
  it('does not treat DataNodes as dead whose heartbeats it could not receive', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.writeFile('/f', 10, 2);
    c.now += 3_600_000;
    c.apply({ op: 'tick', lateMs: 3_600_000 - 1000 });
    expect(c.stats()).toMatchObject({ liveDatanodes: 2, lowRedundancyBlocks: 0 });
    c.node('d2').up = false;
    c.run(EXPIRY_MS);
    expect(c.stats().liveDatanodes).toBe(1);
  });
});
