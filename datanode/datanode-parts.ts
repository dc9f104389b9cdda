/** Builds the parts of a DataNode from the bottom up: each gets the parts below in its constructor. Opens nothing. */
import { type Configuration, currentUser } from '../conf/configuration.ts';
import { namenodeRpcAddress } from '../conf/namenode-address.ts';
import * as ClientDatanode from '../protocol/gen/client-datanode.ts';
import * as InterDatanode from '../protocol/gen/inter-datanode.ts';
import { RpcServer } from '../protocol/rpc/server.ts';
import { rpcServerLimits } from '../protocol/rpc/server-limits.ts';
import { Groups, groupsConfig } from '../runtime/groups.ts';
import type { Logger } from '../runtime/log.ts';
import { settled } from '../runtime/promises.ts';
import type { Clock, Random } from '../runtime/runtime.ts';
import { Superusers } from '../runtime/superusers.ts';
import { CommandProcessor } from './commands.ts';
import { ackFlags } from './context/ack-flags.ts';
import { BlockBalanceThrottler, DataTransferThrottler } from './context/data-transfer-throttler.ts';
import type { DatanodeContext } from './context/datanode-context.ts';
import type { StopSignal } from './context/stop-signal.ts';
import { transferSettings } from './context/transfer-settings.ts';
import { blockEvents } from './link/block-events.ts';
import { NamenodeLink } from './link/namenode-link.ts';
import { NamenodeSession } from './link/namenode-session.ts';
import { Outbox } from './link/outbox.ts';
import { DatanodeMetrics } from './metrics/metrics.ts';
import { DatanodePeerMetrics } from './metrics/peer-metrics.ts';
import type { BlockStore } from './replicas/block-store.ts';
import type { BugTrap } from './replicas/bug-trap.ts';
import { clientDatanodeProtocol } from './rpc/client-datanode-protocol.ts';
import { interDatanodeProtocol } from './rpc/inter-datanode-protocol.ts';
import { Scanners } from './scanners/scanners.ts';
import { XceiverServer } from './transfer/xceiver-server.ts';
import { DatanodeFaults } from './volumes/faults.ts';
import { DatanodeWeb } from './web/web.ts';

/** The things that a DataNode's parts are built from: its configuration, opened volumes, clocks and log. */
export interface Surroundings {
  readonly conf: Configuration;
  readonly store: BlockStore;
  readonly stop: StopSignal;
  readonly bugs: BugTrap;
  /** The host name under which other machines reach this machine. */
  readonly hostName: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface DatanodeParts {
  readonly context: DatanodeContext;
  readonly link: NamenodeLink;
  readonly commands: CommandProcessor;
  readonly scanners: Scanners;
  readonly xceivers: XceiverServer;
  readonly rpc: RpcServer;
  /** The groups of the users that call the IPC port. */
  readonly groups: Groups;
  readonly web: DatanodeWeb;
}

/**
 * Cuts every connection of a DataNode that has met a bug, at once: no client, no DataNode and no NameNode hears of
 * anything that comes after the bug. The stop that follows waits for the ends of the parts.
 */
export function cutConnections({ link, xceivers, rpc, web }: DatanodeParts): void {
  void settled(link.stop());
  void settled(xceivers.close());
  void settled(rpc.close());
  web.abort();
}

/** Builds all parts of a DataNode. The caller opens their ports and starts them. */
export function makeParts(surroundings: Surroundings): DatanodeParts {
  const { conf, bugs, hostName, clock, log } = surroundings;
  const startedMs = clock.now();
  const outbox = new Outbox();
  const metrics = new DatanodeMetrics();
  const peerMetrics = DatanodePeerMetrics.from(conf, clock);
  const session = makeSession(surroundings, outbox, { metrics, peerMetrics });
  const base = { ...surroundings, metrics, peerMetrics, events: blockEvents(surroundings, outbox) };
  const scanners = new Scanners(conf, base);
  const context = makeContext(base, session, scanners);
  for (const volume of surroundings.store.volumes) volume.onTrouble = () => outbox.heartbeatSoon();
  const commands = new CommandProcessor(context, session, outbox);
  const link = makeLink(context, surroundings, { session, outbox, commands });
  const xceivers = new XceiverServer(context, conf.get('dfs.datanode.max.transfer.threads'));
  const web = new DatanodeWeb({ conf, context, session, hostName, xceivers, startedMs });
  const rpc = new RpcServer({
    name: 'DataNode',
    limits: rpcServerLimits(conf, 'dfs.datanode.handler.count'),
    failureOf: (operation, request, thrown) => bugs.ofCall(operation, request, thrown),
    log,
    clock,
  });
  const groups = new Groups({ config: groupsConfig(conf), clock, log });
  const superusers = new Superusers({ user: currentUser(), conf, groups });
  rpc.addProtocol(ClientDatanode, clientDatanodeProtocol({ context, conf, link, superusers, startedMs }));
  rpc.addProtocol(InterDatanode, interDatanodeProtocol(context));
  return { context, link, commands, scanners, xceivers, rpc, groups, web };
}

function makeSession(
  { conf, store, bugs, clock, random, log }: Surroundings,
  { pending }: Outbox,
  counters: Pick<DatanodeContext, 'metrics' | 'peerMetrics'>,
): NamenodeSession {
  return new NamenodeSession({
    ...namenodeRpcAddress(conf),
    ...counters,
    user: currentUser(),
    blockReportSplitThreshold: conf.get('dfs.blockreport.split.threshold'),
    store,
    bugs,
    pending,
    clock,
    random,
    log,
  });
}

function makeContext(
  base: Surroundings & Pick<DatanodeContext, 'metrics' | 'peerMetrics' | 'events'>,
  session: NamenodeSession,
  scanners: Scanners,
): DatanodeContext {
  const { conf, store, stop, bugs, clock, log, metrics, peerMetrics, events } = base;
  const faults = conf.get('calf.fault.injection.enabled') ? new DatanodeFaults() : undefined;
  for (const volume of store.volumes) volume.faults = faults;
  const balanceBandwidth = conf.get('dfs.datanode.balance.bandwidthPerSec');
  const movesMax = conf.get('dfs.datanode.balance.max.concurrent.moves');
  return {
    store,
    events,
    settings: transferSettings(conf),
    metrics,
    peerMetrics,
    log,
    clock,
    balanceThrottler: new BlockBalanceThrottler(balanceBandwidth, movesMax, clock),
    transferThrottler: new DataTransferThrottler(conf.get('dfs.datanode.data.transfer.bandwidthPerSec'), clock),
    flagOf: ackFlags(conf, clock, () => session.isSlowNode),
    scanner: scanners.block,
    faults,
    stop,
    bugs,
    self: () => session.self,
  };
}

function makeLink(
  { store, metrics, faults, bugs }: DatanodeContext,
  { conf, clock, random, log }: Surroundings,
  parts: { readonly session: NamenodeSession; readonly outbox: Outbox; readonly commands: CommandProcessor },
): NamenodeLink {
  const { session, outbox, commands } = parts;
  return new NamenodeLink({
    session,
    outbox,
    store,
    metrics,
    onCommand: (command) => commands.take(command),
    heartbeatIntervalMs: conf.get('dfs.heartbeat.interval'),
    blockReportIntervalMs: conf.get('dfs.blockreport.intervalMsec'),
    blockReportInitialDelayMs: conf.get('dfs.blockreport.initialDelay'),
    incrementalIntervalMs: conf.get('dfs.blockreport.incremental.intervalMsec'),
    faults,
    bugs,
    clock,
    random,
    log,
  });
}
