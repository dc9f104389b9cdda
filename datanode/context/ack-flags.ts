/** The flags that a DataNode adds to its status in each ack. */
import os from 'node:os';
import type { Configuration } from '../../conf/configuration.ts';
import type { Status } from '../../protocol/gen/messages.ts';
import type { Clock } from '../../runtime/runtime.ts';
import { ackFlag, CongestionSignal, Ecn, Slow } from './congestion.ts';

/**
 * Returns a status with its flags: this machine's load with dfs.pipeline.ecn, and with dfs.pipeline.slownode whether the
 * NameNode has found this node slow.
 */
export function ackFlags(conf: Configuration, clock: Clock, isSlowNode: () => boolean): (status: Status) => number {
  const ecn = congestion(conf, clock);
  if (!conf.get('dfs.pipeline.slownode')) return (status) => ackFlag(status, ecn(), Slow.DISABLED);
  return (status) => ackFlag(status, ecn(), isSlowNode() ? Slow.SLOW : Slow.NORMAL);
}

function congestion(conf: Configuration, clock: Clock): () => Ecn {
  if (!conf.get('dfs.pipeline.ecn')) return () => Ecn.DISABLED;
  const options = { processors: os.availableParallelism(), ratio: conf.get('dfs.pipeline.congestion.ratio'), clock };
  const signal = new CongestionSignal(() => os.loadavg()[0] ?? 0, options);
  return () => signal.ecn;
}
