// Tests of slow DataNodes: the reports about them, and their effects on placement and reading.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DatanodesConfig } from '../../../namenode/datanodes/datanodes-config.ts';
import { SlowPeerTracker } from '../../../namenode/datanodes/slow-peer-tracker.ts';
import { getBlockLocations } from '../../../namenode/namespace/stat-and-listing.ts';
import { datanodeId, Harness, ROOT } from '../harness.ts';

const MINUTE_MS = 60_000;
const metricsOf = (actualLatencyMs: number) => ({ actualLatencyMs, medianMs: 1, madMs: 0.5, upperLimitMs: 5 });

// As in Hadoop's SlowPeerTracker.
describe('the tracker of slow peers', () => {
  const VALID_MS = 90 * MINUTE_MS;
  const reporters = (tracker: SlowPeerTracker, slowNode: string, nowMs: number) =>
    tracker
      .slowest(100, nowMs)
      .find((peer) => peer.slowNode === slowNode)
      ?.reports.map((r) => r.reportingNode);

  it('knows which DataNode reports which, and the last measurement of each', () => {
    const tracker = new SlowPeerTracker(VALID_MS);
    tracker.add('n3', 'n2', metricsOf(7), 0);
    tracker.add('n3', 'n1', metricsOf(8), 0);
    tracker.add('n3', 'n2', metricsOf(9), 1);
    expect(tracker.slowest(5, 1)).toEqual([
      {
        slowNode: 'n3',
        reports: [
          { reportingNode: 'n1', ...metricsOf(8) },
          { reportingNode: 'n2', ...metricsOf(9) },
        ],
      },
    ]);
  });

  it('forgets a report after its time, even if others keep arriving', () => {
    const tracker = new SlowPeerTracker(VALID_MS);
    tracker.add('n3', 'n1', metricsOf(7), 0);
    tracker.add('n3', 'n2', metricsOf(7), 10);
    expect(reporters(tracker, 'n3', VALID_MS - 1)).toEqual(['n1', 'n2']);
    expect(reporters(tracker, 'n3', VALID_MS)).toEqual(['n2']);
    expect(tracker.slowest(5, VALID_MS + 10)).toEqual([]);
    tracker.add('n3', 'n1', metricsOf(7), VALID_MS + 10);
    expect(reporters(tracker, 'n3', VALID_MS + 10)).toEqual(['n1']);
  });

  it('lists those first that most others report, and as many as asked for', () => {
    const report = fc.record({ slow: fc.nat(6), by: fc.nat(6), atMs: fc.nat(2 * VALID_MS) });
    fc.assert(
      fc.property(fc.array(report, { maxLength: 40 }), fc.nat(8), (reports, nodesMax) => {
        const tracker = new SlowPeerTracker(VALID_MS);
        const nowMs = 2 * VALID_MS;
        const votes = new Map<string, Set<number>>();
        for (const { slow, by, atMs } of reports.sort((a, b) => a.atMs - b.atMs)) {
          tracker.add(`n${slow}`, `r${by}`, metricsOf(7), atMs);
          if (nowMs - atMs < VALID_MS) votes.set(`n${slow}`, (votes.get(`n${slow}`) ?? new Set()).add(by));
        }
        const counts = [...votes.values()].map((by) => by.size).sort((a, b) => b - a);
        const slowest = tracker.slowest(nodesMax, nowMs);
        expect(slowest.map((peer) => peer.reports.length)).toEqual(counts.slice(0, nodesMax));
        for (const { slowNode, reports } of slowest) expect(reports.length).toBe(votes.get(slowNode)?.size);
      }),
    );
  });

  it('has Hadoop’s names in its JSON text', () => {
    const tracker = new SlowPeerTracker(VALID_MS);
    tracker.add('10.0.0.1:9864', '10.0.0.2:9867', metricsOf(7.5), 0);
    expect(tracker.json(5, 0)).toBe(
      '[{"SlowNode":"10.0.0.1:9864","SlowPeerLatencyWithReportingNodes":[{"ReportingNode":"10.0.0.2:9867",' +
        '"ReportedLatency":7.5,"MedianLatency":1,"MadLatency":0.5,"UpperLimitLatency":5}]}]',
    );
  });
});

// As in DatanodeManager.handleHeartbeat and getSlowPeersUuidSet, FSNamesystem.handleHeartbeat and slowDataNodesReport.
describe('slow DataNodes', () => {
  const SLOW_NODES: NonNullable<DatanodesConfig['slowNodes']> = {
    reportIntervalMs: 30 * MINUTE_MS,
    shownMax: 5,
    collectIntervalMs: 30 * MINUTE_MS,
    collectedMax: 5,
    areExcluded: false,
    areReadLast: false,
  };
  const INFO_PORT = 9864;

  class SlowHarness extends Harness {
    constructor(config: Partial<typeof SLOW_NODES> = {}) {
      super({ config: { slowNodes: { ...SLOW_NODES, ...config }, heartbeatExpiryMs: Number.POSITIVE_INFINITY } });
      for (const name of ['d1', 'd2', 'd3']) this.join(name);
    }

    idOf(name: string, ip = '127.0.0.1') {
      return { ...datanodeId(name, ip), infoPort: INFO_PORT + Number(name.slice(1)), ipcPort: 9867 };
    }

    join(name: string, ip?: string): void {
      this.apply({ op: 'registerDatanode', id: this.idOf(name, ip), softwareVersion: '' });
      this.beat(name, [], ip);
    }

    beat(name: string, slow: readonly string[] = [], ip?: string): void {
      this.apply({
        op: 'heartbeat',
        id: this.idOf(name, ip),
        storages: [{ uuid: `DS-${name}`, capacity: 1 << 30, remaining: 1 << 30 }],
        xceiverCount: 0,
        xmitsInProgress: 0,
        failedVolumes: 0,
        cacheCapacity: 0,
        cacheUsed: 0,
        slowPeers: slow.map((slowNode) => ({ slowNode, metrics: metricsOf(9) })),
      });
    }

    tick(afterMs: number): void {
      this.now += afterMs;
      this.apply({ op: 'tick' });
    }

    get listed(): string[] {
      return (this.state.datanodeManager.slowNodes?.all(this.state.blockManager.datanodes, this.now) ?? []).map(
        (d) => d.id.hostName,
      );
    }

    isSlow(name: string): boolean | undefined {
      return this.state.datanodeManager.slowNodes?.isSlow(`uuid-${name}`);
    }
  }

  it('are known by the address of their web pages, though DataNodes share an IP address', () => {
    const h = new SlowHarness();
    h.beat('d1', [`127.0.0.1:${INFO_PORT + 2}`]);
    h.beat('d3', [`127.0.0.1:${INFO_PORT + 2}`]);
    expect(h.listed).toEqual(['d2']);
    expect(JSON.parse(h.state.datanodeManager.slowNodes?.json(h.now) ?? '')).toMatchObject([
      {
        SlowNode: `127.0.0.1:${INFO_PORT + 2}`,
        SlowPeerLatencyWithReportingNodes: [{ ReportingNode: '127.0.0.1:9867' }],
      },
    ]);
  });

  it('are found by the IP address alone when they have come back with other ports', () => {
    const h = new SlowHarness();
    h.join('d4', '10.0.0.4');
    h.beat('d1', ['10.0.0.4:1', '127.0.0.1:1', 'no address', '10.0.0.5:9864']);
    expect(h.listed).toEqual(['d4']);
  });

  it('count as slow from the next collection on, and no longer when no DataNode reports them', () => {
    const h = new SlowHarness();
    h.beat('d1', [`127.0.0.1:${INFO_PORT + 2}`]);
    h.tick(29 * MINUTE_MS);
    expect(h.isSlow('d2')).toBe(false);
    h.tick(MINUTE_MS);
    expect(h.isSlow('d2')).toBe(true);
    expect(h.isSlow('d1')).toBe(false);
    expect(h.effects).toContainEqual({
      kind: 'log',
      level: 'warn',
      message: `Slow nodes list: [127.0.0.1:${INFO_PORT + 2}]`,
    });
    // A report is valid for three intervals. The collection comes a little after the end of that time.
    h.tick(60 * MINUTE_MS);
    expect(h.listed).toEqual([]);
    expect(h.isSlow('d2')).toBe(false);
  });

  it('are at most dfs.namenode.max.slowpeer.collect.nodes', () => {
    const h = new SlowHarness({ collectedMax: 1, collectIntervalMs: MINUTE_MS });
    h.beat('d1', [`127.0.0.1:${INFO_PORT + 2}`, `127.0.0.1:${INFO_PORT + 3}`]);
    h.beat('d2', [`127.0.0.1:${INFO_PORT + 3}`]);
    h.join('d4', '10.0.0.4');
    h.beat('d4', [`127.0.0.1:${INFO_PORT + 3}`], '10.0.0.4');
    h.tick(MINUTE_MS);
    expect(h.listed).toEqual(['d3', 'd2']);
    expect([h.isSlow('d2'), h.isSlow('d3')]).toEqual([false, true]);
  });

  it.each([true, false])('get no new replicas, if exclude-slow-nodes.enabled is %s', (areExcluded) => {
    const h = new SlowHarness({ areExcluded, collectIntervalMs: MINUTE_MS });
    h.beat('d1', [`127.0.0.1:${INFO_PORT + 2}`]);
    h.tick(MINUTE_MS);
    h.create('/f', { replication: 3 });
    const names = h.addBlock('/f').locs.map((loc) => loc.id.hostName);
    expect(names.sort()).toEqual(areExcluded ? ['d1', 'd3'] : ['d1', 'd2', 'd3']);
  });

  // As in DatanodeManager.sortLocatedBlock and DFSUtil.StaleAndSlowComparator.
  it.each([true, false])('are the last that readers try, if avoid.read.slow.datanode is %s', (areReadLast) => {
    const h = new SlowHarness({ areReadLast, collectIntervalMs: MINUTE_MS });
    h.join('d4', ROOT.address);
    h.create('/f', { replication: 4 });
    const located = h.addBlock('/f');
    for (const { id } of located.locs) h.report(id.hostName, located.b, 10);
    h.complete('/f', h.blockOf(located, 10));
    h.beat('d1', [`${ROOT.address}:${INFO_PORT + 4}`]);
    h.tick(MINUTE_MS);
    const { locations } = h.read(getBlockLocations, { caller: ROOT, path: '/f', offset: 0, length: 10 });
    const names = locations.blocks[0]?.locs.map((loc) => loc.id.hostName);
    expect(names?.indexOf('d4')).toBe(areReadLast ? 3 : 0);
  });

  it('are not tracked without dfs.datanode.peer.stats.enabled', () => {
    const h = new Harness();
    h.addDatanode('d1');
    expect(h.state.datanodeManager.slowNodes).toBeUndefined();
  });
});
