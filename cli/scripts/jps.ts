/** `jps`: the daemons of this machine, as the JDK's program lists Java processes. */
import { execFileSync } from 'node:child_process';
import { print } from '../terminal/terminal.ts';

const NAMES: Readonly<Record<string, string>> = {
  namenode: 'NameNode',
  datanode: 'DataNode',
  jobtracker: 'JobTracker',
  tasktracker: 'TaskTracker',
};
const DAEMON = /(?:^|[/\\])(?:hdfs|mapred)\.js (namenode|datanode|jobtracker|tasktracker)(?: |$)/;

/** Returns `PID NAME` of each daemon in the output of `ps -o pid=,args=`. */
export function daemonsIn(processes: string): string[] {
  return processes.split('\n').flatMap((line) => {
    const [, pid, args = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
    const name = NAMES[DAEMON.exec(args)?.[1] ?? ''];
    return pid === undefined || name === undefined ? [] : [`${pid} ${name}`];
  });
}

/** @returns exit status */
export function jpsMain(): number {
  for (const line of daemonsIn(execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }))) print(line);
  print(`${process.pid} Jps`);
  return 0;
}
