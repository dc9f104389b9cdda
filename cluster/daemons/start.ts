/** Starts and stops a cluster whose daemons are processes of their own: `calf start` and `calf stop`. */
import fs from 'node:fs';
import { Configuration } from '../../conf/configuration.ts';
import { Closers } from '../../runtime/closers.ts';
import { makeSecret } from '../../runtime/http/cluster-secret.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { endProcesses } from './daemon-process.ts';
import { Launcher } from './launcher.ts';
import { ClusterLayout, clusterProperties, type DaemonPorts, masterAddresses, workerProperties } from './layout.ts';
import { liveDaemons, type RunningCluster, readRunningCluster, writeRunningCluster } from './running-cluster.ts';
import { explainTakenPort } from './taken-port.ts';
import { spawnKeeper } from './tracker-keeper.ts';

export { type RunningCluster, readRunningCluster };

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
    writeRunningCluster(layout, state);
    if (!options.mapreduce) return state;
    // The keeper reads running.json, and stopCluster() finds the keeper there.
    const kept = { ...state, keeperId: spawnKeeper(layout) };
    writeRunningCluster(layout, kept);
    return kept;
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
  const { keeperId } = readRunningCluster(dir) ?? {};
  // First, so that it starts nothing again. Before it ends, it may have started one more tracker.
  if (keeperId !== undefined) await endProcesses([['keeper', keeperId]]);
  const running = readRunningCluster(dir);
  const { stateFile } = new ClusterLayout(dir);
  if (running) {
    const live = liveDaemons(running);
    // The tasks that run may end in order: they need the JobTracker and HDFS for that.
    await endProcesses(live.filter(([daemon]) => daemon.startsWith('tasktracker')));
    await endProcesses(live.filter(([daemon]) => !daemon.startsWith('tasktracker')));
  }
  fs.rmSync(stateFile, { force: true });
  return running !== undefined;
}
