// Property tests of maintenance: blocks stay readable, and few copies are made.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdminState } from '../../../namenode/blocks/locations/admin-state.ts';
import { FakeCluster } from '../fake-cluster.ts';

const NAMES = ['d1', 'd2', 'd3', 'd4', 'd5', 'd6'];
/** Times are a fifth of the defaults, because the fake cluster does work for each second. */
const TIMES = { heartbeatExpiryMs: 120_000, decommissionIntervalMs: 6_000 };
const LONG_MS = TIMES.heartbeatExpiryMs + 3000 + 4 * TIMES.decommissionIntervalMs;

interface World {
  readonly c: FakeCluster;
  readonly min: number;
  readonly files: Map<string, { readonly id: number; readonly replication: number }>;
  readonly away: Map<string, number>;
}

type Step = (w: World) => void;

const isAway = (w: World, name: string): boolean => w.c.descriptor(name).adminState === AdminState.IN_MAINTENANCE;

/** The steps of the administrator: puts a DataNode into maintenance, switches it off then, and switches it on again. */
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.integer({ min: 1, max: 4 }).map(
    (replication): Step =>
      (w) => {
        if (w.c.state.blockManager.datanodes.inService().length === 0) return;
        const path = `/f${w.files.size}`;
        const { b } = w.c.writeFile(path, 10, replication);
        w.files.set(path, { id: b.blockId, replication });
      },
  ),
  fc.tuple(fc.constantFrom(...NAMES), fc.integer({ min: 1, max: 600 })).map(
    ([name, s]): Step =>
      (w) => {
        // At most three DataNodes are away, so that there is room for the copies.
        if (w.away.size < 3) w.away.set(name, w.c.now + s * 1000);
        refresh(w);
      },
  ),
  fc.constantFrom(...NAMES).map(
    (name): Step =>
      (w) => {
        // A careful administrator switches the DataNode on before the maintenance ends.
        if (!w.c.node(name).up) w.c.register(name);
        w.away.delete(name);
        refresh(w);
      },
  ),
  fc.constantFrom(...NAMES).map(
    (name): Step =>
      (w) => {
        if (isAway(w, name)) w.c.node(name).up = false;
      },
  ),
  fc.constantFrom(...NAMES).map(
    (name): Step =>
      (w) =>
        w.c.register(name),
  ),
  fc.integer({ min: 1, max: 60 }).map(
    (s): Step =>
      (w) =>
        w.c.run(s * 1000),
  ),
  fc.constant<Step>((w) => w.c.run(LONG_MS)),
);

function refresh({ c, away }: World): void {
  const entries = [...away].map(([hostName, maintenanceExpireTimeInMS]) => ({
    hostName,
    adminState: 'IN_MAINTENANCE',
    maintenanceExpireTimeInMS,
  }));
  c.refreshCombined(entries);
}

/** Counts the replicas of a block on DataNodes in service, and on DataNodes out of service. */
function holders(w: World, id: number) {
  const names = w.c.state.blockManager.blocks.get(id)?.replicas.map((r) => r.datanode.id.hostName) ?? [];
  const out = names.filter((name) => w.c.descriptor(name).adminState !== AdminState.NORMAL);
  return { live: names.length - out.length, out: out.length };
}

function check(w: World): void {
  const { low, pending } = w.c.state.blockManager.redundancy;
  // A DataNode that is still off when its maintenance ends is lost.
  const isLost = NAMES.some((name) => !w.c.node(name).up && !isAway(w, name));
  for (const [path, { id, replication }] of w.files) {
    if (w.min > 0 && !isLost) expect(w.c.readers(path).length, path).toBeGreaterThan(0);
    if (isLost || low.size > 0 || pending.size > 0) continue;
    // As in BlockManager: live + maintenance >= replication, and live >= the minimum.
    const { live, out } = holders(w, id);
    expect(live + out, path).toBeGreaterThanOrEqual(replication);
    expect(live, path).toBeGreaterThanOrEqual(Math.min(w.min, replication));
  }
}

describe('maintenance, whatever DataNodes it is for', () => {
  it('leaves every block to be read, and no copy too many when all are back', () => {
    fc.assert(
      fc.property(fc.array(steps, { minLength: 5, maxLength: 50, size: 'max' }), fc.nat(2), (all, min) => {
        const c = new FakeCluster(NAMES, { ...TIMES, maintenanceReplicationMin: min });
        const w: World = { c, min, files: new Map(), away: new Map() };
        for (const step of all) {
          step(w);
          check(w);
        }
        for (const name of NAMES) c.register(name);
        w.away.clear();
        refresh(w);
        c.run(LONG_MS);
        for (const [path, { id, replication }] of w.files) {
          expect(c.holders(id), path).toHaveLength(replication);
          expect(c.readers(path), path).toHaveLength(replication);
        }
        expect(c.stats()).toMatchObject({ lowRedundancyBlocks: 0, pendingReplicationBlocks: 0, excessBlocks: 0 });
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  // As in BlockManager: the expected live replicas are the wanted ones minus those in maintenance, and at least the
  // minimum.
  it('copies no more than the minimum asks for, however long a DataNode is off', () => {
    const cases = fc.record({
      replications: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
      names: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 2 }),
      min: fc.nat(3),
      isOff: fc.boolean(),
    });
    fc.assert(
      fc.property(cases, ({ replications, names, min, isOff }) => {
        const c = new FakeCluster(NAMES, { ...TIMES, maintenanceReplicationMin: min });
        const w: World = { c, min, files: new Map(), away: new Map() };
        for (const [i, replication] of replications.entries()) {
          w.files.set(`/f${i}`, { id: c.writeFile(`/f${i}`, 10, replication).b.blockId, replication });
        }
        for (const name of names) w.away.set(name, Number.MAX_SAFE_INTEGER);
        refresh(w);
        c.run(LONG_MS);
        for (const name of names) expect(isAway(w, name)).toBe(true);
        for (const name of names) c.node(name).up = !isOff;
        c.run(LONG_MS);
        for (const [path, { id, replication }] of w.files) {
          const { live, out } = holders(w, id);
          expect(live, path).toBe(Math.max(replication - out, Math.min(min, replication)));
          expect(c.readers(path), path).toHaveLength(live);
        }
        expect(c.stats()).toMatchObject({ lowRedundancyBlocks: 0, pendingReplicationBlocks: 0 });
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
