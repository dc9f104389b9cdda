// Tests of the hosts files and of decommission.
import { describe, expect, it } from 'vitest';
import { isIncluded, NO_HOST_LISTS, parseHostsFile } from '../../../namenode/datanodes/hosts-file.ts';
import { datanodeLists, fsNamesystemBean, fsNamesystemStateBean } from '../../../namenode/web/beans.ts';
import { FakeCluster } from '../fake-cluster.ts';
import { CONFIG, datanodeId } from '../harness.ts';

const EXPIRY_MS = CONFIG.heartbeatExpiryMs + 3000;

describe('dfs.hosts and dfs.hosts.exclude', () => {
  it('name hosts, addresses and single DataNodes; # begins a comment (HostsFileReader)', () => {
    const entries = parseHostsFile('# all\n10.0.0.1 d2:9866 # two of them\n\n[::1]:50010\nfe80::1');
    expect(entries).toEqual([
      { host: '10.0.0.1', port: 0 },
      { host: 'd2', port: 9866 },
      { host: '::1', port: 50010 },
      { host: 'fe80::1', port: 0 },
    ]);
    const id = { ...datanodeId('d2', '10.0.0.2'), xferPort: 9867 };
    expect(isIncluded({ ...NO_HOST_LISTS, included: entries }, id)).toBe(false);
    expect(isIncluded({ ...NO_HOST_LISTS, included: entries }, { ...id, xferPort: 9866 })).toBe(true);
    expect(isIncluded({ ...NO_HOST_LISTS, excluded: entries }, id)).toBe(true);
  });

  it('refuse a DataNode that dfs.hosts does not name, even one that has registered already', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.writeFile('/f', 10, 2);
    c.refreshNodes('', 'd1');
    expect(c.readers()).toEqual(['d1']);
    expect(() => c.beat('d2')).toThrow(/denied communication with namenode/);
    expect(() => c.register('d2')).toThrow(expect.objectContaining({ name: 'DisallowedDatanodeException' }));
    c.refreshNodes('', 'd1\nd2');
    c.register('d2');
    expect(c.readers()).toEqual(['d1', 'd2']);
  });
});

describe('decommission (DatanodeAdminManager)', () => {
  it('ends when all blocks are on other DataNodes; until then the DataNode is read and copied from', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3', 'd4']);
    for (let i = 0; i < 50; i++) c.writeFile(`/f${i}`, 10, 2);
    const mine = [...c.node('d1').replicas.keys()];
    expect(mine.length).toBeGreaterThan(0);
    c.refreshNodes('d1');
    expect(c.adminState('d1')).toBe('DECOMMISSION_INPROGRESS');
    expect(c.stats()).toMatchObject({
      decommissioningDatanodes: 1,
      liveDatanodes: 4,
      lowRedundancyBlocks: mine.length,
    });
    expect(c.stats().capacity).toBe(3 * (1 << 30));
    c.run(CONFIG.decommissionIntervalMs + 60_000);
    expect(c.adminState('d1')).toBe('DECOMMISSIONED');
    expect(c.stats()).toMatchObject({
      decommissioningDatanodes: 0,
      decommissionedLiveDatanodes: 1,
      lowRedundancyBlocks: 0,
    });
    for (const id of mine) expect(c.holders(id).filter((n) => n !== 'd1')).toHaveLength(2);
    // A reader tries the decommissioning DataNode last.
    const order = c.located('/f0')?.locs.map((l) => l.id.hostName) ?? [];
    if (order.includes('d1')) expect(order.at(-1)).toBe('d1');
  });

  it('does not end while a block is on no other DataNode', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.writeFile('/f', 10, 2);
    c.refreshNodes('d1');
    c.run(CONFIG.decommissionIntervalMs * 4);
    expect(c.adminState('d1')).toBe('DECOMMISSION_INPROGRESS');
    expect(c.readers()).toEqual(['d1', 'd2']);
    c.addNode('d3');
    c.run(CONFIG.decommissionIntervalMs * 2);
    expect(c.adminState('d1')).toBe('DECOMMISSIONED');
    expect(c.holders(1073741825).sort()).toEqual(['d1', 'd2', 'd3']);
  });

  it('does not end while an open block is written to this DataNode only', () => {
    const c = new FakeCluster(['d1']);
    c.create('/open', { replication: 1 });
    const located = c.addBlock('/open');
    c.addNode('d2');
    c.refreshNodes('d1');
    c.run(CONFIG.decommissionIntervalMs * 3);
    expect(c.adminState('d1')).toBe('DECOMMISSION_INPROGRESS');
    c.node('d1').replicas.set(located.b.blockId, { genStamp: located.b.generationStamp, numBytes: 5 });
    c.report('d1', located.b, 5);
    expect(c.complete('/open', c.blockOf(located, 5))).toBe(true);
    c.run(CONFIG.decommissionIntervalMs * 3);
    expect(c.adminState('d1')).toBe('DECOMMISSIONED');
    expect(c.readers('/open')).toEqual(['d1', 'd2']);
  });

  it('takes no new blocks, and survives the DataNode’s restart', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    c.refreshNodes('d1');
    for (let i = 0; i < 20; i++) {
      expect(c.writeFile(`/new${i}`, 10, 2).locs.map((l) => l.id.hostName)).not.toContain('d1');
    }
    c.run(CONFIG.decommissionIntervalMs);
    c.register('d1');
    expect(c.adminState('d1')).toBe('DECOMMISSIONED');
  });

  it('ends with the exclusion, and what is too many then is deleted', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    const { b } = c.writeFile('/f', 10, 2);
    const leaving = c.holders(b.blockId)[0] ?? '';
    c.refreshNodes(leaving);
    c.run(CONFIG.decommissionIntervalMs * 2);
    expect(c.holders(b.blockId)).toHaveLength(3);
    c.refreshNodes('');
    expect(c.adminState(leaving)).toBe('NORMAL');
    c.run(9000);
    expect(c.holders(b.blockId)).toHaveLength(2);
    expect(c.stats().lowRedundancyBlocks).toBe(0);
  });

  it('of a DataNode that dies meanwhile ends when no replica is missing', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    c.writeFile('/f', 10, 2);
    c.node('d1').idle = true;
    c.refreshNodes('d1');
    c.node('d1').up = false;
    c.run(EXPIRY_MS + 60_000);
    expect(c.adminState('d1')).toBe('DECOMMISSIONED');
    expect(c.stats()).toMatchObject({ decommissionedDeadDatanodes: 1, missingBlocks: 0 });
  });

  // As in BlockManager.isNodeHealthyForDecommissionOrMaintenance: a NameNode that has just started does not know which
  // blocks the DataNode holds.
  it('does not end before the DataNode has sent a full block report', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.refreshNodes('d3');
    c.apply({ op: 'registerDatanode', id: datanodeId('d3', '10.0.0.3'), softwareVersion: '3.4.2' });
    c.apply({ op: 'tick' });
    c.drain();
    expect(c.adminState('d3')).toBe('DECOMMISSION_INPROGRESS');
  });

  it('of a dead DataNode ends at once', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.node('d1').up = false;
    c.run(EXPIRY_MS);
    c.refreshNodes('d1');
    expect(c.adminState('d1')).toBe('DECOMMISSIONED');
  });
});

describe('/jmx', () => {
  it('tells of DataNodes on their way out as Hadoop does', () => {
    const c = new FakeCluster(['d1', 'd2']);
    c.writeFile('/f', 10, 2);
    c.refreshNodes('d1');
    c.run(6000);
    const lists = datanodeLists(c.state, c.now);
    const port = datanodeId('d1').xferPort;
    expect(JSON.parse(lists.DecomNodes)).toEqual({
      [`d1:${port}`]: {
        xferaddr: `10.1.0.1:${port}`,
        underReplicatedBlocks: 1,
        decommissionOnlyReplicas: 0,
        underReplicateInOpenFiles: 0,
      },
    });
    expect(JSON.parse(lists.LiveNodes)[`d1:${port}`]).toMatchObject({ adminState: 'Decommission In Progress' });
    expect(fsNamesystemStateBean(c.state, c.now)).toMatchObject({
      NumDecommissioningDataNodes: 1,
      NumLiveDataNodes: 2,
    });
    expect(fsNamesystemBean(c.state, c.now)).toMatchObject({
      UnderReplicatedBlocks: 1,
      PendingReconstructionBlocks: 0,
      CorruptBlocks: 0,
      MissingBlocks: 0,
      ExcessBlocks: 0,
    });
  });
});
