// Slow peers: averages, outliers and the timer of sends (Hadoop: DataNodePeerMetrics, OutlierDetector).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { findOutliers, median, medianAbsoluteDeviation } from '../../../datanode/metrics/outlier-detector.ts';
import { DatanodePeerMetrics } from '../../../datanode/metrics/peer-metrics.ts';
import { RollingAverages } from '../../../datanode/metrics/rolling-averages.ts';
import { SendTimer } from '../../../datanode/metrics/send-timer.ts';
import type { DatanodeInfoProto } from '../../../protocol/gen/messages.ts';

const MINUTE_MS = 60_000;
const WINDOW_MS = 5 * MINUTE_MS;

/** A clock that moves only when a test moves it. */
class TestClock {
  nowMs = 0;
  now = (): number => this.nowMs;
  monotonicMs = (): number => this.nowMs;
}

// Hadoop: MutableRollingAverages has 36 windows of 5 minutes. A window counts from its close on, for three hours.
describe('rolling averages', () => {
  test('the average of a name is that of its closed windows, by samples', () => {
    const averages = new RollingAverages();
    averages.add('a', 10, 1, 0);
    averages.add('a', 20, 2, WINDOW_MS - 1);
    averages.add('b', 8, 2, WINDOW_MS - 1);
    expect(averages.stats(0, WINDOW_MS - 1)).toEqual(new Map());
    expect(averages.stats(0, WINDOW_MS)).toEqual(
      new Map([
        ['a', 10],
        ['b', 4],
      ]),
    );
    averages.add('a', 70, 1, WINDOW_MS);
    expect(averages.stats(0, 2 * WINDOW_MS).get('a')).toBe(25);
  });

  test('a name needs more samples than the least number', () => {
    const averages = new RollingAverages();
    averages.add('a', 1000, 1000, 0);
    averages.add('b', 1001, 1001, 0);
    expect([...averages.stats(1000, WINDOW_MS).keys()]).toEqual(['b']);
  });

  test('a window counts for three hours after it was closed', () => {
    const averages = new RollingAverages();
    averages.add('a', 10, 1, 0);
    expect(averages.stats(0, WINDOW_MS + 180 * MINUTE_MS - 1).get('a')).toBe(10);
    expect(averages.stats(0, WINDOW_MS + 180 * MINUTE_MS)).toEqual(new Map());
  });

  test('at any time: the samples of the windows that were closed in the last three hours', () => {
    const sample = fc.record({
      afterMs: fc.nat(20 * MINUTE_MS),
      name: fc.constantFrom('a', 'b'),
      sum: fc.nat(1000),
      count: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 60 }), fc.nat(240 * MINUTE_MS), (samples, laterMs) => {
        const averages = new RollingAverages();
        const taken: { name: string; sum: number; count: number; atMs: number }[] = [];
        let nowMs = 0;
        for (const { afterMs, ...facts } of samples) {
          nowMs += taken.length === 0 ? 0 : afterMs;
          averages.add(facts.name, facts.sum, facts.count, nowMs);
          taken.push({ ...facts, atMs: nowMs });
        }
        nowMs += laterMs;
        const expected = new Map<string, number>();
        for (const name of ['a', 'b']) {
          const counting = taken.filter((s) => {
            const closedMs = (Math.floor(s.atMs / WINDOW_MS) + 1) * WINDOW_MS;
            return s.name === name && closedMs <= nowMs && nowMs - closedMs < 180 * MINUTE_MS;
          });
          const total = (key: 'sum' | 'count') => counting.reduce((all, s) => all + s[key], 0);
          if (total('count') > 3) expected.set(name, total('sum') / total('count'));
        }
        expect(averages.stats(3, nowMs)).toEqual(expected);
      }),
    );
  });
});

// Hadoop: OutlierDetector. An outlier is above three limits: the low threshold, 3 times the median, and the median plus
// 3 * 1.4826 median absolute deviations.
describe('outliers', () => {
  const LIMITS = { nodesMin: 3, lowThresholdMs: 5 };
  const named = (...ms: number[]) => new Map(ms.map((value, i) => [`n${i + 1}`, value]));
  const outliersOf = (...ms: number[]) => [...findOutliers(named(...ms), LIMITS).keys()];

  test('median and median absolute deviation', () => {
    expect(median([7])).toBe(7);
    expect(median([30, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(medianAbsoluteDeviation([7])).toBe(0);
    // The median is 10. The deviations from it are 9, 6, 0, 2 and 40.
    expect(medianAbsoluteDeviation([1, 4, 10, 12, 50])).toBeCloseTo(6 * 1.4826, 10);
    // The median is 2.5. The deviations from it are 1.5, 0.5, 0.5 and 1.5.
    expect(medianAbsoluteDeviation([1, 2, 3, 4])).toBeCloseTo(1.4826, 10);
  });

  test.each([
    { rule: 'too few nodes', ms: [1, 100], slow: [] },
    { rule: 'not above the low threshold', ms: [0.1, 0.1, 0.1, 5], slow: [] },
    { rule: 'above the low threshold', ms: [0.1, 0.1, 0.1, 5.1], slow: ['n4'] },
    { rule: 'not above three times the median', ms: [10, 10, 10, 30], slow: [] },
    { rule: 'above three times the median', ms: [10, 10, 10, 30.1], slow: ['n4'] },
    // The median is 10, the deviations are 9, 9, 0, 9 and 31, so the limit is 10 + 3 * 1.4826 * 9 = 50.03.
    { rule: 'not above the deviation', ms: [1, 1, 10, 19, 41], slow: [] },
    { rule: 'above the deviation', ms: [1, 1, 10, 19, 50.1], slow: ['n5'] },
    { rule: 'fast ones are no outliers', ms: [0, 100, 100, 100], slow: [] },
    { rule: 'several', ms: [2, 2, 2, 2, 2, 40, 2, 50], slow: ['n6', 'n8'] },
  ])('$rule: $ms', ({ ms, slow }) => {
    expect(outliersOf(...ms)).toEqual(slow);
  });

  test('tell what they were measured by', () => {
    expect(findOutliers(named(1, 1, 10, 19, 60), LIMITS).get('n5')).toEqual({
      actualLatencyMs: 60,
      medianMs: 10,
      madMs: 9 * 1.4826,
      upperLimitMs: 10 + 3 * (9 * 1.4826),
    });
  });

  test('never half of the nodes or more, whatever they take', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 3, maxLength: 40 }), (ms) => {
        const slow = findOutliers(named(...ms), LIMITS);
        expect(slow.size).toBeLessThan(ms.length / 2);
        const fastest = Math.max(...ms.filter((_, i) => !slow.has(`n${i + 1}`)));
        for (const { actualLatencyMs } of slow.values()) expect(actualLatencyMs).toBeGreaterThan(fastest);
      }),
    );
  });
});

// Hadoop: BlockReceiver.receivePacket measures mirrorPacketTo() and flush(), which block until the system has all.
describe('the time that a send takes', () => {
  /** A connection whose bytes the system takes only when the test says so. */
  class TestConnection {
    destroyed = false;
    unsentBytes = 0;
    readonly sent: (() => void)[] = [];
    sendRaw(buffers: readonly Uint8Array[], onSent?: () => void): Promise<void> {
      this.unsentBytes += buffers.reduce((bytes, b) => bytes + b.length, 0);
      this.sent.push(() => onSent?.());
      return Promise.resolve();
    }
  }

  function bench() {
    const clock = new TestClock();
    const taken: [tookMs: number, packets: number][] = [];
    const timer = new SendTimer(clock, (tookMs, packets) => taken.push([tookMs, packets]));
    const connection = new TestConnection();
    let released = 0;
    const send = (packets: number) => timer.sendRaw(connection, [new Uint8Array(10)], packets, () => released++);
    const complete = (atMs: number) => {
      clock.nowMs = atMs;
      connection.sent.shift()?.();
    };
    return { clock, taken, connection, send, complete, releasedCount: () => released };
  }

  test('ends when the system has taken all', async () => {
    const { clock, taken, send, complete, releasedCount } = bench();
    clock.nowMs = 100;
    await send(3);
    complete(130);
    expect(taken).toEqual([[30, 3]]);
    expect(releasedCount()).toBe(1);
  });

  test('counts no time twice: what waits behind another piece begins when that is taken', async () => {
    const { clock, taken, send, complete } = bench();
    await send(1);
    clock.nowMs = 10;
    await send(2);
    complete(25);
    complete(40);
    expect(taken).toEqual([
      [25, 1],
      [15, 2],
    ]);
  });

  test('is known at once of what is taken at once, however late its callback comes', async () => {
    const { clock, taken, connection, send, complete } = bench();
    connection.sendRaw = (_, onSent) => {
      clock.nowMs += 2;
      connection.sent.push(() => onSent?.());
      return Promise.resolve();
    };
    await send(1);
    complete(50);
    expect(taken).toEqual([[2, 1]]);
  });

  test('is none when the connection breaks', async () => {
    const { taken, connection, send, complete, releasedCount } = bench();
    await send(1);
    connection.destroyed = true;
    complete(1000);
    expect(taken).toEqual([]);
    expect(releasedCount()).toBe(1);
  });
});

const nodeAt = (ipAddr: string, infoPort: number, infoSecurePort = 0): DatanodeInfoProto => ({
  id: { ipAddr, hostName: ipAddr, datanodeUuid: ipAddr, xferPort: 1, infoPort, ipcPort: 2, infoSecurePort },
});

describe('peer metrics', () => {
  const ENABLED = { 'dfs.datanode.peer.stats.enabled': 'true' };
  const metricsWith = (clock: TestClock, properties: Record<string, string> = {}): DatanodePeerMetrics => {
    const metrics = DatanodePeerMetrics.from(new Configuration({ ...ENABLED, ...properties }), clock);
    if (!metrics) throw new Error('peer metrics are off');
    return metrics;
  };

  test('there are none by default, as in Hadoop', () => {
    expect(DatanodePeerMetrics.from(new Configuration(), new TestClock())).toBeUndefined();
  });

  // Hadoop: BlockReceiver.initPerfMonitoring.
  test('only the last node of a pipeline is measured', () => {
    const metrics = metricsWith(new TestClock());
    expect(metrics.timerFor([])).toBeUndefined();
    expect(metrics.timerFor([nodeAt('10.0.0.1', 9864), nodeAt('10.0.0.2', 9864)])).toBeUndefined();
    expect(metrics.timerFor([nodeAt('10.0.0.1', 9864)])).toBeInstanceOf(SendTimer);
  });

  // Hadoop's defaults: a node counts after more than 1000 packets, a report needs 10 nodes, a slow node takes more than
  // 5 ms, and a report is due every 30 minutes.
  test('a report names the slow ones of ten by the address of their web pages', () => {
    const clock = new TestClock();
    const metrics = metricsWith(clock);
    for (let i = 0; i < 10; i++) metrics.addSends(`10.0.0.${i}:9864`, i === 3 ? 20_020 : 1001, 1001);
    metrics.addSends('10.0.0.99:9864', 1_000_000, 1000);
    expect(metrics.dueReport()).toEqual([]);
    metrics.reported();
    clock.nowMs = 29 * MINUTE_MS;
    expect(metrics.dueReport()).toBeUndefined();
    clock.nowMs = 30 * MINUTE_MS;
    const report = { dataNodeId: '10.0.0.3:9864', aggregateLatency: 20, median: 1, mad: 0, upperLimitLatency: 5 };
    expect(metrics.dueReport()).toEqual([report]);
    // A report that did not reach the NameNode is still due.
    expect(metrics.dueReport()).toEqual([report]);
  });

  test('names a node by the address of its secure pages, when it has them', async () => {
    const clock = new TestClock();
    const metrics = metricsWith(clock);
    const sendOne = (target: DatanodeInfoProto) => {
      const connection = { destroyed: false, unsentBytes: 0, sendRaw: () => Promise.resolve() };
      return metrics.timerFor([target])?.sendRaw(connection, [], 1, () => undefined);
    };
    await sendOne(nodeAt('10.0.0.1', 9864));
    await sendOne(nodeAt('10.0.0.2', 9864, 9865));
    clock.nowMs = WINDOW_MS;
    // Hadoop: DataNodeMXBean.getSendPacketDownstreamAvgInfo.
    expect(JSON.parse(metrics.averagesText())).toEqual({
      '[10.0.0.1:9864]RollingAvgTime': 0,
      '[10.0.0.2:9865]RollingAvgTime': 0,
    });
  });
});
