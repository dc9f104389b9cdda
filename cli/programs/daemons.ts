/** The subcommands that run a daemon: namenode, datanode, jobtracker and tasktracker. */
import v8 from 'node:v8';
import type { Configuration } from '../../conf/configuration.ts';
import { type Daemon, runDaemon } from '../../runtime/daemon.ts';
import { nothing } from '../../runtime/promises.ts';
import { notSupportedText, type ProgramName, whyOptionNotSupported } from '../options/not-supported.ts';
import { runTool } from '../options/tool.ts';
import { UsageError } from '../options/usage-error.ts';
import { recover, verify } from './namenode-repair.ts';

interface Address {
  readonly host: string;
  readonly port: number;
}

const text = ({ host, port }: Address): string => `${host}:${port}`;

/** Options of the NameNode. -verify is our own. -regular and -nonInteractive have no effect: nothing else is asked. */
export const NAMENODE_OPTIONS: readonly string[] = [
  ...['-format', '-recover', '-force', '-verify'],
  ...['-regular', '-nonInteractive'],
];

export const DATANODE_OPTIONS: readonly string[] = ['-regular'];

/** `hdfs namenode [-format | -recover | -verify]`. */
export async function nameNodeMain(args: readonly string[]): Promise<number | undefined> {
  const usage = '[-format [-force] [-nonInteractive]] | [-recover [-force]] | [-verify]';
  return daemonTool(
    { name: 'namenode', program: 'hdfs namenode', usage, options: NAMENODE_OPTIONS },
    args,
    async (conf, rest) => {
      // Nobody else may read the metadata.
      process.umask(0o077);
      const modes = ['-format', '-recover', '-verify'].filter((mode) => rest.includes(mode));
      if (modes.length > 1) throw new UsageError(`Can't combine ${modes.join(' and ')}.`);
      if (rest.includes('-verify')) return verify(conf);
      if (rest.includes('-recover')) return recover(conf, rest.includes('-force'));
      const { NameNode } = await import('../../namenode/namenode.ts');
      if (rest.includes('-format')) {
        await NameNode.format({ conf });
        for (const dir of conf.get('dfs.namenode.name.dir').split(',')) {
          process.stdout.write(`Storage directory ${dir.trim()} has been successfully formatted.\n`);
        }
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
    },
  );
}

/** `hdfs datanode`. */
export async function dataNodeMain(args: readonly string[]): Promise<number | undefined> {
  const tool = { name: 'datanode', program: 'hdfs datanode', usage: '[-regular]', options: DATANODE_OPTIONS } as const;
  return daemonTool(tool, args, async (conf) => {
    // Almost nothing of a packet's garbage lives on. With V8's limit for a small heap, each second of a write would be a
    // full collection, which takes a tenth of the write's processor time.
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
  return daemonTool({ name: 'jobtracker', usage: '', options: [] }, args, async (conf) => {
    const { JobTracker } = await import('../../mapreduce/jobtracker/job-tracker.ts');
    return run(
      'JobTracker',
      () => JobTracker.start({ conf }),
      ({ httpAddress }) => ({ http: text(httpAddress) }),
    );
  });
}

/** `mapred tasktracker`: works for the JobTracker at mapreduce.jobtracker.http.address. */
export async function taskTrackerMain(args: readonly string[]): Promise<number | undefined> {
  return daemonTool({ name: 'tasktracker', usage: '', options: [] }, args, async (conf) => {
    const { TaskTracker } = await import('../../mapreduce/tasktracker/task-tracker.ts');
    const jobTrackerUrl = `http://${conf.get('mapreduce.jobtracker.http.address')}`;
    return run(
      'TaskTracker',
      async () => drainingOnStop(await TaskTracker.start({ conf, jobTrackerUrl })),
      ({ httpAddress }) => ({ http: text(httpAddress) }),
    );
  });
}

interface Draining extends Daemon {
  readonly httpAddress: { readonly host: string; readonly port: number };
  drain(): Promise<void>;
}

/** Returns a TaskTracker whose stop waits a little for the tasks that run. */
const drainingOnStop = (tracker: Draining) => ({
  httpAddress: tracker.httpAddress,
  stop: async (): Promise<void> => {
    await tracker.drain();
    await tracker.stop();
  },
});

/** Runs a daemon until a signal ends it. runDaemon sets the exit status. */
async function run<D extends Daemon>(
  name: string,
  start: () => Promise<D>,
  addresses: (daemon: D) => Readonly<Record<string, string>>,
): Promise<undefined> {
  // V8 drops the code of functions that several collections found at rest, and a daemon rests between two clients
  // (docs/decisions/resting-daemons.md).
  v8.setFlagsFromString('--no-flush-bytecode');
  await runDaemon(name, start, addresses);
}

interface DaemonTool {
  readonly name: string;
  /** Its name in the table of options that are not supported. */
  readonly program?: ProgramName;
  readonly usage: string;
  readonly options: readonly string[];
}

/** Runs a daemon's command. A wrong option, configuration or start ends with status 1. */
async function daemonTool(
  { name, program, usage, options }: DaemonTool,
  args: readonly string[],
  action: (conf: Configuration, rest: readonly string[]) => Promise<number | undefined>,
): Promise<number | undefined> {
  // The daemon's own log tells of deprecated names and of properties without effect, when it starts.
  const tool = { name, usage: [`Usage: ${name} [generic options] ${usage}`], usageExitCode: 1, tell: nothing };
  return runTool(tool, args, async (conf, rest) => {
    const unknown = rest.find((arg) => !options.includes(arg));
    if (unknown === undefined) return action(conf, rest);
    const reason = program && whyOptionNotSupported(program, unknown);
    if (reason === undefined) throw new UsageError(`Illegal option ${unknown}`);
    process.stderr.write(`${name}: ${unknown}: ${notSupportedText(reason)}\n`);
    return 1;
  });
}
