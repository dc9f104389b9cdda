/** The directory of a cluster, and the properties of its daemons. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeConfigurationXml } from '../../conf/xml.ts';
import { errorCode, messageOf } from '../../runtime/errors.ts';
import { makeDirectories } from '../../runtime/files/make-directories.ts';

/** Version of the directory of `calf start`. A directory with a higher version is refused. */
const LAYOUT_VERSION = 1;
const MARKER = 'calf-cluster.json';
/** Reasons why a directory can't be made or used, by the system's error code. */
const UNUSABLE: Readonly<Record<string, string>> = {
  EEXIST: 'is a file',
  ENOENT: 'lies where the file system takes no new directories',
  ENOTDIR: 'lies in something that is a file',
  EACCES: 'may not be written by this user',
  EPERM: 'may not be written by this user',
  EROFS: 'is on a file system that takes no changes',
  ENOSPC: 'is on a disk that is full',
};

/** Thrown for a directory that this Calf must not use. The message gives the reason and the way out. */
export class ClusterDirectoryError extends Error {
  override readonly name = 'ClusterDirectoryError';
}

const DEFAULT_DIR = 'calf-data';

/**
 * Returns the directory of the cluster that a command means: the one given, `calf-data` here if a cluster was started in
 * it, or the one whose conf directory HADOOP_CONF_DIR names, which `hdfs dfs` uses too.
 */
export function clusterDir(given: string | undefined): string {
  if (given !== undefined) return given;
  const confDir = process.env.HADOOP_CONF_DIR;
  if (fs.existsSync(new ClusterLayout(DEFAULT_DIR).stateFile) || !confDir) return DEFAULT_DIR;
  const of = new ClusterLayout(path.dirname(path.resolve(confDir)));
  return of.isCluster() ? of.dir : DEFAULT_DIR;
}

/** The paths within a cluster's directory. */
export class ClusterLayout {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = path.resolve(dir);
  }

  get confDir(): string {
    return path.join(this.dir, 'conf');
  }
  get secretFile(): string {
    return path.join(this.confDir, 'calf-http-secret');
  }
  get nameDir(): string {
    return path.join(this.dir, 'name');
  }
  get stateFile(): string {
    return path.join(this.dir, 'running.json');
  }
  dataDir(index: number): string {
    return path.join(this.dir, `data${index + 1}`);
  }
  localDir(index: number): string {
    return path.join(this.dir, 'mapred', `local${index + 1}`);
  }
  logFile(daemon: string): string {
    return path.join(this.dir, 'logs', `${daemon}.log`);
  }

  /** Returns whether the directory is a cluster's. */
  isCluster(): boolean {
    return fs.existsSync(path.join(this.dir, MARKER));
  }

  /**
   * Makes the directory ready. A missing or empty directory becomes a cluster's; a cluster's directory is used again.
   * @throws ClusterDirectoryError for a directory with other files, of a newer Calf, or that can't be used
   */
  async prepare(): Promise<void> {
    try {
      await makeDirectories(this.dir);
      this.#claim();
      for (const sub of ['conf', 'logs']) await makeDirectories(path.join(this.dir, sub));
      // Clients of all users read the site files. The logs are for the daemons' user.
      fs.chmodSync(path.join(this.dir, 'logs'), 0o700);
    } catch (cause) {
      if (cause instanceof ClusterDirectoryError) throw cause;
      const reason = UNUSABLE[errorCode(cause) ?? ''] ?? messageOf(cause);
      throw new ClusterDirectoryError(`${this.dir} ${reason}: give another directory with --dir`, { cause });
    }
  }

  #claim(): void {
    const marker = path.join(this.dir, MARKER);
    const names = fs.readdirSync(this.dir);
    if (names.includes(MARKER)) this.#checkMarker(marker);
    else if (names.length > 0) {
      throw new ClusterDirectoryError(
        `${this.dir} is not empty and is not a Calf cluster's directory: give an empty one with --dir`,
      );
    } else fs.writeFileSync(marker, `${JSON.stringify({ layoutVersion: LAYOUT_VERSION })}\n`);
  }

  #checkMarker(marker: string): void {
    let layoutVersion: unknown;
    try {
      layoutVersion = (JSON.parse(fs.readFileSync(marker, 'utf8')) as { layoutVersion?: unknown }).layoutVersion;
    } catch (cause) {
      throw new ClusterDirectoryError(`${marker} is damaged: restore it, or give another --dir`, { cause });
    }
    if (typeof layoutVersion !== 'number' || layoutVersion > LAYOUT_VERSION) {
      throw new ClusterDirectoryError(
        `${this.dir} has layout version ${layoutVersion}, and this Calf knows ${LAYOUT_VERSION}: ` +
          'start it with the Calf that wrote it, or give another --dir',
      );
    }
  }

  /** Writes site files, which any Hadoop client can be pointed to. */
  writeConf(properties: Readonly<Record<string, string>>): void {
    const siteOf = (name: string) =>
      name.startsWith('dfs.') ? 'hdfs' : name.startsWith('mapreduce.') ? 'mapred' : 'core';
    for (const site of ['core', 'hdfs', 'mapred']) {
      const values = Object.entries(properties).filter(([name]) => siteOf(name) === site);
      const file = path.join(this.confDir, `${site}-site.xml`);
      // Daemons that start at this moment read the old file or the new one, never half of it.
      fs.writeFileSync(`${file}.partial`, writeConfigurationXml(Object.fromEntries(values)));
      fs.renameSync(`${file}.partial`, file);
    }
  }
}

/** `host:port` of the NameNode's and the JobTracker's servers. */
export interface DaemonPorts {
  readonly namenodeRpc: string;
  readonly namenodeHttp: string;
  readonly jobTrackerHttp: string;
}

const HOST = '127.0.0.1';
const PORT_STEP = 10;
const at = (free: boolean, port: number): string => `${HOST}:${free ? 0 : port}`;

/** Returns the addresses for the NameNode and the JobTracker: Hadoop's ports, or free ones. */
export const masterAddresses = (free: boolean): DaemonPorts => ({
  namenodeRpc: at(free, 8020),
  namenodeHttp: at(free, 9870),
  jobTrackerHttp: at(free, 8088),
});

/** Returns the properties of one DataNode and the TaskTracker beside it. The first pair has Hadoop's ports. */
export function workerProperties(layout: ClusterLayout, index: number, free: boolean): Record<string, string> {
  const step = index * PORT_STEP;
  return {
    'dfs.datanode.address': at(free, 9866 + step),
    'dfs.datanode.ipc.address': at(free, 9867 + step),
    'dfs.datanode.http.address': at(free, 9864 + step),
    'dfs.datanode.data.dir': layout.dataDir(index),
    'mapreduce.tasktracker.http.address': at(free, 8042 + step),
    'mapreduce.shuffle.port': free ? '0' : String(13562 + step),
    'mapreduce.cluster.local.dir': layout.localDir(index),
  };
}

/** Returns the properties that clients and all daemons share. */
export function clusterProperties(
  layout: ClusterLayout,
  ports: DaemonPorts,
  datanodes: number,
): Record<string, string> {
  return {
    'fs.defaultFS': `hdfs://${ports.namenodeRpc}`,
    'hadoop.tmp.dir': path.join(layout.dir, 'tmp'),
    'dfs.namenode.rpc-address': ports.namenodeRpc,
    'dfs.namenode.http-address': ports.namenodeHttp,
    'dfs.namenode.name.dir': layout.nameDir,
    // With Hadoop's 0, a restarted NameNode leaves safe mode before any DataNode is back, and a first write fails.
    'dfs.namenode.safemode.min.datanodes': String(Math.min(1, datanodes)),
    'dfs.replication': String(Math.min(3, datanodes)),
    // No fourth DataNode can replace a failed one: a writer goes on with the DataNodes that are left.
    'dfs.client.block.write.replace-datanode-on-failure.best-effort': String(datanodes <= 3),
    'mapreduce.framework.name': 'calf',
    // All DataNodes share one machine: a busy one is no slower than the others (as in Hadoop's MiniDFSCluster).
    'dfs.namenode.redundancy.considerLoad': 'false',
    'calf.fault.injection.enabled': 'true',
    'mapreduce.jobtracker.http.address': ports.jobTrackerHttp,
    // All workers share this machine's cores.
    'mapreduce.tasktracker.map.tasks.maximum': String(Math.ceil(os.availableParallelism() / datanodes)),
    'mapreduce.tasktracker.reduce.tasks.maximum': String(Math.ceil(os.availableParallelism() / datanodes)),
  };
}
