/** Starts and stops a cluster whose daemons are processes of their own: `calf start` and `calf stop`. */
import fs from 'node:fs';
import { Configuration } from '../../conf/configuration.ts';
import { Closers } from '../../runtime/closers.ts';
import { isNoSuchFile, messageOf } from '../../runtime/errors.ts';
import { makeSecret } from '../../runtime/http/cluster-secret.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { daemonState, endProcesses, type NamedProcess } from './daemon-process.ts';
import { Launcher } from './launcher.ts';
import { ClusterLayout, clusterProperties, type DaemonPorts, masterAddresses, workerProperties } from './layout.ts';
import { explainTakenPort } from './taken-port.ts';

/** A cluster that `calf start` started, in the form of its running.json and of `--json`. */
export interface RunningCluster {
  readonly dir: string;
  readonly confDir: string;
  readonly fsDefaultFS: string;
  readonly startedAtMs: number;
  /** `host:port` by daemon and use, such as `namenode.rpc`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Process id by daemon, such as `datanode1`. */
  readonly processIds: Readonly<Record<string, number>>;
  /** Properties of single DataNodes beyond the cluster's configuration, in the order of the DataNodes. */
  readonly datanodeProperties?: readonly Readonly<Record<string, string>>[];
}

export interface StartOptions {
  readonly dir: string;
  readonly datanodes: number;
  readonly freePorts: boolean;
  readonly mapreduce: boolean;
  /** Properties of `-D`, for every daemon and client. */
  readonly properties: Readonly<Record<string, string>>;
  /** Properties of single DataNodes, in the order of the DataNodes. */
  readonly datanodeProperties?: readonly Readonly<Record<string, string>>[];
}

/** Returns the cluster that `calf start` left running in a directory; undefined if none of its daemons runs. */
export function readRunningCluster(dir: string): RunningCluster | undefined {
  const { stateFile } = new ClusterLayout(dir);
  let text: string;
  try {
    text = fs.readFileSync(stateFile, 'utf8');
  } catch (e) {
    if (isNoSuchFile(e)) return undefined;
    throw new Error(`It is not known whether a cluster runs in ${dir}: ${messageOf(e)}`, { cause: e });
  }
  const state = JSON.parse(text) as RunningCluster;
  return liveDaemons(state).length > 0 ? state : undefined;
}

/** Returns the daemons of a cluster that have not ended. */
function liveDaemons(cluster: RunningCluster): NamedProcess[] {
  return Object.entries(cluster.processIds).filter(([daemon, pid]) => daemonState(daemon, pid) !== 'ended');
}

/**
 * Starts a cluster's daemons as processes that go on after this one; resolves when a first write succeeds.
 * @throws ClusterDirectoryError, Error if a daemon does not start; those that did are ended again
 */
export async function startCluster(options: StartOptions): Promise<RunningCluster> {
  const layout = new ClusterLayout(options.dir);
  const running = readRunningCluster(options.dir);
  if (running)
    throw new Error(`A cluster is running in ${layout.dir}: stop it first with calf stop --dir ${options.dir}`);
  await layout.prepare();
  const launcher = new Launcher(layout);
  const closers = new Closers();
  closers.add(() => fs.rmSync(layout.stateFile, { force: true }));
  closers.add(() => launcher.stop());
  try {
    const fsDefaultFS = await launchAll(options, layout, launcher);
    const state: RunningCluster = {
      dir: layout.dir,
      confDir: layout.confDir,
      fsDefaultFS,
      startedAtMs: systemClock.now(),
      ...launcher.listening,
      ...(options.datanodeProperties && { datanodeProperties: options.datanodeProperties }),
    };
    fs.writeFileSync(layout.stateFile, `${JSON.stringify(state, undefined, 2)}\n`);
    return state;
  } catch (e) {
    const { createLogger } = await import('../../runtime/log.ts');
    return await closers.undo(await explainTakenPort(e, masterAddresses(false)), createLogger('calf'));
  }
}

/** Starts all daemons and waits until they serve. @returns fs.defaultFS */
async function launchAll(options: StartOptions, layout: ClusterLayout, launcher: Launcher): Promise<string> {
  const { datanodes, datanodeProperties = [], mapreduce } = options;
  const masters = masterAddresses(options.freePorts);
  const write = (ports: DaemonPorts) => {
    const properties = { ...clusterProperties(layout, ports, datanodes), ...options.properties };
    layout.writeConf(properties);
    return properties;
  };
  write(masters);
  makeSecret(Configuration.load({ confDir: layout.confDir }));
  const workers = Array.from({ length: datanodes }, (_, i) => ({
    ...workerProperties(layout, i, options.freePorts),
    ...datanodeProperties[i],
  }));
  const launchWorkers = (kind: string) =>
    Promise.all(workers.map((worker, i) => launcher.launch(`${kind}${i + 1}`, worker)));
  const launchJobTracker = () => launcher.launch('jobtracker', {});
  // The JobTracker stages jobs in fs.defaultFS: it must know the NameNode's port, but needs no NameNode that runs.
  const [namenode, earlyJobTracker] = await Promise.all([
    launcher.launch('namenode', {}),
    mapreduce && !options.freePorts ? launchJobTracker() : undefined,
  ]);
  const ports = {
    ...masters,
    namenodeRpc: namenode.rpc ?? masters.namenodeRpc,
    namenodeHttp: namenode.http ?? masters.namenodeHttp,
  };
  const properties = write(ports);
  const launchMapReduce = async () => {
    const { http } = earlyJobTracker ?? (await launchJobTracker());
    write({ ...ports, jobTrackerHttp: http ?? masters.jobTrackerHttp });
    await launchWorkers('tasktracker');
  };
  await Promise.all([
    launchWorkers('datanode').then(() => launcher.waitUntilReady(ports.namenodeRpc, datanodes)),
    mapreduce ? launchMapReduce() : undefined,
  ]);
  return properties['fs.defaultFS'] ?? '';
}

/** Ends the daemons of a directory's cluster. @returns false if none runs */
export async function stopCluster(dir: string): Promise<boolean> {
  const running = readRunningCluster(dir);
  const { stateFile } = new ClusterLayout(dir);
  if (running) await endProcesses(liveDaemons(running));
  fs.rmSync(stateFile, { force: true });
  return running !== undefined;
}
