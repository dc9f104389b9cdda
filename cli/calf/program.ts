/** The program `calf`: a whole cluster on one machine, up in about a second. */
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../runtime/errors.ts';

const count = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected a number from 1 up.');
  return Number(text);
};

const define = (text: string, before: Record<string, string>): Record<string, string> => {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Expected property=value.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
};

interface DirOption {
  readonly dir?: string;
}

interface StartFlags {
  readonly dir: string;
  readonly datanodes: number;
  readonly freePorts?: boolean;
  readonly foreground?: boolean;
  readonly json?: boolean;
  readonly mapreduce: boolean;
  readonly define: Record<string, string>;
}

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function start(flags: StartFlags): Promise<void> {
  const { startCluster, stopCluster } = await import('../../cluster/daemons/start.ts');
  const cluster = await startCluster({
    dir: flags.dir,
    datanodes: flags.datanodes,
    freePorts: flags.freePorts ?? false,
    mapreduce: flags.mapreduce,
    properties: flags.define,
  });
  if (flags.json) print(JSON.stringify(cluster));
  else {
    const { describeCluster } = await import('../../cluster/daemons/status.ts');
    print(describeCluster(cluster));
  }
  if (!flags.foreground) return;
  // An interval keeps this process alive until a signal comes.
  const alive = setInterval(() => undefined, 2 ** 30);
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  clearInterval(alive);
  await stopCluster(flags.dir);
}

async function stop(flags: DirOption): Promise<void> {
  const { stopCluster } = await import('../../cluster/daemons/start.ts');
  const dir = await dirOf(flags);
  if (await stopCluster(dir)) print(`Stopped the cluster in ${dir}`);
  else complainOfNone(dir);
}

async function status(flags: DirOption & { readonly json?: boolean }): Promise<void> {
  const { readRunningCluster } = await import('../../cluster/daemons/start.ts');
  const { describeStatus } = await import('../../cluster/daemons/status.ts');
  const dir = await dirOf(flags);
  const cluster = readRunningCluster(dir);
  if (cluster) print(flags.json ? JSON.stringify(cluster) : await describeStatus(cluster));
  else complainOfNone(dir);
}

async function dirOf({ dir }: DirOption): Promise<string> {
  const { clusterDir } = await import('../../cluster/daemons/layout.ts');
  return clusterDir(dir);
}

function complainOfNone(dir: string): void {
  process.stderr.write(
    `No cluster is running in ${dir}: start one with calf start, name its --dir, or set HADOOP_CONF_DIR to its conf\n`,
  );
  process.exitCode = 1;
}

/** Keeps the trackers of a cluster until the cluster ends, or until SIGTERM. */
async function keep({ dir }: { readonly dir: string }): Promise<void> {
  const { TrackerKeeper } = await import('../../cluster/daemons/tracker-keeper.ts');
  const { createLogger } = await import('../../runtime/log.ts');
  const keeper = new TrackerKeeper(dir, createLogger('keeper'));
  process.once('SIGTERM', () => keeper.stop());
  await keeper.run();
}

/** Runs the command line of this process. Sets the exit code. */
export async function runCalf(): Promise<void> {
  const program = new Command('calf').description('HDFS and MapReduce, up in about a second');
  const dirHelp = 'directory of the cluster, its data and its conf';
  const runningHelp = 'directory of the cluster (default: calf-data, or the cluster of HADOOP_CONF_DIR)';
  program.option('--version', 'print the version');

  program
    .command('start')
    .description('start a cluster and leave it running')
    .option('--dir <dir>', dirHelp, 'calf-data')
    .option('--datanodes <n>', 'number of DataNodes', count, 3)
    .option('--free-ports', "take free ports rather than Hadoop's")
    .option('--foreground', 'stay, and stop the cluster on Ctrl-C')
    .option('--no-mapreduce', 'without JobTracker and TaskTrackers')
    .option('--json', 'print one JSON object: addresses, process ids, conf directory')
    .option('-D, --define <property=value>', 'a property for daemons and clients', define, {})
    .action(start);
  program.command('stop').description('stop it').option('--dir <dir>', runningHelp).action(stop);
  program
    .command('status')
    .description('show what runs and where')
    .option('--dir <dir>', runningHelp)
    .option('--json', 'as one JSON object')
    .action(status);
  program
    .command('keep', { hidden: true })
    .description('start the TaskTrackers of a cluster again when they die; calf start runs it')
    .requiredOption('--dir <dir>', dirHelp)
    .action(keep);
  program
    .command('init')
    .description('make a project with a job and its test')
    .argument('[dir]', 'a new directory, or an empty one', '.')
    .action(async (dir: string) => {
      const { initProject } = await import('./init.ts');
      for (const line of initProject(dir)) print(line);
    });
  program
    .command('wordcount')
    .description('count the words of files on a cluster of its own, start to end')
    .argument('[files...]', "default: Calf's documentation, repeated to 100 MB")
    .action(async (files: string[]) => {
      const { wordCountDemo } = await import('./wordcount-demo.ts');
      await wordCountDemo(files);
    });

  // The fault commands are loaded only for `calf fault` and for help that lists them.
  if (
    process.argv[2] === 'fault' ||
    !['start', 'stop', 'status', 'wordcount', 'init'].includes(process.argv[2] ?? '')
  ) {
    const { faultCommand } = await import('./fault-commands.ts');
    program.addCommand(faultCommand());
  }

  try {
    await program.parseAsync();
  } catch (e) {
    process.stderr.write(`calf: ${messageOf(e)}\n`);
    process.exitCode = 1;
  }
}
