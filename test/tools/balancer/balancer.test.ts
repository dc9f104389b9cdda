// Tests the balancer's decisions: utilization, pairs of DataNodes, choice of blocks, and the report of a round.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DatanodeStorageReportProto, StorageTypeProto } from '../../../protocol/gen/messages.ts';
import { chooseNextMove, chooseProxy, isGoodCandidate, type KnownBlock } from '../../../tools/balancer/block-choice.ts';
import { ExitStatus, processStatus } from '../../../tools/balancer/exit-status.ts';
import { bytesToMove, chooseStorageGroups } from '../../../tools/balancer/matching.ts';
import { MovedBlocks } from '../../../tools/balancer/moved-blocks.ts';
import { type BalancerParameters, DEFAULT_PARAMETERS } from '../../../tools/balancer/parameters.ts';
import { elapsedText, resultLine, timeStamp } from '../../../tools/balancer/report.ts';
import { StorageGroup } from '../../../tools/balancer/storage-group.ts';
import { classify, participants } from '../../../tools/balancer/utilization.ts';

const given = (chosen: Partial<BalancerParameters> = {}): BalancerParameters => ({
  ...DEFAULT_PARAMETERS,
  ...chosen,
});
const LIMITS = { moveMaxBytes: 10 * 2 ** 30, blockSizeBytes: 1 };

function node(name: string, usedPercent: number, more: { rack?: string; capacity?: number; remaining?: number } = {}) {
  const capacity = more.capacity ?? 1000;
  const dfsUsed = (usedPercent * capacity) / 100;
  return {
    datanodeInfo: {
      id: { ipAddr: '10.0.0.1', hostName: name, datanodeUuid: name, xferPort: 9866, infoPort: 1, ipcPort: 2 },
      location: more.rack ?? '/r1',
    },
    storageReports: [
      {
        storageUuid: `DS-${name}`,
        capacity,
        dfsUsed,
        blockPoolUsed: dfsUsed / 2,
        remaining: more.remaining ?? capacity - dfsUsed,
        storage: { storageUuid: `DS-${name}`, storageType: StorageTypeProto.DISK },
      },
    ],
  } as DatanodeStorageReportProto;
}

const names = (groups: readonly StorageGroup[]): string[] => groups.map((group) => group.uuid);

// A cluster is balanced when each DataNode's utilization differs from the cluster's by no more than the threshold
// (Hadoop's administration guide).
describe('utilization', () => {
  test('DataNodes are over-utilized, above average, below average or under-utilized', () => {
    const reports = [node('full', 80), node('above', 55), node('below', 45), node('empty', 20)];
    const cluster = classify(reports, given(), LIMITS);
    expect(names(cluster.overUtilized)).toEqual(['full']);
    expect(names(cluster.aboveAverage)).toEqual(['above']);
    expect(names(cluster.belowAverage)).toEqual(['below']);
    expect(names(cluster.underUtilized)).toEqual(['empty']);
    // The bytes beyond the threshold are 80 - 50 - 10 percent of 1000.
    expect(cluster.bytesLeftToMove).toBe(200);
  });

  test('a balanced cluster has nothing left to move', () => {
    expect(classify([node('a', 59), node('b', 41)], given(), LIMITS).bytesLeftToMove).toBe(0);
    expect(classify([node('a', 59), node('b', 41)], given({ threshold: 8 }), LIMITS).bytesLeftToMove).toBe(10);
    // The policy blockpool counts the bytes of the block pool only: half of all bytes in these reports.
    const pool = classify([node('a', 62), node('b', 38)], given({ policy: 'blockpool' }), LIMITS);
    expect(pool.bytesLeftToMove).toBe(0);
  });

  test('a group moves at most its distance from the average, its room and the limit', () => {
    const reports = [node('full', 80), node('empty', 20, { remaining: 70 })];
    const { overUtilized, underUtilized } = classify(reports, given(), { moveMaxBytes: 200, blockSizeBytes: 70 });
    expect(overUtilized[0]?.moveMaxBytes).toBe(200);
    expect(underUtilized[0]?.moveMaxBytes).toBe(70);
    const tight = classify(reports, given(), { ...LIMITS, blockSizeBytes: 71 });
    expect(tight.underUtilized[0]?.moveMaxBytes).toBe(0);
  });

  test('-source: others above the average give nothing; -sortTopNodes: the fullest first', () => {
    const reports = [node('a', 70), node('b', 90), node('c', 10)];
    expect(names(classify(reports, given({ sources: new Set(['b:9866']) }), LIMITS).overUtilized)).toEqual(['b']);
    expect(names(classify(reports, given({ sortTopNodes: true }), LIMITS).overUtilized)).toEqual(['b', 'a']);
  });

  test('DataNodes that leave, are excluded or not included do not take part', () => {
    const reports = [node('a', 1), node('b', 1), node('c', 1), node('d', 1)];
    reports.forEach((report, i) => {
      report.datanodeInfo.adminState = i as 0;
    });
    const kept = (chosen: Partial<BalancerParameters> = {}) =>
      participants(reports, given(chosen)).map((r) => r.datanodeInfo.id.hostName);
    expect(kept()).toEqual(['a']);
    expect(kept({ excluded: new Set(['a']) })).toEqual([]);
    expect(kept({ included: new Set(['a:9866', 'b']) })).toEqual(['a']);
  });
});

// Rules of Hadoop's Balancer.chooseStorageGroups.
describe('pairs', () => {
  const pairs = (reports: DatanodeStorageReportProto[]) => {
    const sources = chooseStorageGroups(classify(reports, given(), LIMITS));
    return sources.flatMap((source) =>
      source.tasks.map((task) => `${source.uuid}>${task.target.uuid} ${task.leftBytes}`),
    );
  };

  test('over-utilized with under-utilized ones, and the rest with groups on the other side of the average', () => {
    expect(pairs([node('full', 80), node('above', 55), node('below', 45), node('empty', 20)])).toEqual([
      'full>empty 300',
    ]);
    expect(pairs([node('full', 90), node('a', 45), node('b', 45), node('c', 60)])).toEqual([
      'full>a 150',
      'full>b 150',
    ]);
  });

  test('the same rack comes first', () => {
    const reports = [
      node('full', 80, { rack: '/r1' }),
      node('far', 20, { rack: '/r2' }),
      node('near', 20, { rack: '/r1' }),
      node('other', 80, { rack: '/r3' }),
    ];
    expect(pairs(reports)).toEqual(['full>near 300', 'other>far 300']);
  });

  test('no group is planned to give or take more than it may', () => {
    const percents = fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(percents, fc.integer({ min: 1, max: 100 }), (used, threshold) => {
        const reports = used.map((percent, i) => node(`n${i}`, percent, { rack: `/r${i % 3}` }));
        const cluster = classify(reports, given({ threshold }), LIMITS);
        const sources = chooseStorageGroups(cluster);
        const all = [cluster.overUtilized, cluster.aboveAverage, cluster.belowAverage, cluster.underUtilized].flat();
        for (const group of all) expect(group.scheduledBytes).toBeLessThanOrEqual(group.moveMaxBytes);
        const taken = all.filter((group) => !group.isSource).reduce((sum, group) => sum + group.scheduledBytes, 0);
        expect(bytesToMove(sources)).toBe(taken);
        if (cluster.bytesLeftToMove > 0) expect(taken).toBeGreaterThan(0);
      }),
    );
  });
});

// Rules of Hadoop's Dispatcher.isGoodBlockCandidate and PendingMove.chooseProxySource.
describe('blocks', () => {
  const group = (name: string, rack = '/r1', isSource = false) =>
    new StorageGroup(node(name, 50, { rack }).datanodeInfo, StorageTypeProto.DISK, {
      isSource,
      moveMaxBytes: 1000,
      utilization: 50,
    });
  const source = group('source', '/r1', true);
  const known = (id: number, ...locations: StorageGroup[]): KnownBlock => ({
    block: { blockId: id, genStamp: 1, numBytes: 10 },
    locations,
  });
  const none = () => new MovedBlocks(1000, 0);

  test('a block is not moved twice, nor to a DataNode that has it', () => {
    const target = group('target');
    const moved = none();
    expect(isGoodCandidate(known(1, source), source, target, moved)).toBe(true);
    expect(isGoodCandidate(known(1, source, target), source, target, moved)).toBe(false);
    moved.add(1);
    expect(isGoodCandidate(known(1, source), source, target, moved)).toBe(false);
  });

  test('a move never lowers the number of racks', () => {
    const [a, b, c] = [group('a', '/r1'), group('b', '/r2'), group('c', '/r2')];
    expect(isGoodCandidate(known(1, source, b), source, c, none())).toBe(false);
    expect(isGoodCandidate(known(1, source, a, b), source, c, none())).toBe(true);
    expect(isGoodCandidate(known(1, source, a), source, b, none())).toBe(true);
    expect(isGoodCandidate(known(1, source, b), source, a, none())).toBe(true);
  });

  test('the proxy is on the rack of the target where possible, and has not failed just now', () => {
    const [near, far] = [group('near', '/r2'), group('far', '/r1')];
    const target = group('target', '/r2');
    expect(chooseProxy(known(1, far, near), target, () => false)).toBe(near);
    expect(chooseProxy(known(1, far, near), target, (uuid) => uuid === 'near')).toBe(far);
    expect(chooseProxy(known(1, far), target, () => true)).toBe(undefined);
  });

  test('a source gives blocks until its plan is used up, never a block twice', () => {
    const giver = group('giver', '/r1', true);
    const [a, b] = [group('a'), group('b')];
    giver.give(a, 15);
    giver.give(b, 10);
    const blocks = new Set([known(1, giver, a), known(2, giver), known(3, giver), known(4, giver)]);
    const context = { moved: none(), isDelayed: () => false };
    const next = () => {
      const move = chooseNextMove(giver, blocks, context);
      return move && `${move.known.block.blockId}>${move.target.uuid}`;
    };
    expect([next(), next(), next(), next()]).toEqual(['2>a', '3>a', '1>b', undefined]);
    expect(giver.scheduledBytes).toBeLessThanOrEqual(0);
  });

  test('moved blocks are remembered for the window', () => {
    const moved = new MovedBlocks(100, 0);
    moved.add(1);
    moved.cleanUp(100);
    moved.cleanUp(101);
    expect(moved.has(1)).toBe(true);
    moved.cleanUp(202);
    expect(moved.has(1)).toBe(false);
  });
});

// Format of Balancer.Result.print in Hadoop 3.4.2, whose title line lacks the column of blocks.
describe('report', () => {
  const at = new Date(2026, 10, 21, 7, 1, 19).getTime();

  test('a line', () => {
    const result = {
      exitStatus: ExitStatus.IN_PROGRESS,
      bytesAlreadyMoved: 28 * 2 ** 20,
      bytesLeftToMove: 23991419,
      bytesBeingMoved: 28185723,
      blocksMoved: 28,
    };
    expect(resultLine(result, { iteration: 0, nowMs: at, uri: 'hdfs://localhost:35399' })).toBe(
      'Nov 21, 2026, 7:01:19 AM          0                28 MB            22.88 MB           26.88 MB' +
        '                 28  hdfs://localhost:35399',
    );
    expect(timeStamp(new Date(2026, 0, 1, 13, 0, 0).getTime())).toBe('Jan 1, 2026, 1:00:00 PM ');
  });

  test.each([
    [98, '98.0 milliseconds'],
    [4877, '4.877 seconds'],
    [90_000, '1.5 minutes'],
    [7_200_000, '2.0 hours'],
  ])('%d ms: %s', (ms, text) => {
    expect(elapsedText(ms)).toBe(text);
  });

  test('a shell sees the lowest 8 bits of an exit code', () => {
    expect([0, -1, -2, -3, -4, -5, -6].map(processStatus)).toEqual([0, 255, 254, 253, 252, 251, 250]);
  });
});
