import fs from 'node:fs/promises';
import { type Configuration, currentUser, parseAddress } from '../conf/configuration.ts';
import { createLogger, type Logger } from '../conf/log.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../conf/runtime.ts';
import * as GetUserMappings from '../protocol/gen/get-user-mappings.ts';
import { RpcServer } from '../protocol/rpc-server.ts';
import { ClientContext } from './client-context.ts';
import { serveClients } from './client-service.ts';
import { serveDatanodes } from './datanode-service.ts';
import { NamesystemDriver } from './driver.ts';
import { Groups } from './groups.ts';
import { formatChanges, NamespaceLoader } from './load.ts';
import {
  formatNameDirectory,
  hostAddress,
  type NamespaceIdentity,
  nameDirectoryOf,
  newIdentity,
  readNameDirectory,
  removeLockFile,
  storePath,
  writeLockFile,
} from './name-directory.ts';
import { Namesystem } from './namesystem.ts';
import type { NamesystemConfig } from './state.ts';
import { NamespaceStore } from './store.ts';
import { parseRackTable, type RackTable } from './topology.ts';
import { NameNodeWeb } from './web.ts';

/** Pause between two looks at leases, dead DataNodes and copies to order. */
const TICK_MS = 1000;
/** dfs.namenode.resource.check.interval. */
const RESOURCE_CHECK_MS = 5000;

export interface NameNodeOptions {
  readonly conf: Configuration;
  readonly log?: Logger;
  readonly clock?: Clock;
  readonly random?: Random;
  /** The superuser, and the owner of a new namespace's root; default the user of this process. */
  readonly user?: string;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** The NameNode daemon: who has which block. */
export class NameNode {
  readonly identity: NamespaceIdentity;
  readonly rpcAddress: Address;
  readonly httpAddress: Address;
  readonly #dir: string;
  readonly #server: RpcServer;
  readonly #web: NameNodeWeb;
  readonly #driver: NamesystemDriver;
  readonly #store: NamespaceStore;
  readonly #ticker: NodeJS.Timeout;
  readonly #resourceChecker: NodeJS.Timeout;
  readonly #reservedBytes: number;
  readonly #log: Logger;
  #stopped: Promise<void> | undefined;

  private constructor(parts: {
    identity: NamespaceIdentity;
    rpcAddress: Address;
    httpAddress: Address;
    dir: string;
    server: RpcServer;
    web: NameNodeWeb;
    driver: NamesystemDriver;
    store: NamespaceStore;
    reservedBytes: number;
    log: Logger;
  }) {
    this.identity = parts.identity;
    this.rpcAddress = parts.rpcAddress;
    this.httpAddress = parts.httpAddress;
    this.#dir = parts.dir;
    this.#server = parts.server;
    this.#web = parts.web;
    this.#driver = parts.driver;
    this.#store = parts.store;
    this.#reservedBytes = parts.reservedBytes;
    this.#log = parts.log;
    this.#ticker = setInterval(() => this.#driver.applyLater({ op: 'tick' }), TICK_MS);
    this.#resourceChecker = setInterval(() => void this.#checkResources(), RESOURCE_CHECK_MS);
  }

  async #checkResources(): Promise<void> {
    this.#driver.setResourcesLow(await areResourcesLow(this.#dir, this.#reservedBytes, this.#log));
  }

  /**
   * Makes an empty namespace in dfs.namenode.name.dir, over a namespace of ours that is there. For
   * `hdfs namenode -format`.
   * @throws Error for a directory of someone else's, and for one that a running NameNode uses
   */
  static async format(options: NameNodeOptions & { clusterId?: string }): Promise<NamespaceIdentity> {
    const { conf, clock = systemClock, random = systemRandom, user = currentUser() } = options;
    const dir = nameDirectoryOf(conf.get('dfs.namenode.name.dir'));
    if ((await readNameDirectory(dir)) !== undefined) await (await NamespaceStore.open(storePath(dir))).close();
    const now = clock.now();
    const identity = newIdentity(random, hostAddress(), now, options.clusterId);
    await formatNameDirectory(dir, identity, async (path) => {
      const store = await NamespaceStore.open(path);
      try {
        await store.commit(formatChanges(user, conf.get('dfs.permissions.superusergroup')), 1);
      } finally {
        await store.close();
      }
    });
    return identity;
  }

  /**
   * Loads the namespace and opens the ports. An empty name directory is formatted.
   * @throws Error with the reason and the way out
   */
  static async start(options: NameNodeOptions): Promise<NameNode> {
    const { conf, clock = systemClock, random = systemRandom, user = currentUser() } = options;
    const log = options.log ?? createLogger('NameNode');
    const dir = nameDirectoryOf(conf.get('dfs.namenode.name.dir'));
    let identity = await readNameDirectory(dir);
    if (identity === undefined) {
      identity = await NameNode.format(options);
      log.info({ dir }, 'Formatted the empty name directory');
    }
    const store = await NamespaceStore.open(storePath(dir));
    const undo: (() => Promise<void>)[] = [() => store.close()];
    try {
      await writeLockFile(dir);
      const startedMs = clock.monotonicMs();
      const loader = new NamespaceLoader();
      await store.load((key, value) => loader.add(key, value));
      const racks = await readRacks(conf.get('net.topology.table.file.name'));
      const config = namesystemConfig(conf, identity.blockPoolId, racks);
      const namesystem = new Namesystem(loader.finish(config, random, clock.now()));
      const { fileCount, directoryCount } = namesystem.state.tree;
      log.info({ fileCount, directoryCount, ms: Math.round(clock.monotonicMs() - startedMs) }, 'Namespace loaded');
      const driver = new NamesystemDriver({ namesystem, store, clock, log });
      const server = new RpcServer({
        name: 'NameNode',
        maxDataLengthBytes: conf.get('ipc.maximum.data.length'),
        log,
        clock,
      });
      const context = new ClientContext({ driver, conf, groups: new Groups(clock), user });
      serveClients(server, context);
      serveDatanodes(server, { driver, identity, log });
      server.addProtocol(GetUserMappings, {
        getGroupsForUser: async (request) => ({ groups: [...(await context.groupsOf(request.user))] }),
      });
      // A namespace without blocks has nothing to wait for.
      await driver.applySoft({ op: 'tick' });
      const reservedBytes = conf.get('dfs.namenode.resource.du.reserved');
      driver.setResourcesLow(await areResourcesLow(dir, reservedBytes, log));
      driver.resume();
      const rpc = parseAddress(conf.get('dfs.namenode.rpc-address'), 'dfs.namenode.rpc-address');
      const rpcAddress = await server.listen(rpc.port, rpc.host);
      undo.push(() => server.close());
      const web = new NameNodeWeb({ driver, conf, identity, rpcAddress, startedMs: clock.now() });
      const http = parseAddress(conf.get('dfs.namenode.http-address'), 'dfs.namenode.http-address');
      const httpAddress = await web.listen(http.port, http.host);
      log.info({ rpcAddress, httpAddress, clusterId: identity.clusterId }, 'NameNode is up');
      return new NameNode({ identity, rpcAddress, httpAddress, dir, server, web, driver, store, reservedBytes, log });
    } catch (e) {
      for (const close of undo.reverse()) await close();
      throw e;
    }
  }

  /** Whether the namespace can't be changed for now. */
  get inSafeMode(): boolean {
    return this.#driver.state.safeMode.isOn;
  }

  /** Ends when every change that was answered is on disk and all is closed. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#ticker);
    clearInterval(this.#resourceChecker);
    this.#driver.stop();
    await this.#web.close();
    await this.#server.close();
    await this.#store.close();
    await removeLockFile(this.#dir);
  }
}

/**
 * Whether the disk of the name directory has less room than dfs.namenode.resource.du.reserved, or can't be asked. A store
 * on a full disk would fail in the middle of a batch: changes are refused before that.
 */
async function areResourcesLow(dir: string, reservedBytes: number, log: Logger): Promise<boolean> {
  try {
    const { bavail, bsize } = await fs.statfs(dir);
    return bavail * bsize < reservedBytes;
  } catch (err) {
    log.error({ err, dir }, "The disk of dfs.namenode.name.dir can't be looked at");
    return true;
  }
}

async function readRacks(file: string): Promise<RackTable> {
  return file === '' ? new Map() : parseRackTable(await fs.readFile(file, 'utf8'));
}

/** The settings of the rules, from the configuration. */
export function namesystemConfig(conf: Configuration, blockPoolId: string, racks: RackTable): NamesystemConfig {
  const { host } = parseAddress(conf.get('dfs.namenode.rpc-address'), 'dfs.namenode.rpc-address');
  return {
    blockPoolId,
    hostName: host === '127.0.0.1' || host === '0.0.0.0' ? 'localhost' : host,
    permissionsEnabled: conf.get('dfs.permissions.enabled'),
    replicationMin: conf.get('dfs.namenode.replication.min'),
    replicationMax: conf.get('dfs.replication.max'),
    blockSizeMinBytes: conf.get('dfs.namenode.fs-limits.min-block-size'),
    blocksPerFileMax: conf.get('dfs.namenode.fs-limits.max-blocks-per-file'),
    componentLengthMax: conf.get('dfs.namenode.fs-limits.max-component-length'),
    directoryItemsMax: conf.get('dfs.namenode.fs-limits.max-directory-items'),
    listingLimit: conf.get('dfs.ls.limit'),
    accessTimePrecisionMs: conf.get('dfs.namenode.accesstime.precision'),
    heartbeatExpiryMs:
      2 * conf.get('dfs.namenode.heartbeat.recheck-interval') + 10 * conf.get('dfs.heartbeat.interval'),
    staleIntervalMs: conf.get('dfs.namenode.stale.datanode.interval'),
    redundancyIntervalMs: conf.get('dfs.namenode.redundancy.interval.seconds'),
    replicationStreamsMax: conf.get('dfs.namenode.replication.max-streams'),
    invalidateLimit: conf.get('dfs.block.invalidate.limit'),
    leaseHardLimitMs: conf.get('dfs.namenode.lease-hard-limit-sec'),
    safeMode: {
      thresholdPct: conf.get('dfs.namenode.safemode.threshold-pct'),
      minDatanodes: conf.get('dfs.namenode.safemode.min.datanodes'),
      extensionMs: conf.get('dfs.namenode.safemode.extension'),
    },
    racks,
  };
}
