/** The processes of a cluster's daemons: their programs, their states, their ends. */
import { errorCode } from '../../runtime/errors.ts';
import { type ProcessState, processState } from '../../runtime/process-state.ts';
import { sleep } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';

/** The programs of a cluster's daemons, as their command lines name them. */
const COMMANDS: Readonly<Record<string, readonly [program: string, subcommand: string]>> = {
  namenode: ['hdfs', 'namenode'],
  datanode: ['hdfs', 'datanode'],
  jobtracker: ['mapred', 'jobtracker'],
  tasktracker: ['mapred', 'tasktracker'],
  keeper: ['calf', 'keep'],
};

const POLL_MS = 20;
/** A daemon that has not ended this long after SIGTERM gets SIGKILL. */
const TERM_LIMIT_MS = 10_000;
/** A process that is there this long after SIGKILL hangs in the kernel, on its disk for instance. */
const KILL_LIMIT_MS = 10_000;

/** A daemon's name, such as `datanode1`, and its process id. */
export type NamedProcess = readonly [daemon: string, pid: number];

/** Returns the command that runs a daemon, such as `datanode1`. @throws Error for a name that no daemon has */
export function daemonCommand(daemon: string): readonly [program: string, subcommand: string] {
  const command = COMMANDS[daemon.replace(/\d+$/, '')];
  if (!command) throw new Error(`No daemon is named ${daemon}`);
  return command;
}

/** Returns the state of the process that was started as a cluster's daemon. */
export function daemonState(daemon: string, pid: number): ProcessState {
  const [program, subcommand] = daemonCommand(daemon);
  return processState(pid, `${program}.js ${subcommand}`);
}

/** Sends a signal. @returns false if the process has ended meanwhile */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (e) {
    if (errorCode(e) === 'ESRCH') return false;
    throw e;
  }
}

/**
 * Ends processes: with SIGTERM, and with SIGKILL those that do not listen. Every process gets its signals, whatever the
 * others do.
 * @throws AggregateError for those that could not be ended
 */
export async function endProcesses(processes: readonly NamedProcess[]): Promise<void> {
  const results = await Promise.allSettled(processes.map(endProcess));
  const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (errors.length > 0) throw new AggregateError(errors, errors.map(String).join('; '));
}

async function endProcess([daemon, pid]: NamedProcess): Promise<void> {
  if (daemonState(daemon, pid) === 'ended') return;
  signalProcess(pid, 'SIGTERM');
  // A paused process takes SIGTERM only when it runs again.
  signalProcess(pid, 'SIGCONT');
  if (await hasEnded([daemon, pid], TERM_LIMIT_MS)) return;
  await killProcess([daemon, pid]);
}

/** Ends a process with SIGKILL; resolves when it has ended. @throws Error if it does not end */
export async function killProcess([daemon, pid]: NamedProcess): Promise<void> {
  signalProcess(pid, 'SIGKILL');
  if (!(await hasEnded([daemon, pid], KILL_LIMIT_MS))) {
    throw new Error(`${daemon} (process ${pid}) did not end: its disk may hang`);
  }
}

async function hasEnded([daemon, pid]: NamedProcess, limitMs: number): Promise<boolean> {
  const deadlineMs = systemClock.monotonicMs() + limitMs;
  while (daemonState(daemon, pid) !== 'ended') {
    if (systemClock.monotonicMs() > deadlineMs) return false;
    await sleep(POLL_MS);
  }
  return true;
}
