import { type ProcessState, processState } from '../../runtime/process-state.ts';

/** The programs of a cluster's daemons, as they stand in their command lines. */
const COMMANDS: Readonly<Record<string, readonly [program: string, subcommand: string]>> = {
  namenode: ['hdfs', 'namenode'],
  datanode: ['hdfs', 'datanode'],
  jobtracker: ['mapred', 'jobtracker'],
  tasktracker: ['mapred', 'tasktracker'],
};

/** The command that runs a daemon, as `datanode1`. @throws Error for a name that no daemon has */
export function daemonCommand(daemon: string): readonly [program: string, subcommand: string] {
  const command = COMMANDS[daemon.replace(/\d+$/, '')];
  if (!command) throw new Error(`No daemon is named ${daemon}`);
  return command;
}

/** The state of the process that was started as a cluster's daemon. */
export function daemonState(daemon: string, pid: number): ProcessState {
  const [program, subcommand] = daemonCommand(daemon);
  return processState(pid, `${program}.js ${subcommand}`);
}

/** Signals a process; false when it has ended meanwhile. */
export function signalProcess(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw e;
  }
}
