import type { Configuration } from '../../conf/configuration.ts';

/** What an RPC server bears (Hadoop: org.apache.hadoop.ipc.Server and its ConnectionManager). */
export interface RpcServerLimits {
  /** ipc.maximum.data.length; frames over it end their connection. */
  readonly maxDataLengthBytes: number;
  /** ipc.server.max.connections; further ones are closed at once. 0: no limit. */
  readonly connectionsMax: number;
  /** A connection without calls for so long may be closed: twice ipc.client.connection.maxidletime. */
  readonly idleMsMax: number;
  /** ipc.client.idlethreshold: with fewer connections idle ones may stay. */
  readonly idleThreshold: number;
  /** ipc.client.kill.max: so many idle ones are closed in one scan. */
  readonly idleClosedMax: number;
  /** ipc.client.connection.idle-scan-interval.ms */
  readonly idleScanIntervalMs: number;
  /** Calls in progress, of all connections: the handlers' queue size. */
  readonly callsMax: number;
  /** ipc.backoff.enable: calls over it are refused; else their connections wait. */
  readonly backoff: boolean;
  /** ipc.callqueue.overflow.trigger.failover: refused calls are told to try another NameNode. */
  readonly overflowFailover: boolean;
  /** ipc.server.max.response.size: longer answers are logged. */
  readonly responseBytesMax: number;
}

type HandlerCountKey = 'dfs.namenode.handler.count' | 'dfs.datanode.handler.count';

/** The limits as configured; by Hadoop's defaults a call queue has room for 100 calls a handler. */
export function rpcServerLimits(conf: Configuration, handlerCount: HandlerCountKey): RpcServerLimits {
  return {
    maxDataLengthBytes: conf.get('ipc.maximum.data.length'),
    connectionsMax: conf.get('ipc.server.max.connections'),
    idleMsMax: 2 * conf.get('ipc.client.connection.maxidletime'),
    idleThreshold: conf.get('ipc.client.idlethreshold'),
    idleClosedMax: conf.get('ipc.client.kill.max'),
    idleScanIntervalMs: conf.get('ipc.client.connection.idle-scan-interval.ms'),
    callsMax: conf.get(handlerCount) * conf.get('ipc.server.handler.queue.size'),
    backoff: conf.get('ipc.backoff.enable'),
    overflowFailover: conf.get('ipc.callqueue.overflow.trigger.failover'),
    responseBytesMax: conf.get('ipc.server.max.response.size'),
  };
}
