// Tests that the cluster detects a slow DataNode and avoids it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { report } from '../../cli/dfsadmin/report.ts';
import type { DataNode } from '../../datanode/datanode.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import { extendedBlock, someBytes } from '../datanode/support/blocks.ts';
import { infoOf } from '../datanode/support/datanodes.ts';
import { writeWhole } from '../datanode/support/writer.ts';
import { until } from '../support/until.ts';
import { Cluster } from './cluster.ts';
import { untilRoomOn } from './support.ts';

const WINDOW_MS = 300_000;
const LOW_THRESHOLD_MS = 25;
/** Slowness bits of an ack's flag (SLOW.NORMAL and SLOW.SLOW of Hadoop's PipelineAck). */
const SLOWNESS = { bits: 0x180, normal: 0x080, slow: 0x100 };
/** Packet length: a few such packets fill the sockets' buffers, and only then is a slow DataNode noticed. */
const PACKET_BYTES = 1 << 20;

/** The clock of the DataNodes, which a test can set forward by a window of five minutes. */
class JumpingClock implements Clock {
  #aheadMs = 0;
  now = (): number => systemClock.now() + this.#aheadMs;
  monotonicMs = (): number => systemClock.monotonicMs() + this.#aheadMs;
  jump(ms: number): void {
    this.#aheadMs += ms;
  }
}

/** Returns a bean of a daemon's /jmx. */
async function bean(daemon: { httpAddress: { host: string; port: number } }, name: string) {
  const { host, port } = daemon.httpAddress;
  const answer = await fetch(`http://${host}:${port}/jmx`);
  const { beans } = (await answer.json()) as { beans: Record<string, unknown>[] };
  return beans.find((found) => String(found.name).endsWith(`name=${name}`)) ?? {};
}

/*
 * Each test is one step of a DataNode that becomes slow. Hadoop's rules are those of dfs.datanode.peer.stats.enabled:
 * BlockReceiver.trackSendPacketToLastNodeInPipeline, SlowPeerReports, SlowPeerTracker, DFSAdmin -report -slownodes.
 */
describe('a slow DataNode', () => {
  const clock = new JumpingClock();
  let cluster: Cluster;
  let first: DataNode;
  let slow: DataNode;
  let hdfs: ReturnType<Cluster['client']>;
  let openFile: Awaited<ReturnType<typeof hdfs.create>>;
  let blockId = 2_000_000_000;

  const slowAddress = () => `${slow.httpAddress.host}:${slow.httpAddress.port}`;

  /** Writes a block that belongs to no file. @returns the flag of its last ack */
  async function writeBlock(to: DataNode, targets: readonly DataNode[], bytes: number): Promise<number> {
    const { blockPoolId: poolId } = cluster.namenode.identity;
    const block = { ...extendedBlock(blockId++), poolId };
    const acks = await writeWhole(infoOf(to), someBytes(bytes), { block, targets: targets.map(infoOf) }, PACKET_BYTES);
    return acks.at(-1)?.flag[0] ?? 0;
  }

  async function hostsOf(path: string): Promise<string[]> {
    const [location] = await hdfs.getFileBlockLocations(path);
    return [...(location?.names ?? [])].sort();
  }

  const nameOf = ({ xferAddress: { host, port } }: DataNode): string => `${host}:${port}`;

  beforeAll(async () => {
    const settings = {
      'dfs.datanode.peer.stats.enabled': 'true',
      'dfs.datanode.peer.metrics.min.outlier.detection.samples': '10',
      'dfs.datanode.min.outlier.detection.nodes': '3',
      // Above what a packet may take to a healthy DataNode on a busy machine, and far below the fault.
      'dfs.datanode.slowpeer.low.threshold.ms': String(LOW_THRESHOLD_MS),
      'dfs.datanode.outliers.report.interval': '5m',
      'dfs.namenode.slowpeer.collect.interval': '10ms',
      'dfs.namenode.block-placement-policy.exclude-slow-nodes.enabled': 'true',
      'dfs.pipeline.slownode': 'true',
      'dfs.heartbeat.interval': '100ms',
      'calf.fault.injection.enabled': 'true',
    };
    cluster = await Cluster.start(4, settings, clock);
    hdfs = cluster.client();
    const [a, , , d] = cluster.datanodes;
    if (!a || !d) throw new Error('too few DataNodes');
    first = a;
    slow = d;
  });
  afterAll(() => cluster.stop());

  test('is not marked as slow at first', async () => {
    await untilRoomOn(hdfs, 4);
    openFile = await hdfs.create('/open', { replication: 4 });
    await openFile.write(someBytes(100));
    await openFile.hflush();
    expect(await hostsOf('/open')).toEqual(cluster.datanodes.map(nameOf).sort());
    expect((await writeBlock(slow, [], 10)) & SLOWNESS.bits).toBe(SLOWNESS.normal);
    expect(await report(hdfs.client, new Set(['slownodes']))).toContain('Slow datanodes (0):');
    expect(await bean(cluster.namenode, 'NameNodeStatus')).toMatchObject({ SlowPeersReport: '[]' });
  });

  test('shows when others send it packets, as the last of a pipeline', async () => {
    slow.faults?.slow(100);
    const targets = cluster.datanodes.slice(1);
    const averages = async () => {
      const { SendPacketDownstreamAvgInfo: text } = await bean(first, 'DataNodeInfo');
      return JSON.parse(String(text)) as Record<string, number>;
    };
    const slowName = `[${slowAddress()}]RollingAvgTime`;
    await until(async () => {
      for (const target of targets) await writeBlock(first, [target], 16 * PACKET_BYTES);
      clock.jump(WINDOW_MS);
      const { [slowName]: average = 0, ...others } = await averages();
      return average > Math.max(LOW_THRESHOLD_MS, ...Object.values(others).map((other) => 3 * other));
    }, 'packets that had to wait');
    slow.faults?.unslow();
    expect(Object.keys(await averages())).toHaveLength(3);
  });

  test('is reported to the NameNode, whose report and /jmx show it', async () => {
    await until(
      async () => (await report(hdfs.client, new Set(['slownodes']))).includes('Slow datanodes (1):'),
      'a report',
    );
    // The text in brackets is this machine's name for the address.
    const lines = await report(hdfs.client, new Set(['slownodes']));
    expect(lines).toContainEqual(expect.stringMatching(`^Name: ${nameOf(slow)} \\(\\S+\\)$`));
    const { SlowPeersReport: text } = await bean(cluster.namenode, 'NameNodeStatus');
    const ReportingNode = `${first.ipcAddress.host}:${first.ipcAddress.port}`;
    const reports = JSON.parse(String(text)) as { SlowPeerLatencyWithReportingNodes: Record<string, number>[] }[];
    const { MedianLatency: median = 0, MadLatency: mad = 0 } = reports[0]?.SlowPeerLatencyWithReportingNodes[0] ?? {};
    expect(reports).toEqual([
      {
        SlowNode: slowAddress(),
        SlowPeerLatencyWithReportingNodes: [
          {
            ReportingNode,
            ReportedLatency: expect.any(Number),
            MedianLatency: expect.any(Number),
            MadLatency: expect.any(Number),
            UpperLimitLatency: Math.max(LOW_THRESHOLD_MS, 3 * median, median + 3 * mad),
          },
        ],
      },
    ]);
  });

  test('learns from its heartbeats that it is slow, and tells writers in its acks', async () => {
    const isTold = async () => {
      const { BPServiceActorInfo: text } = await bean(slow, 'DataNodeInfo');
      return (JSON.parse(String(text)) as { isSlownode: string }[])[0]?.isSlownode === 'true';
    };
    await until(isTold, 'a heartbeat’s answer');
    expect((await writeBlock(slow, [], 10)) & SLOWNESS.bits).toBe(SLOWNESS.slow);
    expect((await writeBlock(first, [], 10)) & SLOWNESS.bits).toBe(SLOWNESS.normal);
  });

  // dfs.client.mark.slownode.as.badnode.threshold is 10 acks in a row.
  test('leaves the pipelines that it is in', async () => {
    const others = cluster.datanodes.filter((datanode) => datanode !== slow).map(nameOf);
    for (let i = 0; i < 12; i++) {
      await openFile.write(someBytes(100));
      await openFile.hflush();
    }
    expect(await hostsOf('/open')).toEqual(others.sort());
    await openFile.close();
  });

  test('gets no new replicas', async () => {
    const out = await hdfs.create('/new', { replication: 4 });
    await out.write(someBytes(100));
    await out.close();
    expect(await hostsOf('/new')).toEqual(
      cluster.datanodes
        .filter((datanode) => datanode !== slow)
        .map(nameOf)
        .sort(),
    );
  });
});
