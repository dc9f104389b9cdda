import fs from 'node:fs/promises';
import v8 from 'node:v8';
import { type Configuration, currentUser, parseAddress } from '../conf/configuration.ts';
import { namenodeRpcAddress } from '../conf/namenode-address.ts';
import { checkDaemonConfiguration } from '../conf/unsupported/check-daemon.ts';
import { retryCacheLimits } from '../protocol/rpc/retry-cache.ts';
import { RpcServer } from '../protocol/rpc/server.ts';
import { rpcServerLimits } from '../protocol/rpc/server-limits.ts';
import { createLogger, type Logger } from '../runtime/log.ts';
import { type Deferred, deferred } from '../runtime/promises.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../runtime/runtime.ts';
import { parseRackTable, type RackTable } from './blocks/topology.ts';
import { hostListsAtStart } from './datanodes/host-lists.ts';
import { NamesystemDriver } from './namesystem/driver.ts';
import { faultPoints } from './namesystem/fault-points.ts';
import { formatChanges, NamespaceLoader } from './namesystem/load.ts';
import { Namesystem } from './namesystem/namesystem.ts';
import { namesystemConfig } from './namesystem/namesystem-config.ts';
import { ResourceChecker } from './namesystem/resource-checker.ts';
import { ClientContext } from './rpc/client-context.ts';
import { serveClients } from './rpc/client-protocol.ts';
import { DatanodeContext } from './rpc/datanode-context.ts';
import { serveDatanodes } from './rpc/datanode-protocol.ts';
import { Groups } from './rpc/groups.ts';
import { serveBalancers } from './rpc/namenode-protocol.ts';
import { serveUserMappings } from './rpc/user-mappings-protocol.ts';
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
} from './store/name-directory.ts';
import { refuseFormat } from './store/refuse-format.ts';
import { NamespaceStore } from './store/store.ts';
import { checkNotInUse, loadStore, openStore } from './store/store-check.ts';
import { NameNodeWeb } from './web/web.ts';

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
  readonly #resources: ResourceChecker;
  readonly #stopped: Deferred<Error | undefined>;
  #stopping: Promise<void> | undefined;
  /** Resolves when the NameNode stops: with the Bug that ended it, or with undefined after stop(). */
  readonly stopped: Promise<Error | undefined>;

  private constructor(parts: {
    identity: NamespaceIdentity;
    rpcAddress: Address;
    httpAddress: Address;
    dir: string;
    server: RpcServer;
    web: NameNodeWeb;
    driver: NamesystemDriver;
    store: NamespaceStore;
    resources: ResourceChecker;
    stopped: Deferred<Error | undefined>;
  }) {
    this.identity = parts.identity;
    this.rpcAddress = parts.rpcAddress;
    this.httpAddress = parts.httpAddress;
    this.#dir = parts.dir;
    this.#server = parts.server;
    this.#web = parts.web;
    this.#driver = parts.driver;
    this.#store = parts.store;
    this.#resources = parts.resources;
    this.#stopped = parts.stopped;
    this.stopped = parts.stopped.promise;
    this.#tickedMs = this.#driver.now();
    this.#ticker = setInterval(() => this.#tick(), TICK_MS);
    this.#resources.start();
  }

  #tick(): void {
    const now = this.#driver.now();
    const lateMs = now - this.#tickedMs - TICK_MS;
    this.#tickedMs = now;
    this.#driver.tick(lateMs);
  }

  /**
   * Makes an empty namespace in dfs.namenode.name.dir, over a namespace of ours that is there. For
   * `hdfs namenode -format`.
   * @throws Error for a directory of someone else's, and for one that a running NameNode uses
   */
  static async format(options: NameNodeOptions & { clusterId?: string }): Promise<NamespaceIdentity> {
    const { conf, clock = systemClock, random = systemRandom, user = currentUser() } = options;
    const dir = nameDirectoryOf(conf.get('dfs.namenode.name.dir'));
    const isFormatted = (await readNameDirectory(dir)) !== undefined;
    refuseFormat(conf, isFormatted);
    if (isFormatted) await checkNotInUse(storePath(dir));
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
    checkDaemonConfiguration(conf, 'namenode', (line) => log.warn(line));
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
      const stopped = deferred<Error | undefined>();
      const racks = await readRacks(conf.get('net.topology.table.file.name'));
      const config = namesystemConfig(conf, identity.blockPoolId, racks);
      const loader = new NamespaceLoader();
      const state = await loadStore(
        store,
        storePath(dir),
        (key, value) => loader.add(key, value),
        () => loader.finish(config, random, clock.now()),
      );
      const namesystem = new Namesystem(state);
      const { fileCount, directoryCount } = namesystem.state.namespace.tree;
      log.info({ fileCount, directoryCount, ms: Math.round(clock.monotonicMs() - startedMs) }, 'Namespace loaded');
      const server = new RpcServer({
        name: 'NameNode',
        limits: rpcServerLimits(conf, 'dfs.namenode.handler.count'),
        retryCacheLimits: cacheLimits,
        log,
        clock,
      });
      const driver = new NamesystemDriver({
        namesystem,
        store,
        clock,
        log,
        onBug: (bug) => {
          log.fatal(bug.message);
          // The connections are cut: nobody hears of what comes after the bug.
          void server.close();
          stopped.resolve(bug);
        },
        keepsAnswers: conf.get('dfs.namenode.enable.retrycache'),
      });
      for (const { clientId, callId, answer } of store.takeRestoredCalls()) {
        server.retryCache.add(clientId, callId, clock.monotonicMs(), answer);
      }
      const groups = new Groups({ clock, log });
      undo.push(() => groups.close());
      const context = new ClientContext({ driver, conf, identity, groups, user });
      serveClients(server, context);
      serveDatanodes(server, new DatanodeContext({ driver, identity, log }));
      serveBalancers(server, context);
      serveUserMappings(server, context);
      const operator = { user, groups: [], superuser: true, address: '127.0.0.1' };
      await driver.applySoft({ op: 'refreshNodes', caller: operator, hosts: await hostListsAtStart(conf, log) });
      // A namespace without blocks has nothing to wait for.
      await driver.applySoft({ op: 'tick' });
      const faults = conf.get('calf.fault.injection.enabled') ? { isDiskFull: false } : undefined;
      const resources = new ResourceChecker({ dir, conf, driver, faults, log });
      await resources.check();
      driver.resume();
      const rpc = namenodeRpcAddress(conf);
      const rpcAddress = await server.listen(rpc.port, rpc.host);
      undo.push(() => server.close());
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
      const parts = { identity, rpcAddress, httpAddress, dir, server, web, driver, store, resources, stopped };
      const namenode = new NameNode(parts);
      void stopped.promise.then(async (bug) => {
        if (bug === undefined) return;
        const close = namenode.stop();
        await close.catch((err: unknown) => log.error({ err }, 'The NameNode could not close all that it had open'));
      });
      return namenode;
    } catch (e) {
      for (const close of undo.reverse()) await close();
      throw e;
    }
  }

  /** Whether the namespace can't be changed for now. */
  get inSafeMode(): boolean {
    return this.#driver.state.blockManager.safeMode.isOn;
  }

  /** Ends when every change that was answered is on disk and all is closed. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    clearInterval(this.#ticker);
    this.#resources.stop();
    this.#driver.stop();
    await this.#web.close();
    await this.#server.close();
    await this.#store.close();
    await removeLockFile(this.#dir);
    this.#stopped.resolve(undefined);
  }
}

async function readRacks(file: string): Promise<RackTable> {
  return file === '' ? new Map() : parseRackTable(await fs.readFile(file, 'utf8'));
}
