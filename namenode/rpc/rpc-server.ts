/** The NameNode's RPC server (Hadoop: NameNodeRpcServer): every protocol that it serves, on one port. */
import type { Configuration } from '../../conf/configuration.ts';
import type { RetryCacheLimits } from '../../protocol/rpc/retry-cache.ts';
import { RpcServer } from '../../protocol/rpc/server.ts';
import { rpcServerLimits } from '../../protocol/rpc/server-limits.ts';
import type { Groups } from '../../runtime/groups.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';
import type { AnsweredCall } from '../store/answered-calls.ts';
import type { NamespaceIdentity } from '../store/name-directory.ts';
import { serveClients } from './client-protocol.ts';
import { ClientContext } from './context/client-context.ts';
import { DatanodeContext } from './datanodes/datanode-context.ts';
import { serveDatanodes } from './datanodes/datanode-protocol.ts';
import { ReportTurns } from './datanodes/report-turns.ts';
import { serveBalancers } from './namenode-protocol.ts';
import { serveUserMappings } from './user-mappings-protocol.ts';

export interface NameNodeRpcOptions {
  readonly conf: Configuration;
  readonly identity: NamespaceIdentity;
  readonly driver: NamesystemDriver;
  readonly groups: Groups;
  /** The user that runs the NameNode: its first superuser. */
  readonly user: string;
  /** Calls that an earlier run has answered: their repeats get the same answers. */
  readonly answeredCalls: readonly AnsweredCall[];
  readonly retryCacheLimits: RetryCacheLimits;
  readonly log: Logger;
  readonly clock: Clock;
}

/** Makes the server; its port is still closed. */
export function nameNodeRpcServer(options: NameNodeRpcOptions): RpcServer {
  const { conf, identity, driver, groups, user, retryCacheLimits, log, clock } = options;
  const limits = rpcServerLimits(conf, 'dfs.namenode.handler.count');
  const server = new RpcServer({
    name: 'NameNode',
    limits,
    retryCacheLimits,
    // Every failure that a handler expects, of a disk or of a name service too, is a HadoopError by then.
    failureOf: (operation, request, thrown) => driver.bugIn(operation, request, thrown),
    log,
    clock,
  });
  for (const { clientId, callId, answer } of options.answeredCalls) {
    server.retryCache.add(clientId, callId, clock.monotonicMs(), answer);
  }
  const clients = new ClientContext({ driver, conf, identity, groups, user, log });
  serveClients(server, clients);
  serveBalancers(server, clients);
  serveUserMappings(server, clients);
  const reportTurns = new ReportTurns(clock, conf.get('dfs.heartbeat.interval'));
  serveDatanodes(server, new DatanodeContext({ driver, identity, log, reportTurns }), clients.checkSuperuser);
  return server;
}
