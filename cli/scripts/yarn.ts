/** `yarn` as far as tutorials call it: its commands on Calf's JobTracker, which is in the place of the ResourceManager. */
import { jarMain } from '../jars/hadoop-jar.ts';
import { jobMain } from '../jobs/job-commands.ts';
import { complain } from '../terminal/terminal.ts';
import { daemonCommand } from './daemon-command.ts';

const DAEMONS: Readonly<Record<string, string>> = { resourcemanager: 'jobtracker', nodemanager: 'tasktracker' };

/** An application's id has the numbers of its job. */
export const jobOf = (application: string): string => application.replace(/^application_/, 'job_');

/** Returns the arguments of `mapred job` that do what a command of yarn does; undefined if there are none. */
export function asJobCommand(args: readonly string[]): string[] | undefined {
  const [command = '', option = '', id = ''] = args;
  switch (`${command} ${option}`) {
    case 'application -list':
    case 'app -list':
      return ['-list'];
    case 'application -status':
    case 'app -status':
      return ['-status', jobOf(id)];
    case 'application -kill':
    case 'app -kill':
      return ['-kill', jobOf(id)];
    case 'logs -applicationId':
      return ['-logs', jobOf(id)];
    case 'node -list':
      return ['-list-active-trackers'];
    default:
      return undefined;
  }
}

/** Runs `yarn COMMAND ARGS…`. @returns exit status */
export async function yarnMain(args: readonly string[]): Promise<number> {
  const [command = '', ...rest] = args;
  if (command === 'jar') return await jarMain(rest);
  if (command === '--daemon') {
    const [action = '', daemon = '', ...more] = rest;
    return await daemonCommand('mapred', [action, DAEMONS[daemon] ?? daemon, ...more]);
  }
  const job = asJobCommand(args);
  if (job) return await jobMain(job);
  complain(
    `yarn ${args.slice(0, 2).join(' ')}: not supported: Calf has a JobTracker in the place of YARN. There are: yarn jar, ` +
      'yarn application -list|-status ID|-kill ID, yarn logs -applicationId ID, yarn node -list, ' +
      'yarn --daemon start|stop|status resourcemanager|nodemanager; for all else see mapred job and the web page',
  );
  return 1;
}
