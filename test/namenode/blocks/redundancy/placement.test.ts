// Tests of the placement of replicas, the order for readers, and the rack table.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRackTable } from '../../../../conf/rack-table.ts';
import { AdminState } from '../../../../namenode/blocks/locations/admin-state.ts';
import { updateStorage } from '../../../../namenode/blocks/locations/datanode-descriptor.ts';
import { DatanodeRegistry } from '../../../../namenode/blocks/locations/datanode-registry.ts';
import type { DatanodeDescriptor } from '../../../../namenode/blocks/locations/model.ts';
import { rackOf } from '../../../../namenode/blocks/locations/topology.ts';
import {
  chooseTargets,
  type PlacementRequest,
  sortByDistance,
} from '../../../../namenode/blocks/redundancy/placement.ts';
import { datanodeId, MIB, seededChooser } from '../../harness.ts';

function nodes(...layout: [name: string, rack: string, remaining?: number][]): DatanodeDescriptor[] {
  const registry = new DatanodeRegistry();
  return layout.map(([name, rack, remaining = 100 * MIB], i) => {
    const { datanode } = registry.register(datanodeId(name, `10.0.0.${i + 1}`), rack, '', 0);
    updateStorage(datanode, { uuid: `DS-${name}`, capacity: 100 * MIB, remaining });
    return datanode;
  });
}

function choose(all: DatanodeDescriptor[], count: number, options: Partial<PlacementRequest> = {}, seed = 1) {
  const request: PlacementRequest = {
    count,
    nodes: all,
    writerAddress: undefined,
    blockSizeBytes: MIB,
    excluded: new Set(),
    chosen: [],
    loadFactorMax: 2,
    ...options,
  };
  return chooseTargets(request, seededChooser(seed));
}

const TWO_RACKS: [string, string][] = [
  ['a1', '/a'],
  ['a2', '/a'],
  ['a3', '/a'],
  ['b1', '/b'],
  ['b2', '/b'],
  ['b3', '/b'],
];
const seeds = fc.integer({ min: 0, max: 1 << 30 });

describe('placement (BlockPlacementPolicyDefault)', () => {
  it('chooses the writer’s node, then another rack, then another node of that rack', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const targets = choose(nodes(...TWO_RACKS), 3, { writerAddress: '10.0.0.2' }, seed);
        const [first, second, third] = targets.map((s) => s.datanode);
        expect(first?.id.hostName).toBe('a2');
        expect([second?.rack, third?.rack]).toEqual(['/b', '/b']);
        expect(second).not.toBe(third);
      }),
    );
  });

  it('never twice on a node, and no more than (replicas - 1) / racks + 2 on a rack', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 6 }), (seed, count) => {
        const targets = choose(nodes(...TWO_RACKS), count, {}, seed);
        expect(new Set(targets.map((t) => t.datanode)).size).toBe(count);
        const onA = targets.filter((t) => t.datanode.rack === '/a').length;
        const perRack = Math.floor((count - 1) / 2) + 2;
        expect(Math.max(onA, count - onA)).toBeLessThanOrEqual(perRack);
        if (count > 1) expect(onA).toBeGreaterThan(0);
        if (count > 1) expect(onA).toBeLessThan(count);
      }),
    );
  });

  // As in BlockPlacementPolicyDefault.excludeNodeByLoad and dfs.namenode.redundancy.considerLoad.factor.
  describe('nodes with more than twice the transfers of the average', () => {
    const withLoads = (...loads: number[]) => {
      const all = nodes(...loads.map((_, i): [string, string] => [`d${i + 1}`, i < 3 ? '/a' : '/b']));
      for (const [i, load] of loads.entries()) if (all[i]) all[i].xceiverCount = load;
      return all;
    };
    const namesOf = (targets: ReturnType<typeof choose>) => targets.map((t) => t.datanode.id.hostName).sort();

    it('get no replicas while others can take them, even on fewer racks', () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          expect(namesOf(choose(withLoads(1, 1, 1, 10), 3, {}, seed))).toEqual(['d1', 'd2', 'd3']);
        }),
      );
      expect(namesOf(choose(withLoads(1, 1, 1, 2), 4))).toEqual(['d1', 'd2', 'd3', 'd4']);
    });

    it('get replicas from a writer on the same host, and from one that favors them', () => {
      const all = withLoads(1, 1, 1, 10);
      expect(namesOf(choose(all, 1, { writerAddress: '10.0.0.4' }))).toEqual(['d4']);
      expect(namesOf(choose(all, 1, { favored: all.slice(3) }))).toEqual(['d4']);
    });

    // Hadoop's chooseTarget tries again without avoidStaleNodes and with other storage types, but never without
    // considerLoad.
    it('get no replicas even when there are no other nodes: the block then has fewer replicas', () => {
      fc.assert(
        fc.property(seeds, (seed) => {
          expect(namesOf(choose(withLoads(1, 1, 1, 10), 4, {}, seed))).toEqual(['d1', 'd2', 'd3']);
        }),
      );
      const all = withLoads(1, 1, 1, 10);
      expect(choose(all, 1, { excluded: new Set(all.slice(0, 3)) })).toEqual([]);
    });

    // With factor 2, a node is too busy only above twice the average. One node alone, or the busier of two, never is.
    it('are never all nodes, nor one of two', () => {
      fc.assert(
        fc.property(fc.array(fc.nat(50), { minLength: 1, maxLength: 8 }), seeds, (loads, seed) => {
          const chosen = namesOf(choose(withLoads(...loads), loads.length, {}, seed));
          expect(chosen.length).toBeGreaterThanOrEqual(Math.min(2, loads.length));
          const average = loads.reduce((sum, load) => sum + load, 0) / loads.length;
          const idle = loads.flatMap((load, i) => (load <= 2 * average ? [`d${i + 1}`] : []));
          expect(chosen).toEqual(idle);
        }),
      );
    });

    it('are like others without dfs.namenode.redundancy.considerLoad', () => {
      const chosen = Array.from({ length: 50 }, (_, seed) =>
        choose(withLoads(1, 1, 1, 10), 1, { loadFactorMax: 0 }, seed),
      );
      expect(chosen.some((targets) => namesOf(targets)[0] === 'd4')).toBe(true);
    });
  });

  // As in BlockPlacementPolicyDefault.isGoodDatanode and
  // dfs.namenode.block-placement-policy.exclude-slow-nodes.enabled.
  it('leaves out nodes that are slow, the writer’s and a favored one too', () => {
    const all = nodes(['d1', '/r'], ['d2', '/r'], ['d3', '/r']);
    const slow = new Set(all.slice(1, 2).map((n) => n.id.datanodeUuid));
    fc.assert(
      fc.property(seeds, (seed) => {
        const options = { slow, writerAddress: '10.0.0.2', favored: all.slice(1, 2) };
        const names = choose(all, 3, options, seed).map((t) => t.datanode.id.hostName);
        expect(names.sort()).toEqual(['d1', 'd3']);
      }),
    );
  });

  it('uses one rack if there is no other, and chooses fewer nodes if there are not enough', () => {
    const all = nodes(['d1', '/r'], ['d2', '/r']);
    expect(choose(all, 3)).toHaveLength(2);
    expect(choose(all, 3, { excluded: new Set(all) })).toEqual([]);
  });

  it('skips nodes without room for the block and for the blocks already assigned to them', () => {
    const all = nodes(['full', '/r', MIB - 1], ['ok', '/r', MIB]);
    expect(choose(all, 2).map((t) => t.datanode.id.hostName)).toEqual(['ok']);
    const [, ok] = all;
    if (ok) ok.scheduled = 1;
    expect(choose(all, 2)).toEqual([]);
  });

  it('spreads a writer’s first replicas over the DataNodes that share its address', () => {
    const registry = new DatanodeRegistry();
    const all = ['d1', 'd2', 'd3'].map((name) => {
      const { datanode } = registry.register(datanodeId(name, '127.0.0.1'), '/r', '', 0);
      updateStorage(datanode, { uuid: `DS-${name}`, capacity: 100 * MIB, remaining: 100 * MIB });
      return datanode;
    });
    const firsts = Array.from({ length: 50 }, (_, seed) => choose(all, 1, { writerAddress: '127.0.0.1' }, seed)[0]);
    expect(new Set(firsts.map((f) => f?.datanode)).size).toBe(3);
  });

  it('puts a replacement on a rack that the existing replicas do not use', () => {
    const all = nodes(...TWO_RACKS);
    const existing = all.slice(0, 1).flatMap((n) => [...n.storages.values()]);
    expect(choose(all, 1, { chosen: existing })[0]?.datanode.rack).toBe('/b');
  });

  it('prefers favoured nodes, and leaves the writer’s out when told to', () => {
    const all = nodes(...TWO_RACKS);
    expect(choose(all, 2, { favored: all.slice(4, 5) })[0]?.datanode.id.hostName).toBe('b2');
    fc.assert(
      fc.property(seeds, (seed) => {
        const [first] = choose(all, 1, { writerAddress: '10.0.0.2', noLocalWrite: true }, seed);
        expect(first?.datanode.id.hostName).not.toBe('a2');
      }),
    );
  });

  it('does not use volumes that failed, are read-only or are not of type DISK', () => {
    const [node] = nodes(['d1', '/r']);
    if (node === undefined) throw new Error('no node');
    updateStorage(node, { uuid: 'DS-d1', failed: true });
    updateStorage(node, { uuid: 'ssd', type: 2, remaining: 100 * MIB });
    updateStorage(node, { uuid: 'shared', state: 1, remaining: 100 * MIB });
    expect(choose([node], 1)).toEqual([]);
    updateStorage(node, { uuid: 'second', remaining: MIB });
    expect(choose([node], 1)[0]?.uuid).toBe('second');
  });
});

describe('the order for readers', () => {
  it('is own node, own rack, elsewhere; stale DataNodes last', () => {
    const all = nodes(['near', '/a'], ['rack', '/a'], ['far', '/b'], ['stale', '/a']);
    const storages = all.flatMap((n) => [...n.storages.values()]).reverse();
    const sorted = sortByDistance(
      storages,
      { address: '10.0.0.1', rack: '/a' },
      (n) => n.id.hostName === 'stale',
      seededChooser(1),
    );
    expect(sorted.map((s) => s.datanode.id.hostName)).toEqual(['near', 'rack', 'far', 'stale']);
  });
});

describe('DataNodes on their way out of service', () => {
  // As in DFSUtil.ServiceComparator.
  it('are read last, in Hadoop’s order, however near they are', () => {
    const all = nodes(['gone', '/a'], ['leaving', '/a'], ['entering', '/a'], ['far', '/b']);
    const states = [AdminState.DECOMMISSIONED, AdminState.DECOMMISSION_INPROGRESS, AdminState.ENTERING_MAINTENANCE];
    for (const [i, state] of states.entries()) Object.assign(all[i] ?? {}, { adminState: state });
    const storages = all.flatMap((n) => [...n.storages.values()]);
    const sorted = sortByDistance(storages, { address: '10.0.0.1', rack: '/a' }, () => false, seededChooser(1));
    expect(sorted.map((s) => s.datanode.id.hostName)).toEqual(['far', 'entering', 'leaving', 'gone']);
  });
});

describe('the rack table', () => {
  it('has lines of a host and its rack', () => {
    const table = parseRackTable('# hosts\n10.0.0.1 /a # first\nnode2\t/b\n\nbroken\nnode3 c\n');
    expect(rackOf(table, '10.0.0.1', 'node1')).toBe('/a');
    expect(rackOf(table, '10.0.0.2', 'node2')).toBe('/b');
    expect(rackOf(table, 'node3')).toBe('/c');
    expect(rackOf(table, 'broken')).toBe('/default-rack');
  });
});
