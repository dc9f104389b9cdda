/** `mapred job`: lists, shows and kills jobs; org.apache.hadoop.mapred.JobClient. */
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import type { JobService } from '../../mapreduce/job/job-service.ts';
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import { taskLogs } from '../../mapreduce/logs/task-logs.ts';
import { commandOf, NotSupportedError, type WordCommand } from '../options/first-word.ts';
import { UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';

type Action = (service: JobService, args: readonly string[], conf: Configuration) => Promise<number>;

interface JobCommand extends WordCommand {
  readonly usage: string;
  readonly run: Action;
}

const EXIT_SUCCESS = 0;
const EXIT_FAILURE = 1;

const TASK_TYPES = ['MAP', 'REDUCE'];
const TASK_STATES = ['running', 'completed'];

/** @throws UsageError after a message on standard output, as Hadoop's CLI */
function refuseUnknown(what: string, word: string, known: readonly string[], typed: string): void {
  if (known.includes(word)) return;
  print(`Error: Invalid ${what}: ${typed}`);
  throw new UsageError();
}

/** Returns an action on a job, which fails if there is no such job. */
function onJob(
  action: (service: JobService, status: JobStatus, args: readonly string[], conf: Configuration) => Promise<number>,
): Action {
  return async (service, [jobId = '', ...rest], conf) => {
    const status = await service.status(jobId);
    if (status) return action(service, status, rest, conf);
    complain(`Could not find job ${jobId}`);
    return EXIT_FAILURE;
  };
}

/** The commands, with the numbers of arguments that each takes. */
export const JOB_COMMANDS: Readonly<Record<string, JobCommand>> = {
  '-list': {
    usage: '[-list [all]]',
    args: [0, 1],
    run: async (service, [all]) => {
      const jobs = await service.list(all === 'all' ? 'all' : 'running');
      print(`Total jobs:${jobs.length}`);
      print(['JobId', 'JobName', 'State', 'StartTime', 'UserName'].map((title) => title.padStart(24)).join('\t'));
      for (const { jobId, name, state, startTimeMs, user } of jobs) {
        print([jobId, name, state, String(startTimeMs), user].map((cell) => cell.padStart(24)).join('\t'));
      }
      return EXIT_SUCCESS;
    },
  },
  '-status': {
    usage: '[-status <job-id>]',
    args: [1, 1],
    run: onJob(async (service, status) => {
      print(`\nJob: ${status.jobId}`);
      print(`Job Name: ${status.name}`);
      print(`Job Tracking URL : ${service.trackingUrl(status.jobId)}`);
      print(`Number of maps: ${status.maps}\nNumber of reduces: ${status.reduces}`);
      print(`map() completion: ${status.mapProgress}\nreduce() completion: ${status.reduceProgress}`);
      print(`Job state: ${status.state}\nreason for failure: ${status.failureInfo}`);
      return EXIT_SUCCESS;
    }),
  },
  '-counter': {
    usage: '[-counter <job-id> <group-name> <counter-name>]',
    args: [3, 3],
    run: onJob(async (_, status, [group = '', counter = '']) => {
      print(String(status.counters[group]?.[counter] ?? 0));
      return EXIT_SUCCESS;
    }),
  },
  '-kill': {
    usage: '[-kill <job-id>]',
    args: [1, 1],
    run: onJob(async (service, { jobId }) => {
      await service.kill(jobId, currentUser());
      print(`Killed job ${jobId}`);
      return EXIT_SUCCESS;
    }),
  },
  '-logs': {
    usage: '[-logs <job-id> [<task-attempt-id>]]',
    args: [1, 2],
    run: onJob(async (service, { jobId }, [attemptId], conf) => {
      for await (const text of taskLogs(service, conf, jobId, attemptId)) print(text);
      return EXIT_SUCCESS;
    }),
  },
  '-list-attempt-ids': {
    usage:
      '[-list-attempt-ids <job-id> <task-type> <task-state>]. ' +
      'Valid values for <task-type> are MAP REDUCE. Valid values for <task-state> are running, completed',
    args: [3, 3],
    run: async (service, [jobId = '', type = '', state = ''], conf) => {
      refuseUnknown('task-type', type.toUpperCase(), TASK_TYPES, type);
      refuseUnknown('task-state', state.toLowerCase(), TASK_STATES, state);
      return await onJob(async (_, { jobId }) => {
        const running = state.toLowerCase() === 'running';
        for (const attempt of await service.attempts(jobId)) {
          const wanted = attempt.kind === type.toUpperCase() && (attempt.state === 'RUNNING') === running;
          if (wanted) print(attempt.attemptId);
        }
        return EXIT_SUCCESS;
      })(service, [jobId], conf);
    },
  },
  '-list-active-trackers': {
    usage: '[-list-active-trackers]',
    args: [0, 0],
    run: async (service) => {
      for (const { trackerId } of await service.trackers()) print(trackerId);
      return EXIT_SUCCESS;
    },
  },
};

/** The usage of all commands. */
export const JOB_USAGE = usageOf(Object.values(JOB_COMMANDS));

function usageOf(commands: readonly JobCommand[]): string[] {
  return ['Usage: mapred job <command> <args>', ...commands.map(({ usage }) => `\t${usage}`)];
}

/** `mapred job -COMMAND ARGS…`. @returns exit status @throws UsageError */
export async function runJobCommand(args: readonly string[], conf: Configuration): Promise<number> {
  const [name = '', ...rest] = args;
  try {
    const command = commandOf('mapred job', JOB_COMMANDS, args);
    if (!command) throw new UsageError();
    const { jobService } = await import('../../mapreduce/engines/job-client.ts');
    await using service = await jobService(conf);
    return await command.run(service, rest, conf);
  } catch (e) {
    if (e instanceof UsageError) {
      const command = Object.hasOwn(JOB_COMMANDS, name) ? JOB_COMMANDS[name] : undefined;
      throw new UsageError(e.message, command && usageOf([command]));
    }
    if (!(e instanceof NotSupportedError)) throw e;
    complain(`mapred job ${name}: ${e.message}`);
    return EXIT_FAILURE;
  }
}
