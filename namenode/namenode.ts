import fs from 'node:fs/promises';
import v8 from 'node:v8';
import { type Configuration, currentUser, parseAddress } from '../conf/configuration.ts';
import { createLogger, type Logger } from '../conf/log.ts';
import { namenodeRpcAddress } from '../conf/namenode-address.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../conf/runtime.ts';
import * as GetUserMappings from '../protocol/gen/get-user-mappings.ts';
import { retryCacheLimits } from '../protocol/retry-cache.ts';
import { RpcServer } from '../protocol/rpc-server.ts';
import { rpcServerLimits } from '../protocol/rpc-server-limits.ts';
import { BLOCK_RECOVERY_HEARTBEATS } from './block-recovery.ts';
import { BlockReportLeaseManager } from './block-report-leases.ts';
import { ClientContext } from './client-context.ts';
import { serveClients } from './client-service.ts';
import { serveDatanodes } from './datanode-service.ts';
import { NamesystemDriver } from './driver.ts';
import { faultPoints, type NameNodeFaults } from './fault-points.ts';
import { Groups } from './groups.ts';
import { readHostLists } from './host-lists.ts';
import { type HostLists, NO_HOST_LISTS } from './hosts-file.ts';
import { formatChanges } from './load.ts';
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
import { serveBalancers } from './namenode-service.ts';
import { Namesystem } from './namesystem.ts';
import type { NamesystemConfig } from './state.ts';
import { NamespaceStore } from './store.ts';
import { checkNotInUse, loadStore, openStore } from './store-check.ts';
import { parseRackTable, type RackTable } from './topology.ts';
import { NameNodeWeb } from './web.ts';

/** Pause between two looks at leases, dead DataNodes and copies to order. */
const TICK_MS = 1000;

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
  #tickedMs: number;
  readonly #resourceChecker: NodeJS.Timeout;
  readonly #reservedBytes: number;
  readonly #faults: NameNodeFaults | undefined;
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
    resourceCheckMs: number;
    faults: NameNodeFaults | undefined;
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
    this.#faults = parts.faults;
    this.#log = parts.log;
    this.#tickedMs = this.#driver.now();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#resourceChecker = setInterval(() => void this.#checkResources(), parts.resourceCheckMs);
  }

  #tick(): void {
    const now = this.#driver.now();
    const lateMs = now - this.#tickedMs - TICK_MS;
    this.#tickedMs = now;
    this.#driver.applyLater({ op: 'tick', lateMs });
  }

  async #checkResources(): Promise<void> {
    const isLow = await areResourcesLow(this.#dir, this.#reservedBytes, this.#log);
    this.#driver.setResourcesLow(isLow || this.#faults?.isDiskFull === true);
  }

  /**
   * Makes an empty namespace in dfs.namenode.name.dir, over a namespace of ours that is there. For
   * `hdfs namenode -format`.
   * @throws Error for a directory of someone else's, and for one that a running NameNode uses
   */
  static async format(options: NameNodeOptions & { clusterId?: string }): Promise<NamespaceIdentity> {
    const { conf, clock = systemClock, random = systemRandom, user = currentUser() } = options;
    const dir = nameDirectoryOf(conf.get('dfs.namenode.name.dir'));
    if ((await readNameDirectory(dir)) !== undefined) await checkNotInUse(storePath(dir));
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
    const cacheLimits = retryCacheLimits(conf, v8.getHeapStatistics().heap_size_limit);
    const store = await openStore(storePath(dir), log, { retryCacheLimits: cacheLimits, clock });
    const undo: (() => Promise<void>)[] = [() => store.close()];
    try {
      await writeLockFile(dir);
      const startedMs = clock.monotonicMs();
      const racks = await readRacks(conf.get('net.topology.table.file.name'));
      const config = namesystemConfig(conf, identity.blockPoolId, racks);
      const state = await loadStore(store, storePath(dir), (loader) => loader.finish(config, random, clock.now()));
      const namesystem = new Namesystem(state);
      const { fileCount, directoryCount } = namesystem.state.tree;
      log.info({ fileCount, directoryCount, ms: Math.round(clock.monotonicMs() - startedMs) }, 'Namespace loaded');
      const driver = new NamesystemDriver({ namesystem, store, clock, log });
      const server = new RpcServer({
        name: 'NameNode',
        limits: rpcServerLimits(conf, 'dfs.namenode.handler.count'),
        retryCacheLimits: cacheLimits,
        log,
        clock,
      });
      for (const { clientId, callId, answer } of store.takeRestoredCalls()) {
        server.retryCache.add(clientId, callId, clock.monotonicMs(), answer);
      }
      const context = new ClientContext({ driver, conf, groups: new Groups(clock), user });
      serveClients(server, context);
      const reportLeases = new BlockReportLeaseManager({
        leasesMax: conf.get('dfs.namenode.max.full.block.report.leases'),
        lengthMs: conf.get('dfs.namenode.full.block.report.lease.length.ms'),
        firstId: random.nextInt(2 ** 47),
      });
      serveDatanodes(server, { driver, identity, reportLeases, log });
      serveBalancers(server, context, identity);
      server.addProtocol(GetUserMappings, {
        getGroupsForUser: async (request) => ({ groups: [...(await context.groupsOf(request.user))] }),
      });
      const operator = { user, groups: [], superuser: true, address: '127.0.0.1' };
      await driver.applySoft({ op: 'refreshNodes', caller: operator, hosts: await hostListsAtStart(conf, log) });
      // A namespace without blocks has nothing to wait for.
      await driver.applySoft({ op: 'tick' });
      const reservedBytes = conf.get('dfs.namenode.resource.du.reserved');
      const resourceCheckMs = conf.get('dfs.namenode.resource.check.interval');
      driver.setResourcesLow(await areResourcesLow(dir, reservedBytes, log));
      driver.resume();
      const rpc = namenodeRpcAddress(conf);
      const rpcAddress = await server.listen(rpc.port, rpc.host);
      undo.push(() => server.close());
      const faults = conf.get('calf.fault.injection.enabled') ? { isDiskFull: false } : undefined;
      const web = new NameNodeWeb({
        driver,
        conf,
        identity,
        rpcAddress,
        startedMs: clock.now(),
        faults: faults && faultPoints(faults, driver, user),
      });
      const http = parseAddress(conf.get('dfs.namenode.http-address'), 'dfs.namenode.http-address');
      const httpAddress = await web.listen(http.port, http.host);
      log.info({ rpcAddress, httpAddress, clusterId: identity.clusterId }, 'NameNode is up');
      return new NameNode({
        identity,
        rpcAddress,
        httpAddress,
        dir,
        server,
        web,
        driver,
        store,
        reservedBytes,
        resourceCheckMs,
        faults,
        log,
      });
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
    const available = bavail * bsize;
    if (available >= reservedBytes) return false;
    log.warn(
      `Space available on volume '${dir}' is ${available}, which is below the configured reserved amount ${reservedBytes}`,
    );
    return true;
  } catch (err) {
    log.error({ err, dir }, "The disk of dfs.namenode.name.dir can't be looked at");
    return true;
  }
}

/** As Hadoop's, a NameNode starts without the lists that it can't read: any DataNode may join then. */
async function hostListsAtStart(conf: Configuration, log: Logger): Promise<HostLists> {
  try {
    return await readHostLists(conf);
  } catch (err) {
    log.error({ err }, 'The files of dfs.hosts and dfs.hosts.exclude are not in force until dfsadmin -refreshNodes');
    return NO_HOST_LISTS;
  }
}

async function readRacks(file: string): Promise<RackTable> {
  return file === '' ? new Map() : parseRackTable(await fs.readFile(file, 'utf8'));
}

/** The settings of the rules, from the configuration. */
export function namesystemConfig(conf: Configuration, blockPoolId: string, racks: RackTable): NamesystemConfig {
  const { host } = namenodeRpcAddress(conf);
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
    heartbeatIntervalMs: conf.get('dfs.heartbeat.interval'),
    pendingReconstructionTimeoutMs: conf.get('dfs.namenode.reconstruction.pending.timeout-sec'),
    replicationStreamsMax: conf.get('dfs.namenode.replication.max-streams'),
    replicationStreamsHardMax: conf.get('dfs.namenode.replication.max-streams-hard-limit'),
    loadFactorMax: conf.get('dfs.namenode.redundancy.considerLoad')
      ? conf.get('dfs.namenode.redundancy.considerLoad.factor')
      : 0,
    replicationWorkMultiplier: conf.get('dfs.namenode.replication.work.multiplier.per.iteration'),
    replicationDefault: conf.get('dfs.replication'),
    decommissionIntervalMs: conf.get('dfs.namenode.decommission.interval'),
    invalidateLimit: conf.get('dfs.block.invalidate.limit'),
    leaseHardLimitMs: conf.get('dfs.namenode.lease-hard-limit-sec'),
    blockRecoveryTimeoutMs: BLOCK_RECOVERY_HEARTBEATS * conf.get('dfs.heartbeat.interval'),
    safeMode: {
      thresholdPct: conf.get('dfs.namenode.safemode.threshold-pct'),
      minDatanodes: conf.get('dfs.namenode.safemode.min.datanodes'),
      extensionMs: conf.get('dfs.namenode.safemode.extension'),
    },
    racks,
  };
}
