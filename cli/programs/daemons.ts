import v8 from 'node:v8';
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { type Daemon, runDaemon } from '../../runtime/daemon.ts';
import { GenericOptionError, loadConfiguration, parseGenericOptions } from '../options/generic-options.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

const text = ({ host, port }: Address): string => `${host}:${port}`;

/** Options of Hadoop's NameNode that a NameNode without checkpoints and with its own store has no use for. */
const NAMENODE_OPTIONS = new Set(['-regular', '-force', '-nonInteractive']);

/** `hdfs namenode [-format]`. */
export async function nameNodeMain(args: readonly string[]): Promise<number | undefined> {
  return withConfiguration('namenode', args, async (conf, rest) => {
    const unknown = rest.find((arg) => arg !== '-format' && !NAMENODE_OPTIONS.has(arg));
    if (unknown) return refuse('namenode', unknown, '[-format [-force] [-nonInteractive]]');
    const { NameNode } = await import('../../namenode/namenode.ts');
    if (rest.includes('-format')) {
      await NameNode.format({ conf });
      process.stdout.write(`Storage directory ${conf.get('dfs.namenode.name.dir')} has been successfully formatted.\n`);
      return 0;
    }
    return run(
      'NameNode',
      () => NameNode.start({ conf }),
      ({ rpcAddress, httpAddress }) => ({
        rpc: text(rpcAddress),
        http: text(httpAddress),
      }),
    );
  });
}

/** `hdfs datanode`. */
export async function dataNodeMain(args: readonly string[]): Promise<number | undefined> {
  return withConfiguration('datanode', args, async (conf, [unknown]) => {
    if (unknown !== undefined && unknown !== '-regular') return refuse('datanode', unknown, '[-regular]');
    // Next to nothing of what packets leave behind lives on. V8's limit for a small heap would collect all of it in each
    // second of a write, which takes a tenth of the write's processor time.
    v8.setFlagsFromString('--heap-growing-percent=400');
    const { DataNode } = await import('../../datanode/datanode.ts');
    return run(
      'DataNode',
      () => DataNode.start({ conf }),
      ({ xferAddress, ipcAddress, httpAddress }) => ({
        data: text(xferAddress),
        ipc: text(ipcAddress),
        http: text(httpAddress),
      }),
    );
  });
}

/** `mapred jobtracker`. */
export async function jobTrackerMain(args: readonly string[]): Promise<number | undefined> {
  return withConfiguration('jobtracker', args, async (conf, [unknown]) => {
    if (unknown !== undefined) return refuse('jobtracker', unknown, '');
    const { JobTracker } = await import('../../mapreduce/jobtracker/job-tracker.ts');
    return run(
      'JobTracker',
      () => JobTracker.start({ conf }),
      ({ httpAddress }) => ({ http: text(httpAddress) }),
    );
  });
}

/** `mapred tasktracker`: beside the JobTracker that mapreduce.jobtracker.http.address names. */
export async function taskTrackerMain(args: readonly string[]): Promise<number | undefined> {
  return withConfiguration('tasktracker', args, async (conf, [unknown]) => {
    if (unknown !== undefined) return refuse('tasktracker', unknown, '');
    const { TaskTracker } = await import('../../mapreduce/tasktracker/task-tracker.ts');
    const jobTrackerUrl = `http://${conf.get('mapreduce.jobtracker.http.address')}`;
    return run(
      'TaskTracker',
      () => TaskTracker.start({ conf, jobTrackerUrl }),
      ({ httpAddress }) => ({
        http: text(httpAddress),
      }),
    );
  });
}

/** Runs until a signal; the exit status is runDaemon's. */
async function run<D extends Daemon>(
  name: string,
  start: () => Promise<D>,
  addresses: (daemon: D) => Readonly<Record<string, string>>,
): Promise<undefined> {
  // V8 forgets the code of functions that rest for some collections, and a daemon rests between two clients
  // (docs/decisions/resting-daemons.md).
  v8.setFlagsFromString('--no-flush-bytecode');
  await runDaemon(name, start, addresses);
}

function refuse(name: string, arg: string, usage: string): number {
  process.stderr.write(`${name}: Illegal option ${arg}\nUsage: ${name} [generic options] ${usage}\n`);
  return 1;
}

/** Takes the generic options; mistakes in them or in the site files end with status 1. */
async function withConfiguration(
  name: string,
  args: readonly string[],
  action: (conf: Configuration, rest: readonly string[]) => Promise<number | undefined>,
): Promise<number | undefined> {
  try {
    const options = parseGenericOptions(args);
    return await action(loadConfiguration(options), options.rest);
  } catch (e) {
    if (!(e instanceof GenericOptionError || e instanceof ConfigurationError)) throw e;
    process.stderr.write(`${name}: ${e.message}\n`);
    return 1;
  }
}
