/** Starts and stops a DataNode. */
import os from 'node:os';
import { type Configuration, parseAddress } from '../conf/configuration.ts';
import { checkDaemonConfiguration } from '../conf/unsupported/check-daemon.ts';
import { opened } from '../runtime/bind-error.ts';
import { Bug } from '../runtime/bug.ts';
import { Closers } from '../runtime/closers.ts';
import { createLogger, type Logger } from '../runtime/log.ts';
import { deferred, nextTurn } from '../runtime/promises.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../runtime/runtime.ts';
import { type StopRequest, StopSignal } from './context/stop-signal.ts';
import { cutConnections, type DatanodeParts, makeParts } from './datanode-parts.ts';
import { BlockStore } from './replicas/block-store.ts';
import { BugTrap } from './replicas/bug-trap.ts';
import type { DatanodeFaults } from './volumes/faults.ts';
import { parseDirectoryMode, parseStorageLocation } from './volumes/storage-location.ts';

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

interface Addresses {
  readonly xferAddress: Address;
  readonly ipcAddress: Address;
  readonly httpAddress: Address;
}

/** One DataNode: its volumes, its three ports and its link to the NameNode. */
export class DataNode {
  readonly xferAddress: Address;
  readonly ipcAddress: Address;
  readonly httpAddress: Address;
  readonly datanodeUuid: string;
  /** Resolves when the DataNode has stopped: with the reason if a failure ended it, else with undefined. */
  readonly stopped: Promise<Error | undefined>;
  readonly #stopped = deferred<Error | undefined>();
  readonly #parts: DatanodeParts;
  readonly #closers: Closers;
  #stopping: Promise<void> | undefined;

  private constructor(parts: DatanodeParts, addresses: Addresses, closers: Closers) {
    this.#parts = parts;
    this.#closers = closers;
    this.xferAddress = addresses.xferAddress;
    this.ipcAddress = addresses.ipcAddress;
    this.httpAddress = addresses.httpAddress;
    this.datanodeUuid = parts.context.store.datanodeUuid;
    this.stopped = this.#stopped.promise;
  }

  /**
   * Opens the volumes and the ports, and registers. If the NameNode can't be reached, the DataNode goes on trying in
   * the background. The start fails if the NameNode refuses this DataNode, or if the volumes are of another cluster.
   *
   * @throws the reason of the failure, after everything that was opened is closed again
   */
  static async start(options: DataNodeOptions): Promise<DataNode> {
    const { conf, clock = systemClock, random = systemRandom, log = createLogger('datanode') } = options;
    checkDaemonConfiguration(conf, 'datanode', (line) => log.warn(line));
    const closers = new Closers();
    try {
      const stop = new StopSignal();
      let parts: DatanodeParts | undefined;
      const bugs = new BugTrap((bug) => {
        log.fatal(bug.message);
        if (parts) cutConnections(parts);
        stop.request({ reason: bug });
      });
      const store = await openStore(conf, { clock, random, log, bugs });
      closers.add(() => store.close());
      parts = makeParts({ conf, store, stop, bugs, hostName: hostNameOf(conf), clock, random, log });
      const datanode = new DataNode(parts, await startParts(parts, conf, closers), closers);
      void stop.requested.then((request) => datanode.#stopAsRequested(request));
      return datanode;
    } catch (e) {
      return closers.undo(e, log);
    }
  }

  /** Whether the NameNode knows this DataNode. */
  get isRegistered(): boolean {
    return this.#parts.link.isRegistered;
  }

  /** The faults that can be set in this DataNode; undefined without calf.fault.injection.enabled. */
  get faults(): DatanodeFaults | undefined {
    return this.#parts.context.faults;
  }

  /** Ends every connection, timer and lock. Replicas that are being written stay on disk as they are. */
  stop(): Promise<void> {
    return this.#stop({});
  }

  async #stopAsRequested(request: StopRequest): Promise<void> {
    // The answer to the call that requested the stop is sent first.
    if (!request.reason) await nextTurn();
    try {
      await this.#stop(request);
    } catch (err) {
      this.#parts.context.log.error({ err }, 'The DataNode has stopped, but a part of it failed to');
    }
  }

  #stop({ reason, forRestart = false }: StopRequest): Promise<void> {
    this.#stopping ??= this.#close(forRestart).finally(() => this.#stopped.resolve(reason));
    return this.#stopping;
  }

  #close(forRestart: boolean): Promise<void> {
    const { context, xceivers } = this.#parts;
    if (forRestart) this.#closers.add(() => xceivers.leaveForRestart());
    // Faults are cleared, because a pause or a delay that a fault sets would hold up the steps that follow.
    this.#closers.add(() => context.faults?.clear());
    return this.#closers.close();
  }
}

async function openStore(
  conf: Configuration,
  surroundings: { readonly clock: Clock; readonly random: Random; readonly log: Logger; readonly bugs: BugTrap },
): Promise<BlockStore> {
  return BlockStore.open({
    ...surroundings,
    locations: conf.get('dfs.datanode.data.dir').map(parseStorageLocation),
    reservedBytes: conf.get('dfs.datanode.du.reserved'),
    directoryMode: parseDirectoryMode(conf.get('dfs.datanode.data.dir.perm')),
    failedVolumesTolerated: conf.get('dfs.datanode.failed.volumes.tolerated'),
    writerStopTimeoutMs: conf.get('dfs.datanode.xceiver.stop.timeout.millis'),
  });
}

/** Opens the ports, registers, and starts the scanners. `closers` runs its steps in reverse: the last added, first. */
async function startParts(parts: DatanodeParts, conf: Configuration, closers: Closers): Promise<Addresses> {
  const { context, link, commands, scanners, xceivers, rpc, groups, web } = parts;
  closers.add(() => scanners.stop());
  closers.add(() => commands.idle());
  const xferAddress = await listenAt(conf, 'dfs.datanode.address', xceivers);
  closers.add(() => xceivers.close());
  closers.add(() => groups.close());
  const ipcAddress = await listenAt(conf, 'dfs.datanode.ipc.address', rpc);
  closers.add(() => rpc.close());
  const httpAddress = await listenAt(conf, 'dfs.datanode.http.address', web);
  closers.add(() => web.close());
  closers.add(() => link.stop());
  closers.add(() => {
    context.balanceThrottler.close();
    context.transferThrottler.close();
  });
  const addresses = {
    ipAddr: reachableHost(xferAddress.host),
    hostName: hostNameOf(conf),
    xferPort: xferAddress.port,
    infoPort: httpAddress.port,
    ipcPort: ipcAddress.port,
  };
  await link.start(addresses, (error) => {
    // BugTrap has logged a bug already.
    if (!(error instanceof Bug)) context.log.fatal(`Block pool service ends: ${error.message}`);
    context.stop.request({ reason: error });
  });
  scanners.start();
  return { xferAddress, ipcAddress, httpAddress };
}

type AddressKey = 'dfs.datanode.address' | 'dfs.datanode.ipc.address' | 'dfs.datanode.http.address';

function listenAt(
  conf: Configuration,
  key: AddressKey,
  server: { listen(port: number, host: string): Promise<Address> },
): Promise<Address> {
  const { host, port } = parseAddress(conf.get(key), key);
  return opened(key, server.listen(port, host));
}

/** Returns dfs.datanode.hostname, or else the host of the data transfer address as others reach it. */
function hostNameOf(conf: Configuration): string {
  const key = 'dfs.datanode.address';
  return conf.get('dfs.datanode.hostname') || reachableHost(parseAddress(conf.get(key), key).host);
}

/** Returns the machine's name for a server that listens on every address; any other host as it is. */
function reachableHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? os.hostname() : host;
}
