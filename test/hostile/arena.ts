// Runs the daemons that the attacks are aimed at, in this process, with traps that show whether an attack has succeeded.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { makeSecret, secretFile } from '../../runtime/http/cluster-secret.ts';
import type { SharedSecret } from '../../runtime/http/shared-secret.ts';

export const DAEMONS = ['NameNode', 'DataNode', 'JobTracker', 'TaskTracker', 'shuffle server'] as const;
export type Daemon = (typeof DAEMONS)[number];

/** The text of files that no answer may show. */
export const PLANTED = 'planted-text-that-no-answer-may-show';
/** Matches errors in a daemon's log that no request may cause. */
const FAULT_IN_LOG = /"type":"(TypeError|RangeError|ReferenceError|SyntaxError|Bug)"/;

/** With these no job runs, however many are submitted. */
export const NO_SLOTS = {
  'mapreduce.tasktracker.map.tasks.maximum': '0',
  'mapreduce.tasktracker.reduce.tasks.maximum': '0',
};

export interface ArenaOptions {
  /** Properties of all daemons. */
  readonly properties?: Readonly<Record<string, string>>;
}

export class Arena {
  readonly cluster: MiniCluster;
  readonly ports: Readonly<Record<Daemon, number>>;
  /** Holds the data of the cluster, and beside it the directory `precious`, which no daemon has any business with. */
  readonly directory: string;
  /** The secret by which members of the cluster are known. */
  readonly secret: SharedSecret;
  /** The texts that no answer may hold. */
  readonly secrets: readonly string[];
  /** The lines of the daemons' logs that tell of an error of their own. */
  readonly incidents: string[];
  readonly #precious: string;
  readonly #before: string;

  private constructor(cluster: MiniCluster, directory: string, incidents: string[]) {
    this.cluster = cluster;
    this.directory = directory;
    this.incidents = incidents;
    this.secret = makeSecret(cluster.conf);
    this.secrets = [PLANTED, fs.readFileSync(secretFile(cluster.conf), 'utf8').trim(), 'root:x:0:0'];
    const [tracker] = cluster.jobTracker?.trackers ?? [];
    this.ports = {
      NameNode: cluster.namenode.httpAddress.port,
      DataNode: cluster.datanodes[0]?.httpAddress.port ?? 0,
      JobTracker: cluster.jobTracker?.httpAddress.port ?? 0,
      TaskTracker: Number(new URL(tracker?.httpUrl ?? '').port),
      'shuffle server': Number(new URL(tracker?.shuffleUrl ?? '').port),
    };
    this.#precious = path.join(directory, 'precious');
    this.#before = preciousState(this.#precious);
  }

  static async start({ properties = {} }: ArenaOptions = {}): Promise<Arena> {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-hostile-'));
    const precious = path.join(directory, 'precious');
    fs.mkdirSync(path.join(precious, 'sub'), { recursive: true });
    fs.writeFileSync(path.join(precious, 'sub', 'file'), PLANTED);
    const incidents: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line) => void (FAULT_IN_LOG.test(line) && incidents.push(line)) });
    const dir = path.join(directory, 'cluster');
    return new Arena(await MiniCluster.start({ datanodes: 1, dir, log, properties }), directory, incidents);
  }

  /** The directory of a TaskTracker's attempts and logs. */
  get trackerDirectory(): string {
    return path.join(this.directory, 'cluster', 'local1', `tracker-${this.ports.TaskTracker}`);
  }

  /** Returns one line for each trap that an attack has sprung: a daemon has ended or logged a bug, a file has changed. */
  async harm(): Promise<string[]> {
    const found = this.incidents.splice(0).map((line) => `a daemon's log: ${line.slice(0, 1000)}`);
    if (preciousState(this.#precious) !== this.#before) found.push('a file of another directory has changed');
    for (const daemon of DAEMONS) {
      const signal = AbortSignal.timeout(20_000);
      const page = daemon === 'shuffle server' ? '/mapOutput' : '/jmx';
      const answer = await fetch(`http://127.0.0.1:${this.ports[daemon]}${page}`, { signal }).catch((e: Error) => e);
      const expected = daemon === 'shuffle server' ? 400 : 200;
      if (answer instanceof Error || answer.status !== expected) found.push(`the ${daemon} does not answer: ${answer}`);
    }
    return found;
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Describes every file of a directory: its name, size, mode and time of the last change. */
function preciousState(directory: string): string {
  const names = ['.', ...fs.readdirSync(directory, { recursive: true, encoding: 'utf8' })];
  return names
    .map((name) => {
      const { size, mode, mtimeMs } = fs.statSync(path.join(directory, name));
      return [name, size, mode, mtimeMs].join(' ');
    })
    .sort()
    .join('\n');
}
