/** The NameNode daemon: its start, its parts and its stop. */
import { parseAddress } from '../conf/configuration.ts';
import { namenodeRpcAddress, namenodeRpcAddressKey } from '../conf/namenode-address.ts';
import { readRackTable } from '../conf/rack-table.ts';
import { checkDaemonConfiguration } from '../conf/unsupported/check-daemon.ts';
import type { RpcServer } from '../protocol/rpc/server.ts';
import { opened } from '../runtime/bind-error.ts';
import { Closers } from '../runtime/closers.ts';
import { Groups, groupsConfig } from '../runtime/groups.ts';
import type { Logger } from '../runtime/log.ts';
import { type Deferred, deferred } from '../runtime/promises.ts';
import { hostListsAtStart } from './datanodes/host-lists.ts';
import { formatNamespace } from './format.ts';
import { NamesystemDriver } from './namesystem/driver.ts';
import { faultPoints } from './namesystem/fault-points.ts';
import { Namesystem } from './namesystem/namesystem.ts';
import { namesystemConfig } from './namesystem/namesystem-config.ts';
import { ResourceChecker } from './namesystem/resource-checker.ts';
import { nameDirectoryStates, openNamespace } from './open-namespace.ts';
import { type NameNodeOptions, withDefaults } from './options.ts';
import { nameNodeRpcServer } from './rpc/rpc-server.ts';
import { type NamespaceIdentity, nameDirectoryOfStore } from './store/name-directory.ts';
import type { NamespaceStore } from './store/store.ts';
import { Ticker } from './ticker.ts';
import { NameNodeWeb } from './web/web.ts';

export type { NameNodeOptions } from './options.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

interface Parts {
  readonly identity: NamespaceIdentity;
  readonly rpcAddress: Address;
  readonly httpAddress: Address;
  readonly driver: NamesystemDriver;
  /** Resolves with the error that ends the NameNode: a Bug, or the failure of its store. */
  readonly ended: Promise<Error>;
}

/** The NameNode knows which file has which blocks, and which DataNode has which block. */
export class NameNode {
  readonly identity: NamespaceIdentity;
  readonly rpcAddress: Address;
  readonly httpAddress: Address;
  readonly #driver: NamesystemDriver;
  readonly #closers: Closers;
  /** Resolves when the NameNode stops: with the error that ended it, or with undefined after stop(). */
  readonly stopped: Promise<Error | undefined>;
  #stopping: Promise<void> | undefined;

  private constructor(parts: Parts, closers: Closers, stopped: Deferred<Error | undefined>, log: Logger) {
    this.identity = parts.identity;
    this.rpcAddress = parts.rpcAddress;
    this.httpAddress = parts.httpAddress;
    this.#driver = parts.driver;
    this.#closers = closers;
    this.stopped = stopped.promise;
    void parts.ended.then(async (error) => {
      stopped.resolve(error);
      const close = this.stop();
      await close.catch((err: unknown) => log.error({ err }, 'The NameNode could not close all that it had open'));
    });
  }

  /** Formats dfs.namenode.name.dir; see formatNamespace. */
  static format(options: NameNodeOptions & { clusterId?: string }): Promise<NamespaceIdentity> {
    return formatNamespace(options);
  }

  /**
   * Loads the namespace and opens the ports. An empty name directory is formatted. A start that fails leaves nothing
   * open.
   * @throws Error with the reason and the way out
   */
  static async start(given: NameNodeOptions): Promise<NameNode> {
    const options = withDefaults(given);
    const closers = new Closers();
    const stopped = deferred<Error | undefined>();
    closers.add(() => stopped.resolve(undefined));
    try {
      return new NameNode(await startParts(options, closers), closers, stopped, options.log);
    } catch (e) {
      return await closers.undo(e, options.log);
    }
  }

  /** Whether the namespace can't be changed for now. */
  get inSafeMode(): boolean {
    return this.#driver.inspect('inSafeMode', ({ blockManager }) => blockManager.safeMode.isOn);
  }

  /**
   * Resolves when every change that was answered is on disk and everything is closed.
   * @throws the error of a part that can't be closed, when the others are closed
   */
  stop(): Promise<void> {
    this.#stopping ??= this.#closers.close();
    return this.#stopping;
  }
}

/** Starts the parts from the disk up to the ports. Each step adds to `closers` how it is undone. */
async function startParts(options: Required<NameNodeOptions>, closers: Closers): Promise<Parts> {
  const { conf, log, clock, user } = options;
  checkDaemonConfiguration(conf, 'namenode', (line) => log.warn(line));
  const racks = await readRackTable(conf.get('net.topology.table.file.name'));
  const { identity, store, state, cacheLimits } = await openNamespace(options, closers, (blockPoolId) =>
    namesystemConfig(conf, blockPoolId, racks),
  );
  const ended = deferred<Error>();
  let web: NameNodeWeb | undefined;
  const end = (error: Error): void => {
    log.fatal(error.message);
    // The connections are cut at once: no client is told of anything that comes after the error.
    void server.close();
    web?.abort();
    ended.resolve(error);
  };
  const driver = new NamesystemDriver({
    namesystem: new Namesystem(state),
    store,
    clock,
    log,
    keepsAnswers: conf.get('dfs.namenode.enable.retrycache'),
    onBug: end,
    // The callers whose changes are not on disk get their IOException first.
    onStoreLost: (error) => void setImmediate(end, error),
  });
  closers.add(() => driver.stop());

  const groups = new Groups({ config: groupsConfig(conf), clock, log });
  closers.add(() => groups.close());
  const answeredCalls = store.takeRestoredCalls();
  const server: RpcServer = nameNodeRpcServer({
    ...{ conf, identity, driver, groups, user, answeredCalls },
    ...{ retryCacheLimits: cacheLimits, log, clock },
  });
  closers.add(() => server.close());

  await driver.applySoft({ op: 'refreshNodes', hosts: await hostListsAtStart(conf, log) });
  await notePlace(store, driver, log);
  // A namespace without blocks has nothing to wait for: the first tick ends its safe mode.
  await driver.applySoft({ op: 'tick' });
  const faults = conf.get('calf.fault.injection.enabled') ? { isDiskFull: false } : undefined;
  const resources = new ResourceChecker({
    dirs: () => store.directories.active,
    conf,
    driver,
    faults,
    log,
  });
  closers.add(() => resources.stop());
  await resources.check();
  driver.resume();

  const rpc = namenodeRpcAddress(conf);
  const rpcAddress = await opened(namenodeRpcAddressKey(conf), server.listen(rpc.port, rpc.host));
  web = new NameNodeWeb({
    ...{ driver, conf, identity, rpcAddress },
    startedMs: clock.now(),
    epoch: store.epoch,
    nameDirectories: () => nameDirectoryStates(store),
    faults: faults && faultPoints(faults, driver, user),
  });
  closers.add(() => web?.close());
  const http = parseAddress(conf.get('dfs.namenode.http-address'), 'dfs.namenode.http-address');
  const httpAddress = await opened('dfs.namenode.http-address', web.listen(http.port, http.host));

  const ticker = new Ticker(driver);
  closers.add(() => ticker.stop());
  ticker.start();
  resources.start();
  log.info({ rpcAddress, httpAddress, clusterId: identity.clusterId }, 'NameNode is up');
  return { identity, rpcAddress, httpAddress, driver, ended: ended.promise };
}

/**
 * Looks whether the name directory was put to its place since a NameNode ran on it: it may be an old copy. The numbers
 * that a newer one may have assigned are then passed over when safe mode ends, and only then it counts as the newest.
 */
async function notePlace(store: NamespaceStore, driver: NamesystemDriver, log: Logger): Promise<void> {
  if (!(await store.isCopy())) return store.markPlaces();
  log.warn(
    `The name directory ${nameDirectoryOfStore(store.directories.active[0] ?? '')} was copied to its place since a ` +
      'NameNode ran on it. If it is not the newest copy, the namespace lacks all that was changed later: put the newest ' +
      'one back while safe mode is on. New blocks get numbers that no newer copy has given to others.',
  );
  await driver.applySoft({ op: 'noteCopy' });
}
