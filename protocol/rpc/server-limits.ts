/** The limits of an RPC server and their properties (Hadoop: org.apache.hadoop.ipc.Server and its ConnectionManager). */
import type { Configuration } from '../../conf/configuration.ts';

/** Limits of an RPC server, each with the property that sets it. */
export interface RpcServerLimits {
  /** ipc.maximum.data.length: a longer frame ends its connection. */
  readonly maxDataLengthBytes: number;
  /** ipc.server.max.connections: further connections are closed at once. 0: no limit. */
  readonly connectionsMax: number;
  /** Twice ipc.client.connection.maxidletime: a connection that has had no calls for longer may be closed. */
  readonly idleMsMax: number;
  /** ipc.client.idlethreshold: a server with fewer connections closes no idle ones. */
  readonly idleThreshold: number;
  /** ipc.client.kill.max: most idle connections that one scan closes. */
  readonly idleClosedMax: number;
  /** ipc.client.connection.idle-scan-interval.ms: pause between two scans. */
  readonly idleScanIntervalMs: number;
  /** Most calls in progress on all connections together: the queue size of all handlers. */
  readonly callsMax: number;
  /** ipc.backoff.enable: calls over callsMax are refused; otherwise their connections wait. */
  readonly backoff: boolean;
  /** ipc.callqueue.overflow.trigger.failover: the refusal tells the client to try another NameNode. */
  readonly overflowFailover: boolean;
  /** ipc.server.max.response.size: longer answers are logged. */
  readonly responseBytesMax: number;
}

type HandlerCountKey = 'dfs.namenode.handler.count' | 'dfs.datanode.handler.count';

/** Returns the configured limits. By Hadoop's defaults the queue has room for 100 calls for each handler. */
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
