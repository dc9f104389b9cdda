// Tests of the orders that DataNodes receive to copy and delete replicas.
import { describe, expect, it } from 'vitest';
import { REGISTER_COMMAND } from '../../../../namenode/datanodes/datanode-commands.ts';
import { clusterStats } from '../../../../namenode/datanodes/stats.ts';
import { getBlockLocations } from '../../../../namenode/namespace/stat-and-listing.ts';
import { datanodeId, Harness, ROOT } from '../../harness.ts';

function cluster(...names: string[]): Harness {
  const h = new Harness();
  for (const name of names) h.addDatanode(name, { ip: `10.1.0.${name.slice(1)}` });
  return h;
}

const datanode = (h: Harness, name: string) => {
  const found = h.state.blockManager.datanodes.get(`uuid-${name}`);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const commands = (h: Harness, name: string) => h.commands(name).map((c) => c.blkCmd);
const hosts = (h: Harness, path = '/f') =>
  h
    .read(getBlockLocations, { caller: ROOT, path, offset: 0, length: 1 })
    .locations.blocks[0]?.locs.map((l) => l.id.hostName)
    .sort();

/** Lets time pass, in which only these DataNodes send heartbeats. */
function pass(h: Harness, ms: number, ...living: string[]): void {
  h.now += ms;
  for (const name of living) h.heartbeat(name, { ip: h.ipOf(name) });
  h.apply({ op: 'tick' });
  h.drain();
  h.now += 3000;
  h.apply({ op: 'tick' });
}

describe('re-replication', () => {
  it('copies from a living holder to another DataNode after the heartbeat expiry, and not before', () => {
    const h = cluster('d1', 'd2');
    const { b } = h.writeFile('/f', 100, 2);
    h.addDatanode('d3', { ip: '10.1.0.3' });
    pass(h, 600_000, 'd1', 'd3');
    expect(commands(h, 'd1')).toEqual([]);
    pass(h, 60_000, 'd1', 'd3');
    expect(commands(h, 'd1')).toMatchObject([
      {
        action: 1,
        blocks: [{ blockId: b.blockId, genStamp: 1001, numBytes: 100 }],
        targets: [{ datanodes: [{ id: { hostName: 'd3' } }] }],
        targetStorageUuids: [{ storageUuids: ['DS-d3'] }],
      },
    ]);
    expect(clusterStats(h.state.datanodeManager).lowRedundancyBlocks).toBe(0);
    h.report('d3', b, 100);
    expect(hosts(h)).toEqual(['d1', 'd3']);
  });

  // Hadoop chooses a source at random (BlockManager.chooseSourceDatanodes); a bad one would be asked again and again.
  it('takes another source after a copy that failed, and none whose replica is damaged', () => {
    const h = cluster('d1', 'd2', 'd3');
    const { b } = h.writeFile('/f', 100, 3);
    h.addDatanode('d4', { ip: '10.1.0.4' });
    const ordered = () =>
      ['d1', 'd2', 'd3'].filter((name) =>
        commands(h, name).some((c) => c?.blocks.some((x) => x.blockId === b.blockId)),
      );
    h.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 4 });
    const sources: string[] = [];
    const round = (): void => {
      h.now += 3000;
      h.apply({ op: 'tick' });
      h.drain();
      for (const name of ['d1', 'd2', 'd3', 'd4']) h.heartbeat(name, { ip: h.ipOf(name) });
      sources.push(...ordered());
    };
    for (let i = 0; i < 20 && sources.length < 2; i++) round();
    expect(sources).toHaveLength(2);
    expect(sources[1]).not.toBe(sources[0]);
    const damaged = sources[1] ?? '';
    h.apply({
      op: 'reportBadBlocks',
      replicas: [{ blockId: b.blockId, genStamp: b.generationStamp, datanodeUuid: `uuid-${damaged}` }],
    });
    for (let i = 0; i < 20 && sources.length < 3; i++) round();
    expect(sources).toHaveLength(3);
    expect(sources[2]).not.toBe(damaged);
  });

  it('orders the copy again when it does not arrive in time', () => {
    const h = cluster('d1', 'd2');
    h.writeFile('/f', 100, 2);
    h.addDatanode('d3', { ip: '10.1.0.3' });
    pass(h, 660_000, 'd1', 'd3');
    expect(commands(h, 'd1')).toHaveLength(1);
    pass(h, 299_000, 'd1', 'd3');
    expect(commands(h, 'd1')).toHaveLength(1);
  });

  it('counts a block without replicas as missing, until its DataNode is back', () => {
    const h = cluster('d1', 'd2');
    const { locs } = h.writeFile('/f', 100, 1);
    const holder = locs[0]?.id.hostName ?? '';
    pass(h, 660_000);
    expect(clusterStats(h.state.datanodeManager)).toMatchObject({
      liveDatanodes: 0,
      missingBlocks: 1,
      missingReplicationOneBlocks: 1,
    });
    expect(hosts(h)).toEqual([]);
    expect(h.heartbeat(holder)).toMatchObject({ isRegistered: false, commands: [REGISTER_COMMAND] });
    const id = datanodeId(holder, h.ipOf(holder));
    h.apply({ op: 'registerDatanode', id, softwareVersion: '3.4.2' });
    h.fullReport(holder, [{ id: 1073741825, genStamp: 1001, numBytes: 100 }]);
    h.drain();
    expect(clusterStats(h.state.datanodeManager).missingBlocks).toBe(0);
    expect(hosts(h)).toEqual([holder]);
  });

  it('waits for the pipeline’s other replicas rather than copying at once', () => {
    const h = cluster('d1', 'd2', 'd3');
    h.create('/f', { replication: 3 });
    const located = h.addBlock('/f');
    h.report('d1', located.b, 10);
    expect(h.complete('/f', h.blockOf(located, 10))).toBe(true);
    pass(h, 4000, 'd1', 'd2', 'd3');
    expect(commands(h, 'd1')).toEqual([]);
    expect(clusterStats(h.state.datanodeManager)).toMatchObject({
      lowRedundancyBlocks: 0,
      pendingReplicationBlocks: 1,
    });
  });

  it('does not begin for files that are still being written', () => {
    const h = cluster('d1');
    h.create('/f', { replication: 3 });
    h.report('d1', h.addBlock('/f').b, 10);
    expect(clusterStats(h.state.datanodeManager).lowRedundancyBlocks).toBe(0);
  });
});

describe('the list of blocks to copy', () => {
  it('goes on behind blocks that can be copied nowhere', () => {
    const h = cluster('d1', 'd2', 'd3');
    for (let i = 0; i < 10; i++) {
      h.writeFile(`/wide${i}`, 10, 3);
      h.apply({ op: 'setReplication', caller: ROOT, path: `/wide${i}`, replication: 10 });
    }
    const { locs } = h.writeFile('/f', 100, 2);
    h.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 3 });
    expect(locs).toHaveLength(2);
    let ordered: unknown[] = [];
    for (let round = 0; round < 3; round++) {
      pass(h, 4000, 'd1', 'd2', 'd3');
      ordered = [...ordered, ...['d1', 'd2', 'd3'].flatMap((n) => commands(h, n))];
    }
    expect(ordered[0]).toMatchObject({ action: 1, blocks: [{ numBytes: 100 }] });
  });

  it('has a block again when a target of its copies dies', () => {
    const h = cluster('d1', 'd2', 'd3');
    h.drain();
    h.create('/f', { replication: 3 });
    const located = h.addBlock('/f');
    h.report('d1', located.b, 10);
    h.complete('/f', h.blockOf(located, 10));
    const d2 = datanode(h, 'd2');
    d2.alive = false;
    h.addDatanode('d4', { ip: '10.1.0.4' });
    pass(h, 4000, 'd1', 'd3', 'd4');
    expect(commands(h, 'd1')).toMatchObject([{ action: 1, targets: [{ datanodes: [{ id: { hostName: 'd4' } }] }] }]);
  });
});

describe('commands', () => {
  it('wait while safe mode is on', () => {
    const h = cluster('d1', 'd2');
    h.writeFile('/f', 100, 2);
    h.apply({ op: 'delete', caller: ROOT, path: '/f', recursive: false });
    h.apply({ op: 'setSafeMode', action: 'ENTER' });
    expect(commands(h, 'd1')).toEqual([]);
    h.apply({ op: 'setSafeMode', action: 'LEAVE' });
    expect(commands(h, 'd1')).toMatchObject([{ action: 2 }]);
  });
});

describe('replicas that are too many', () => {
  it('are deleted, from the fullest DataNode first', () => {
    const h = cluster('d1', 'd2', 'd3');
    h.writeFile('/f', 100, 3);
    h.heartbeat('d2', { ip: '10.1.0.2', remaining: 1 << 21 });
    h.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    expect(hosts(h)).toEqual(['d1', 'd3']);
    const block = { blockId: 1073741825, genStamp: 1001 };
    expect(commands(h, 'd2')).toMatchObject([{ action: 2, blocks: [block] }]);
    expect(commands(h, 'd2')).toEqual([]);
  });

  it('of deleted files are deleted too, even if they are reported later', () => {
    const h = cluster('d1', 'd2');
    h.writeFile('/f', 100, 1);
    h.apply({ op: 'delete', caller: ROOT, path: '/f', recursive: false });
    for (const name of ['d1', 'd2']) {
      h.fullReport(name, [{ id: 1073741825, genStamp: 1001, numBytes: 100 }]);
      expect(commands(h, name)).toMatchObject([{ action: 2 }]);
    }
  });

  it('are not deleted if the block id was never assigned: the namespace may be a restored old copy', () => {
    const h = cluster('d1');
    h.fullReport('d1', [{ id: 1073741999, genStamp: 1001, numBytes: 100 }]);
    expect(commands(h, 'd1')).toEqual([]);
    expect(h.effects).toContainEqual(expect.objectContaining({ kind: 'log', level: 'warn' }));
  });
});

describe('corrupt replicas', () => {
  const report = (h: Harness, name: string) =>
    h.apply({
      op: 'reportBadBlocks',
      replicas: [{ blockId: 1073741825, genStamp: 1001, datanodeUuid: `uuid-${name}` }],
    });

  it('are not shown to readers, are replaced, and then deleted', () => {
    const h = cluster('d1', 'd2', 'd3');
    const { b, locs } = h.writeFile('/f', 100, 2);
    const [bad = '', good = ''] = locs.map((l) => l.id.hostName);
    const spare = ['d1', 'd2', 'd3'].find((n) => n !== bad && n !== good) ?? '';
    report(h, bad);
    expect(hosts(h)).toEqual([good]);
    expect(commands(h, bad)).toEqual([]);
    pass(h, 4000, 'd1', 'd2', 'd3');
    expect(commands(h, good)).toMatchObject([{ action: 1, targets: [{ datanodes: [{ id: { hostName: spare } }] }] }]);
    h.report(spare, b, 100);
    expect(commands(h, bad)).toMatchObject([{ action: 2, blocks: [{ blockId: b.blockId }] }]);
  });

  it('do not include replicas of an older generation that a client read', () => {
    const h = cluster('d1');
    h.writeFile('/f', 100, 1);
    const replicas = [{ blockId: 1073741825, genStamp: 1000, datanodeUuid: 'uuid-d1' }];
    h.apply({ op: 'reportBadBlocks', replicas });
    expect(clusterStats(h.state.datanodeManager)).toMatchObject({ corruptBlocks: 0, missingBlocks: 0 });
  });

  it('are all that readers get when there are no others, and are kept', () => {
    const h = cluster('d1');
    h.writeFile('/f', 100, 1);
    report(h, 'd1');
    const { locations } = h.read(getBlockLocations, { caller: ROOT, path: '/f', offset: 0, length: 1 });
    expect(locations.blocks).toMatchObject([{ corrupt: true, locs: [{ id: { hostName: 'd1' } }] }]);
    expect(clusterStats(h.state.datanodeManager)).toMatchObject({ corruptBlocks: 1, missingBlocks: 1 });
    expect(commands(h, 'd1')).toEqual([]);
  });

  it('are those whose length is wrong', () => {
    const h = cluster('d1', 'd2');
    const { locs } = h.writeFile('/f', 100, 2);
    const name = locs[0]?.id.hostName ?? '';
    h.fullReport(name, []);
    expect(hosts(h)).not.toContain(name);
    h.fullReport(name, [{ id: 1073741825, genStamp: 1001, numBytes: 99 }]);
    expect(hosts(h)).toEqual([locs[1]?.id.hostName]);
  });
});

describe('a full block report', () => {
  it('removes replicas that it does not name, and keeps those that were reported while it arrived', () => {
    const h = cluster('d1');
    const first = h.writeFile('/f', 100);
    const second = h.writeFile('/g', 50);
    const id = datanodeId('d1', '10.1.0.1');
    const storage = { uuid: 'DS-d1' };
    h.apply({ op: 'blockReport', id, storage, replicas: [], first: true, last: false });
    h.report('d1', second.b, 50);
    h.apply({ op: 'blockReport', id, storage, replicas: [], first: false, last: true });
    expect([hosts(h, '/f'), hosts(h, '/g')]).toEqual([[], ['d1']]);
    h.fullReport('d1', [{ id: first.b.blockId, genStamp: 1001, numBytes: 100 }]);
    expect([hosts(h, '/f'), hosts(h, '/g')]).toEqual([['d1'], []]);
  });
});
