import os from 'node:os';
import { type Configuration, currentUser, parseAddress } from '../conf/configuration.ts';
import { namenodeRpcAddress } from '../conf/namenode-address.ts';
import { checkDaemonConfiguration } from '../conf/unsupported/check-daemon.ts';
import { RpcServer } from '../protocol/rpc/server.ts';
import { rpcServerLimits } from '../protocol/rpc/server-limits.ts';
import { createLogger, type Logger } from '../runtime/log.ts';
import { deferred, nothing } from '../runtime/promises.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../runtime/runtime.ts';
import { addDatanodeProtocols } from './client-datanode-service.ts';
import { CommandProcessor } from './commands.ts';
import type { DatanodeContext } from './context/datanode-context.ts';
import type { FatalLinkError } from './context/fatal-link-error.ts';
import { ackFlags, blockEvents, makeScanners, type Scanners, throttlers, transferSettings } from './datanode-wiring.ts';
import { NamenodeLink } from './link/namenode-link.ts';
import type { DatanodeAddresses } from './link/namenode-messages.ts';
import { DatanodeMetrics } from './metrics/metrics.ts';
import { DatanodePeerMetrics } from './metrics/peer-metrics.ts';
import { BlockStore } from './replicas/block-store.ts';
import { XceiverServer } from './transfer/xceiver-server.ts';
import { DatanodeFaults } from './volumes/faults.ts';
import { parseStorageLocation } from './volumes/storage-location.ts';
import { DatanodeWeb } from './web/web.ts';

export interface DataNodeOptions {
  readonly conf: Configuration;
  readonly log?: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One DataNode: its volumes, its three ports and its link to the NameNode. */
export class DataNode {
  readonly xferAddress: Address;
  readonly ipcAddress: Address;
  readonly httpAddress: Address;
  readonly datanodeUuid: string;
  /** Resolves when the DataNode has stopped, for whatever reason; with the reason when it was not asked to. */
  readonly stopped: Promise<Error | undefined>;
  readonly #stopped = deferred<Error | undefined>();
  readonly #parts: Parts;
  #stopping: Promise<void> | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.xferAddress = parts.xferAddress;
    this.ipcAddress = parts.ipcAddress;
    this.httpAddress = parts.httpAddress;
    this.datanodeUuid = parts.context.store.datanodeUuid;
    this.stopped = this.#stopped.promise;
  }

  /**
   * Opens the volumes and the ports, and registers. A NameNode that can't be reached is waited for in the background; one
   * that refuses this DataNode, or whose cluster is not that of the volumes, fails the start.
   *
   * @throws the reason, with everything closed again
   */
  static async start(options: DataNodeOptions): Promise<DataNode> {
    const parts = await openParts(options);
    const datanode = new DataNode(parts);
    parts.onShutDown = (forRestart) => void datanode.#stop(undefined, forRestart);
    try {
      await parts.link.start((error: FatalLinkError) => {
        parts.context.log.fatal(`Block pool service ends: ${error.message}`);
        void datanode.#stop(error);
      });
      parts.scanners.block.start();
      parts.scanners.directory.start();
      return datanode;
    } catch (e) {
      await datanode.stop();
      throw e;
    }
  }

  /** Whether the NameNode knows this DataNode. */
  get isRegistered(): boolean {
    return this.#parts.link.isRegistered;
  }

  /** What it can be made to suffer; undefined without calf.fault.injection.enabled. */
  get faults(): DatanodeFaults | undefined {
    return this.#parts.context.faults;
  }

  /** Ends every connection, timer and lock. Replicas being written stay on disk as they are. */
  stop(): Promise<void> {
    return this.#stop(undefined);
  }

  #stop(reason: Error | undefined, forRestart = false): Promise<void> {
    this.#stopping ??= closeParts(this.#parts, forRestart).finally(() => this.#stopped.resolve(reason));
    return this.#stopping;
  }
}

interface Parts {
  readonly context: DatanodeContext;
  readonly xceivers: XceiverServer;
  readonly rpc: RpcServer;
  readonly web: DatanodeWeb;
  readonly link: NamenodeLink;
  readonly commands: CommandProcessor;
  readonly scanners: Scanners;
  readonly xferAddress: Address;
  readonly ipcAddress: Address;
  readonly httpAddress: Address;
  /** @param forRestart writers are told to wait */
  onShutDown: (forRestart: boolean) => void;
}

async function closeParts(parts: Parts, forRestart: boolean): Promise<void> {
  parts.context.faults?.clear();
  if (forRestart) await parts.xceivers.leaveForRestart();
  parts.context.balanceThrottler.close();
  parts.context.transferThrottler.close();
  await Promise.all([parts.link.stop(), parts.xceivers.close(), parts.rpc.close(), parts.web.close()]);
  await Promise.all([parts.commands.idle(), parts.scanners.block.stop(), parts.scanners.directory.stop()]);
  await parts.context.store.close();
}

async function openParts(options: DataNodeOptions): Promise<Parts> {
  const { conf, clock = systemClock, random = systemRandom } = options;
  const log = options.log ?? createLogger('datanode');
  checkDaemonConfiguration(conf, 'datanode', (line) => log.warn(line));
  const startedMs = clock.now();
  const locations = conf.get('dfs.datanode.data.dir').map(parseStorageLocation);
  const store = await BlockStore.open({
    locations,
    reservedBytes: conf.get('dfs.datanode.du.reserved'),
    failedVolumesTolerated: conf.get('dfs.datanode.failed.volumes.tolerated'),
    writerStopTimeoutMs: conf.get('dfs.datanode.xceiver.stop.timeout.millis'),
    clock,
    random,
    log,
  });
  const closers: (() => Promise<void>)[] = [() => store.close()];
  try {
    const metrics = new DatanodeMetrics();
    const peerMetrics = DatanodePeerMetrics.from(conf, clock);
    const faults = conf.get('calf.fault.injection.enabled') ? new DatanodeFaults() : undefined;
    for (const volume of store.volumes) volume.faults = faults;
    const wired: { link?: NamenodeLink; addresses?: DatanodeAddresses } = {};
    const addresses = (): DatanodeAddresses => required(wired.addresses);
    const link = (): NamenodeLink => required(wired.link);
    const context: DatanodeContext = {
      store,
      metrics,
      peerMetrics,
      log,
      clock,
      faults,
      ...throttlers(conf, clock),
      flagOf: ackFlags(conf, clock, link),
      scanner: { markSuspect: (stored) => scanners.block.markSuspect(stored) },
      settings: transferSettings(conf),
      events: blockEvents(store, link, log, () => context.self()),
      xferAddress: () =>
        `${link().session.registration?.datanodeID.ipAddr ?? addresses().ipAddr}:${addresses().xferPort}`,
      self: () => ({
        id: link().session.registration?.datanodeID ?? { ...addresses(), datanodeUuid: store.datanodeUuid },
      }),
    };
    const scanners = makeScanners(conf, context);
    const commands = new CommandProcessor(context, link);
    const xceivers = new XceiverServer(context, conf.get('dfs.datanode.max.transfer.threads'));
    const xferAddress = await listenAt(conf, 'dfs.datanode.address', xceivers);
    closers.push(() => xceivers.close());
    const rpc = new RpcServer({
      name: 'DataNode',
      limits: rpcServerLimits(conf, 'dfs.datanode.handler.count'),
      log,
      clock,
    });
    const ipcAddress = await listenAt(conf, 'dfs.datanode.ipc.address', rpc);
    closers.push(() => rpc.close());
    const hostName = conf.get('dfs.datanode.hostname') || reachableHost(xferAddress.host);
    const web = new DatanodeWeb({ conf, context, link, hostName, startedMs });
    const httpAddress = await listenAt(conf, 'dfs.datanode.http.address', web);
    closers.push(() => web.close());
    wired.addresses = {
      ipAddr: reachableHost(xferAddress.host),
      hostName,
      xferPort: xferAddress.port,
      infoPort: httpAddress.port,
      ipcPort: ipcAddress.port,
    };
    wired.link = new NamenodeLink({
      ...namenodeRpcAddress(conf),
      user: currentUser(),
      store,
      metrics,
      peerMetrics,
      addresses,
      onCommand: (command) => commands.take(command),
      heartbeatIntervalMs: conf.get('dfs.heartbeat.interval'),
      blockReportIntervalMs: conf.get('dfs.blockreport.intervalMsec'),
      blockReportInitialDelayMs: conf.get('dfs.blockreport.initialDelay'),
      blockReportSplitThreshold: conf.get('dfs.blockreport.split.threshold'),
      incrementalIntervalMs: conf.get('dfs.blockreport.incremental.intervalMsec'),
      faults,
      clock,
      random,
      log,
    });
    const parts: Parts = {
      context,
      xceivers,
      rpc,
      web,
      link: wired.link,
      commands,
      scanners,
      xferAddress,
      ipcAddress,
      httpAddress,
      onShutDown: nothing,
    };
    const shutDown = (forRestart: boolean): void => void setImmediate(() => parts.onShutDown(forRestart));
    addDatanodeProtocols(rpc, { context, conf, link, owner: currentUser(), startedMs, shutDown });
    return parts;
  } catch (e) {
    await Promise.all(closers.map((close) => close()));
    throw e;
  }
}

type AddressKey = 'dfs.datanode.address' | 'dfs.datanode.ipc.address' | 'dfs.datanode.http.address';

function listenAt(
  conf: Configuration,
  key: AddressKey,
  server: { listen(port: number, host: string): Promise<Address> },
): Promise<Address> {
  const { host, port } = parseAddress(conf.get(key), key);
  return server.listen(port, host);
}

/** Who listens on every address is reached by the machine's name. */
function reachableHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? os.hostname() : host;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the DataNode is not wired up yet');
  return value;
}
