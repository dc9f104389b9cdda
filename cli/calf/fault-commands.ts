/** `calf fault`: faults on demand on a running cluster. */
import { Command, InvalidArgumentError } from 'commander';
import { datanodeName } from '../../cluster/daemons/daemon-control.ts';
import { clusterDir } from '../../cluster/daemons/layout.ts';
import { ProcessControl } from '../../cluster/daemons/process-control.ts';
import { ClusterFaults, type DaemonFaults } from '../../cluster/fault/cluster-faults.ts';
import { lasting } from '../../cluster/fault/lasting.ts';
import { KEYS } from '../../conf/keys/index.ts';

interface CommonFlags {
  readonly dir?: string;
  readonly json?: boolean;
  /** Time in ms after which the fault ends. */
  readonly for?: number;
}

interface CorruptFlags extends CommonFlags {
  readonly block: number;
  readonly datanode?: number;
  readonly bytes: number;
}

/** The result of a command: one line for people, one object for programs. */
interface Done {
  readonly text: string;
  readonly result: Readonly<Record<string, unknown>>;
  /** Ends the fault, for `--for`. */
  readonly undo?: () => unknown;
}

const timeProperty = KEYS['dfs.heartbeat.interval'];

function duration(text: string): number {
  try {
    const ms = timeProperty.parse(text);
    if (ms > 0) return ms;
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
  }
  throw new InvalidArgumentError('Expected a time, such as 30s, 5m or 500ms.');
}

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('Expected a number from 1 up.');
  return Number(text);
}

/** Returns the index of a DataNode, from 0: `2` and `datanode2` are 1. */
function datanodeIndex(text: string): number {
  return positive(text.replace(/^datanode/, '')) - 1;
}

/** Returns the name of a daemon: `2` is datanode2. */
const daemonName = (text: string): string => (/^\d+$/.test(text) ? `datanode${text}` : text);

const EXAMPLES = `
Examples:
  calf fault kill-datanode 1                     as kill -9 does; its disk stays
  calf fault restart-datanode 1                  starts it again, at its old address
  calf fault kill tasktracker1                   its tasks run again elsewhere
  calf fault start tasktracker1                  nobody but this command starts it again
  calf fault kill jobtracker                     start it again, and its jobs go on
  calf fault pause datanode2 --for 30s           silent, with its connections open
  calf fault corrupt-block /in/words --block 2   flips a byte in one replica of the second block
  calf fault slow 1 --delay 200ms                before each packet of 64 KiB
  calf fault drop-acks 1                         writers hear of nothing that it wrote
  calf fault disk-full 3                         no room for another byte; "namenode": safe mode
  calf fault expire-lease /log/today             the writer of the file loses it
  calf fault list
  calf fault clear                               ends them all, restarts what was killed

Daemons go by the names that calf status shows: namenode, datanode1, jobtracker, tasktracker1, …; a number alone is a
DataNode's.
With --for a fault ends by itself, and the command waits for its end.
`;

/** Returns the commands of `calf fault`, for a cluster that `calf start` left running. */
export function faultCommand(): Command {
  const fault = new Command('fault')
    .description('make daemons of a running cluster suffer, to test what runs on it')
    .usage('<fault> [arguments]')
    .addHelpText('after', EXAMPLES);
  const add = (name: string, description: string): Command =>
    fault
      .command(name)
      .description(description)
      .option('--dir <dir>', 'directory of the cluster (default: calf-data, or the cluster of HADOOP_CONF_DIR)')
      .option('--json', 'print one JSON object');
  const addLasting = (name: string, description: string): Command =>
    add(name, description).option('--for <time>', 'end it after this time, such as 30s', duration);

  add('kill-datanode', 'end a DataNode as kill -9 does')
    .argument('<datanode>', 'as 1 or datanode1', datanodeIndex)
    .action((index: number, flags: CommonFlags) => act(flags, (faults) => kill(faults, datanodeName(index))));
  add('restart-datanode', 'start a DataNode again, at its old address')
    .argument('<datanode>', 'as 1 or datanode1', datanodeIndex)
    .action((index: number, flags: CommonFlags) => act(flags, (faults) => restart(faults, datanodeName(index))));
  add('kill-namenode', 'end the NameNode as kill -9 does').action((flags: CommonFlags) =>
    act(flags, (faults) => kill(faults, 'namenode')),
  );
  add('restart-namenode', 'start the NameNode again, at its old address').action((flags: CommonFlags) =>
    act(flags, (faults) => restart(faults, 'namenode')),
  );
  add('kill', 'end a daemon as kill -9 does')
    .argument('<daemon>', 'as jobtracker, tasktracker1, datanode1, 1 or namenode', daemonName)
    .action((daemon: string, flags: CommonFlags) => act(flags, (faults) => kill(faults, daemon)));
  add('start', 'start a daemon that was killed, at its old address')
    .argument('<daemon>', 'as jobtracker, tasktracker1, datanode1, 1 or namenode', daemonName)
    .action((daemon: string, flags: CommonFlags) =>
      act(flags, async (faults) => {
        await faults.start(daemon);
        return { text: `${daemon} is up again`, result: { daemon } };
      }),
    );
  addLasting('pause', 'stop a daemon without ending it (SIGSTOP)')
    .argument('<daemon>', 'as datanode1, 1, namenode, jobtracker or tasktracker1', daemonName)
    .action((daemon: string, flags: CommonFlags) => act(flags, (faults) => pause(faults, daemon)));
  add('resume', 'let a paused daemon go on (SIGCONT)')
    .argument('<daemon>', 'as datanode1, 1, namenode, jobtracker or tasktracker1', daemonName)
    .action((daemon: string, flags: CommonFlags) =>
      act(flags, (faults) => {
        faults.resume(daemon);
        return { text: `${daemon} goes on`, result: { daemon } };
      }),
    );
  add('corrupt-block', "flip bytes in one replica of a file's block")
    .argument('<path>', 'a file in HDFS')
    .option('--block <n>', 'which block of the file, from 1', positive, 1)
    .option('--datanode <datanode>', 'whose replica; default the first', datanodeIndex)
    .option('--bytes <n>', 'how many bytes, in the middle of the block', positive, 1)
    .action((path: string, flags: CorruptFlags) => act(flags, (faults) => corrupt(faults, path, flags)));
  addLasting('slow', 'make a DataNode wait before each packet')
    .argument('<datanode>', 'as 1 or datanode1', datanodeIndex)
    .requiredOption('--delay <time>', 'pause before a packet of 64 KiB, such as 200ms', duration)
    .action((index: number, flags: CommonFlags & { delay: number }) =>
      act(flags, async (faults) => {
        await faults.slow(index, { packetDelayMs: flags.delay });
        return lasts(faults, datanodeName(index), 'slow', `waits ${flags.delay} ms before each packet`);
      }),
    );
  addLasting('drop-acks', "lose a DataNode's acks to the writer or the DataNode before it")
    .argument('<datanode>', 'as 1 or datanode1', datanodeIndex)
    .action((index: number, flags: CommonFlags) =>
      act(flags, async (faults) => {
        await faults.dropAcks(index);
        return lasts(faults, datanodeName(index), 'drop-acks', 'loses its acks');
      }),
    );
  addLasting('disk-full', 'leave a daemon no room on its disks')
    .argument('<daemon>', 'as datanode1, 1 or namenode', daemonName)
    .action((daemon: string, flags: CommonFlags) =>
      act(flags, async (faults) => {
        await faults.diskFull(daemon === 'namenode' ? daemon : datanodeIndex(daemon));
        return lasts(faults, daemon, 'disk-full', 'has no room on its disks');
      }),
    );
  add('expire-lease', "take a file from its writer, as after the lease's hard limit")
    .argument('<path>', 'a file that is being written')
    .action((path: string, flags: CommonFlags) =>
      act(flags, async (faults) => {
        const closed = await faults.expireLease(path);
        const text = `The lease of ${path} has expired: ${closed ? 'it is closed' : 'its last block is being recovered'}`;
        return { text, result: { path, closed } };
      }),
    );
  add('list', 'show the daemons and what they suffer').action((flags: CommonFlags) =>
    act(flags, async (faults) => {
      const daemons = await faults.list();
      return { text: daemons.map(describe).join('\n'), result: { daemons } };
    }),
  );
  add('clear', 'end all faults: of one daemon, or of all')
    .argument('[daemon]', 'as datanode1, 1 or namenode', daemonName)
    .action((daemon: string | undefined, flags: CommonFlags) =>
      act(flags, async (faults) => {
        await (daemon === undefined ? faults.clear() : faults.clearDaemon(daemon));
        return { text: `${daemon ?? 'The cluster'} suffers nothing any more`, result: { daemon: daemon ?? 'all' } };
      }),
    );
  return fault;
}

async function act(flags: CommonFlags, action: (faults: ClusterFaults) => Done | Promise<Done>): Promise<void> {
  const { text, result, undo } = await action(new ClusterFaults(new ProcessControl(clusterDir(flags.dir))));
  process.stdout.write(`${flags.json ? JSON.stringify(result) : text}\n`);
  if (flags.for !== undefined && undo) await lasting(flags.for, undo);
}

async function kill(faults: ClusterFaults, daemon: string): Promise<Done> {
  await faults.kill(daemon);
  return { text: `${daemon} is killed`, result: { daemon } };
}

async function restart(faults: ClusterFaults, daemon: string): Promise<Done> {
  await faults.restart(daemon);
  return { text: `${daemon} is up again`, result: { daemon } };
}

function pause(faults: ClusterFaults, daemon: string): Done {
  faults.pause(daemon);
  return { text: `${daemon} is paused`, result: { daemon }, undo: () => faults.resume(daemon) };
}

async function corrupt(faults: ClusterFaults, path: string, flags: CorruptFlags): Promise<Done> {
  const { datanode, bytes } = flags;
  const options = { block: flags.block - 1, bytes, ...(datanode !== undefined && { datanode }) };
  const done = await faults.corruptBlock(path, options);
  const flipped = done.bytes === 1 ? `Byte ${done.offset}` : `${done.bytes} bytes from ${done.offset} on`;
  return { text: `${flipped} of ${done.block} flipped on ${done.datanode}: ${done.file}`, result: { ...done, path } };
}

function lasts(faults: ClusterFaults, daemon: string, kind: string, text: string): Done {
  return { text: `${daemon} ${text}`, result: { daemon, kind }, undo: () => faults.clearDaemon(daemon, kind) };
}

function describe({ daemon, state, faults }: DaemonFaults): string {
  const listed = faults.map(({ kind, ...settings }) =>
    [kind, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)].join(' '),
  );
  return [daemon.padEnd(13), state.padEnd(8), listed.join(', ')].join(' ').trimEnd();
}
