// A property test: whatever happens to DataNodes, no good replica is lost and the replication is restored.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeCluster } from '../../fake-cluster.ts';
import { CONFIG, ROOT } from '../../harness.ts';

const NAMES = ['r1/a', 'r1/b', 'r2/c', 'r2/d', 'r3/e'];
const SHORT = NAMES.map((name) => name.slice(3));
/** Times are a fifth of the defaults, because the fake cluster does work for each second. */
const TIMES = { heartbeatExpiryMs: 120_000, pendingReconstructionTimeoutMs: CONFIG.pendingReconstructionTimeoutMs / 5 };
const EXPIRY_MS = TIMES.heartbeatExpiryMs + 3000;

/** The cluster, and the files with the replication that each should have. */
interface World {
  readonly c: FakeCluster;
  readonly files: Map<string, { readonly id: number; readonly genStamp: number; replication: number }>;
  readonly excluded: Set<string>;
  /** DataNodes in maintenance, with the time at which each maintenance ends. */
  readonly away: Map<string, number>;
}

function refreshNodes({ c, excluded, away }: World): void {
  c.refreshCombined([
    ...[...excluded].map((hostName) => ({ hostName, adminState: 'DECOMMISSIONED' })),
    ...[...away].map(([hostName, maintenanceExpireTimeInMS]) => ({
      hostName,
      adminState: 'IN_MAINTENANCE',
      maintenanceExpireTimeInMS,
    })),
  ]);
}

type Step = (w: World) => void;

/** Returns the names of the DataNodes with an undamaged replica that are up or will be up again. */
function goodReplicas(w: World, id: number): string[] {
  return SHORT.filter(
    (name) => w.c.node(name).replicas.get(id)?.rotten === undefined && w.c.node(name).replicas.has(id),
  );
}

function fileOf(w: World, nth: number) {
  const files = [...w.files];
  return files.length === 0 ? undefined : files[nth % files.length];
}

/** Returns a DataNode that is up and has a good replica, if there is another good replica that is not being deleted. */
function spare(w: World, id: number, nth: number): string | undefined {
  const kept = goodReplicas(w, id).filter((name) => !w.c.descriptor(name).deleting.has(id));
  const up = kept.filter((name) => w.c.node(name).up && w.c.descriptor(name).alive);
  return kept.length < 2 ? undefined : up[nth % Math.max(1, up.length)];
}

const nth = fc.nat(20);
const node = fc.constantFrom(...SHORT);
const replication = fc.integer({ min: 1, max: 4 });

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: replication.map(
      (r): Step =>
        (w) =>
          writeFile(w, r),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(nth, replication).map(
      ([n, r]): Step =>
        (w) => {
          const found = fileOf(w, n);
          if (found === undefined || w.c.state.blockManager.safeMode.isOn) return;
          w.c.apply({ op: 'setReplication', caller: ROOT, path: found[0], replication: r });
          found[1].replication = r;
        },
    ),
  },
  {
    weight: 1,
    arbitrary: nth.map(
      (n): Step =>
        (w) => {
          const found = fileOf(w, n);
          if (found === undefined) return;
          w.c.apply({ op: 'delete', caller: ROOT, path: found[0], recursive: false });
          w.files.delete(found[0]);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: node.map(
      (name): Step =>
        (w) => {
          w.c.node(name).up = false;
        },
    ),
  },
  {
    weight: 3,
    arbitrary: node.map(
      (name): Step =>
        (w) =>
          w.c.register(name),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(node, fc.boolean(), fc.boolean()).map(
      ([name, idle, lazy]): Step =>
        (w) => {
          Object.assign(w.c.node(name), { idle, lazy });
        },
    ),
  },
  {
    weight: 2,
    arbitrary: node.map(
      (name): Step =>
        (w) =>
          w.c.node(name).up && w.c.catchUp(name),
    ),
  },
  {
    weight: 2,
    arbitrary: node.map(
      (name): Step =>
        (w) => {
          if (w.c.node(name).up && w.c.descriptor(name).alive) w.c.reportAll(name);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(nth, nth).map(
      ([n, m]): Step =>
        (w) => {
          const block = fileOf(w, n)?.[1];
          const name = block && spare(w, block.id, m);
          if (block === undefined || name === undefined) return;
          w.c.rot(name, block.id);
          w.c.badBlock(name, block.id, block.genStamp);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(nth, nth).map(
      ([n, m]): Step =>
        (w) => {
          const block = fileOf(w, n)?.[1];
          const name = block && spare(w, block.id, m);
          if (block === undefined || name === undefined) return;
          w.c.node(name).replicas.delete(block.id);
          w.c.report(name, { blockId: block.id, generationStamp: block.genStamp }, 0, 3);
        },
    ),
  },
  {
    weight: 1,
    arbitrary: node.map(
      (name): Step =>
        (w) => {
          if (!w.excluded.delete(name)) w.excluded.add(name);
          refreshNodes(w);
        },
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(node, fc.integer({ min: 1, max: 400 })).map(
      ([name, s]): Step =>
        (w) => {
          if (!w.away.delete(name)) w.away.set(name, w.c.now + s * 1000);
          refreshNodes(w);
        },
    ),
  },
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 20 }).map(
      (s): Step =>
        (w) =>
          w.c.run(s * 1000),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((w) => w.c.run(EXPIRY_MS)) },
);

function writeFile(w: World, replication: number): void {
  const { c } = w;
  if (SHORT.some((name) => c.descriptor(name).alive && !c.node(name).up)) return;
  if (c.state.blockManager.datanodes.inService().length === 0) return;
  const path = `/f${w.files.size}-${c.now}-${c.state.hardState.counters.lastBlockId}`;
  const { b } = c.writeFile(path, 10, replication);
  w.files.set(path, { id: b.blockId, genStamp: b.generationStamp, replication });
}

describe('the NameNode’s care for replicas', () => {
  it('never deletes the last good replica, and ends with as many as wanted, whatever happens to DataNodes', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 10, maxLength: 60, size: 'max' }), fc.nat(2), (all, min) => {
        const c = new FakeCluster(NAMES, { ...TIMES, maintenanceReplicationMin: min });
        const w: World = { c, files: new Map(), excluded: new Set(), away: new Map() };
        for (const step of all) {
          step(w);
          for (const [path, { id }] of w.files) {
            if (goodReplicas(w, id).length === 0) expect.fail(`${path} has no good replica left`);
          }
        }
        settleDown(w);
        const nodes = SHORT.length;
        for (const [path, { id, replication }] of w.files) {
          const good = goodReplicas(w, id);
          expect(good.length, path).toBe(Math.min(replication, nodes));
          const seen = w.c.state.blockManager.blocks
            .get(id)
            ?.replicas.filter((r) => !w.c.state.blockManager.blocks.get(id)?.corrupt?.has(r));
          expect(seen?.map((r) => r.datanode.id.hostName).sort()).toEqual([...good].sort());
          const racks = new Set(seen?.map((r) => r.datanode.rack));
          if (replication > 1) expect(racks.size, `racks of ${path}`).toBeGreaterThan(1);
        }
        expect(w.c.stats()).toMatchObject({ lowRedundancyBlocks: 0, pendingReplicationBlocks: 0, excessBlocks: 0 });
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

/** Ends all faults: every DataNode is up and carries out its commands. */
function settleDown(w: World): void {
  w.excluded.clear();
  w.away.clear();
  for (const name of SHORT) {
    Object.assign(w.c.node(name), { idle: false, lazy: false });
    // A restarted DataNode has lost the commands that it had postponed, and reports its replicas.
    w.c.register(name);
  }
  // The block scanner finds the rotten replicas that no client has read.
  for (const name of SHORT) {
    for (const [id, { rotten, genStamp }] of w.c.node(name).replicas) if (rotten) w.c.badBlock(name, id, genStamp);
  }
  refreshNodes(w);
  w.c.run(2 * TIMES.pendingReconstructionTimeoutMs + 60_000);
}
