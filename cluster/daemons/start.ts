import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../runtime/runtime.ts';
import { daemonState, signalProcess } from './daemon-process.ts';
import { type LaunchedDaemon, launchDaemon } from './launch.ts';
import { ClusterLayout, clusterProperties, masterAddresses, workerProperties } from './layout.ts';
import { waitUntilReady } from './readiness.ts';

/** A cluster started by `calf start`, as its running.json and `--json` show it. */
export interface RunningCluster {
  readonly dir: string;
  readonly confDir: string;
  readonly fsDefaultFS: string;
  readonly startedAtMs: number;
  /** `host:port` by daemon and use, as `namenode.rpc`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Process id by daemon, as `datanode1`. */
  readonly processIds: Readonly<Record<string, number>>;
  /** What single DataNodes were given beyond the cluster's configuration, the first one's first. */
  readonly datanodeProperties?: readonly Readonly<Record<string, string>>[];
}

export interface StartOptions {
  readonly dir: string;
  readonly datanodes: number;
  readonly freePorts: boolean;
  readonly mapreduce: boolean;
  /** `-D` properties for every daemon and client. */
  readonly properties: Readonly<Record<string, string>>;
  /** Properties of single DataNodes, the first one's first. */
  readonly datanodeProperties?: readonly Readonly<Record<string, string>>[];
}

const STOP_POLL_MS = 20;
const STOP_LIMIT_MS = 10_000;

/** What `calf start` left running in a directory; undefined when nothing of it runs any more. */
export function readRunningCluster(dir: string): RunningCluster | undefined {
  const { stateFile } = new ClusterLayout(dir);
  if (!fs.existsSync(stateFile)) return undefined;
  const state = JSON.parse(fs.readFileSync(stateFile, 'utf8')) as RunningCluster;
  return liveDaemons(state).length > 0 ? state : undefined;
}

/** The daemons of a cluster that is being started, each a process of its own. */
class Launcher {
  readonly #layout: ClusterLayout;
  readonly #children: [daemon: string, pid: number][] = [];
  /** In the order of their launch, whichever is ready first. */
  readonly #daemons = new Map<string, LaunchedDaemon | undefined>();

  constructor(layout: ClusterLayout) {
    this.#layout = layout;
  }

  /** Starts one daemon; resolves with its addresses when it listens. @throws Error with what it printed */
  async launch(daemon: string, properties: Record<string, string>): Promise<Readonly<Record<string, string>>> {
    this.#daemons.set(daemon, undefined);
    const onSpawn = (pid: number): void => void this.#children.push([daemon, pid]);
    const launched = await launchDaemon(this.#layout, daemon, properties, onSpawn);
    this.#daemons.set(daemon, launched);
    return launched.addresses;
  }

  /** `host:port` by daemon and use, and process ids by daemon, of those that listen. */
  get listening(): Pick<RunningCluster, 'addresses' | 'processIds'> {
    const addresses: Record<string, string> = {};
    const processIds: Record<string, number> = {};
    for (const [daemon, launched] of this.#daemons) {
      if (launched === undefined) continue;
      for (const [use, address] of Object.entries(launched.addresses)) addresses[`${daemon}.${use}`] = address;
      processIds[daemon] = launched.processId;
    }
    return { addresses, processIds };
  }

  async stop(): Promise<void> {
    await endProcesses(this.#children);
  }
}

/** Process ids of a cluster's daemons that have not ended, by daemon. */
function liveDaemons(cluster: RunningCluster): [daemon: string, pid: number][] {
  return Object.entries(cluster.processIds).filter(([daemon, pid]) => daemonState(daemon, pid) !== 'ended');
}

async function endProcesses(daemons: readonly (readonly [daemon: string, pid: number])[]): Promise<void> {
  const alive = () => daemons.filter(([daemon, pid]) => daemonState(daemon, pid) !== 'ended').map(([, pid]) => pid);
  for (const pid of alive()) {
    signalProcess(pid, 'SIGTERM');
    // One that is paused hears of nothing before it goes on.
    signalProcess(pid, 'SIGCONT');
  }
  const deadline = systemClock.monotonicMs() + STOP_LIMIT_MS;
  while (alive().length > 0 && systemClock.monotonicMs() < deadline) await sleep(STOP_POLL_MS);
  for (const pid of alive()) signalProcess(pid, 'SIGKILL');
}

/**
 * Starts a cluster's daemons as processes that go on after this one; resolves when a first write succeeds.
 * @throws ClusterDirectoryError, Error when a daemon does not start (those that did are ended again)
 */
export async function startCluster(options: StartOptions): Promise<RunningCluster> {
  const layout = new ClusterLayout(options.dir);
  const running = readRunningCluster(options.dir);
  if (running)
    throw new Error(`A cluster is running in ${layout.dir}: stop it first with calf stop --dir ${options.dir}`);
  layout.prepare();
  const launcher = new Launcher(layout);
  const masters = masterAddresses(options.freePorts);
  const { datanodes, datanodeProperties = [] } = options;
  const write = (ports: typeof masters) => {
    const properties = { ...clusterProperties(layout, ports, datanodes), ...options.properties };
    layout.writeConf(properties);
    return properties;
  };
  try {
    write(masters);
    // The JobTracker needs no NameNode: jobs name their files with full URIs.
    const [namenode, jobtracker] = await Promise.all([
      launcher.launch('namenode', {}),
      options.mapreduce ? launcher.launch('jobtracker', {}) : undefined,
    ]);
    const ports = {
      namenodeRpc: namenode.rpc ?? masters.namenodeRpc,
      namenodeHttp: namenode.http ?? masters.namenodeHttp,
      jobTrackerHttp: jobtracker?.http ?? masters.jobTrackerHttp,
    };
    const properties = write(ports);
    const workers = Array.from({ length: datanodes }, (_, i) => ({
      ...workerProperties(layout, i, options.freePorts),
      ...datanodeProperties[i],
    }));
    const launchWorkers = (kind: string) =>
      Promise.all(workers.map((worker, i) => launcher.launch(`${kind}${i + 1}`, worker)));
    await Promise.all([
      launchWorkers('datanode').then(() => waitUntilReady(ports.namenodeRpc, datanodes)),
      options.mapreduce ? launchWorkers('tasktracker') : undefined,
    ]);
    const state: RunningCluster = {
      dir: layout.dir,
      confDir: layout.confDir,
      fsDefaultFS: properties['fs.defaultFS'] ?? '',
      startedAtMs: systemClock.now(),
      ...launcher.listening,
      ...(options.datanodeProperties && { datanodeProperties }),
    };
    fs.writeFileSync(layout.stateFile, `${JSON.stringify(state, undefined, 2)}\n`);
    return state;
  } catch (e) {
    await launcher.stop();
    throw e;
  }
}

/** Ends the daemons of a directory's cluster; false when none runs. */
export async function stopCluster(dir: string): Promise<boolean> {
  const running = readRunningCluster(dir);
  const { stateFile } = new ClusterLayout(dir);
  if (running) await endProcesses(liveDaemons(running));
  fs.rmSync(stateFile, { force: true });
  return running !== undefined;
}
