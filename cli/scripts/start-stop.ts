/** `start-dfs.sh`, `stop-dfs.sh` and their like, which tutorials call: all daemons of one machine, in the background. */
import { print } from '../terminal/terminal.ts';
import { daemonCommand } from './daemon-command.ts';

interface Step {
  readonly says: string;
  readonly program: 'hdfs' | 'mapred';
  readonly daemon: string;
}

const DFS: readonly Step[] = [
  { says: 'namenodes on [localhost]', program: 'hdfs', daemon: 'namenode' },
  { says: 'datanodes', program: 'hdfs', daemon: 'datanode' },
];
const MAPREDUCE: readonly Step[] = [
  { says: 'jobtracker', program: 'mapred', daemon: 'jobtracker' },
  { says: 'tasktrackers', program: 'mapred', daemon: 'tasktracker' },
];

const SETS: Readonly<Record<string, readonly Step[]>> = {
  dfs: DFS,
  yarn: MAPREDUCE,
  all: [...DFS, ...MAPREDUCE],
};

/** The names of the scripts. */
export const SCRIPTS: readonly string[] = Object.keys(SETS).flatMap((set) => [`start-${set}.sh`, `stop-${set}.sh`]);

/** Runs `start-dfs.sh` and the like. @returns exit status: 1 if a daemon did not start */
export async function runScript(name: string): Promise<number> {
  const [action = '', set = ''] = name.replace(/\.sh$/, '').split('-');
  const steps = SETS[set] ?? [];
  const ordered = action === 'stop' ? [...steps].reverse() : steps;
  let status = 0;
  for (const { says, program, daemon } of ordered) {
    print(`${action === 'stop' ? 'Stopping' : 'Starting'} ${says}`);
    status = Math.max(status, await daemonCommand(program, [action, daemon]));
  }
  return status;
}
