import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { jobService } from '../../mapreduce/engines/job-client.ts';
import type { JobService } from '../../mapreduce/job/job-service.ts';
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import { taskLogs } from '../../mapreduce/job/task-logs.ts';

type Action = (service: JobService, args: readonly string[]) => Promise<number>;

const EXIT_SUCCESS = 0;
const EXIT_FAILURE = 1;
const EXIT_USAGE = 255;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

/** Does something with a job that must exist. */
function onJob(action: (service: JobService, status: JobStatus, args: readonly string[]) => Promise<number>): Action {
  return async (service, [jobId = '', ...rest]) => {
    const status = await service.status(jobId);
    if (status) return action(service, status, rest);
    complain(`Could not find job ${jobId}`);
    return EXIT_FAILURE;
  };
}

/** The commands of `mapred job` (org.apache.hadoop.mapred.JobClient), with how many arguments each takes. */
const COMMANDS: Record<string, { usage: string; args: readonly [least: number, most: number]; run: Action }> = {
  '-list': {
    usage: '[-list [all]]',
    args: [0, 1],
    run: async (service, [all]) => {
      const jobs = (await service.list()).filter((job) => all === 'all' || job.finishTimeMs === 0);
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
    run: onJob(async (service, { jobId }, [attemptId]) => {
      for await (const text of taskLogs(service, jobId, attemptId)) print(text);
      return EXIT_SUCCESS;
    }),
  },
  '-list-attempt-ids': {
    usage: '[-list-attempt-ids <job-id> <task-type> <task-state>]',
    args: [3, 3],
    run: onJob(async (service, { jobId }, [type = '', state = '']) => {
      const running = state.toLowerCase() === 'running';
      for (const attempt of await service.attempts(jobId)) {
        const wanted = attempt.kind === type.toUpperCase() && (attempt.state === 'RUNNING') === running;
        if (wanted) print(attempt.attemptId);
      }
      return EXIT_SUCCESS;
    }),
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

/** What users of Hadoop type that Calf's JobTracker has no answer to. */
const UNSUPPORTED = new Map([
  ['-submit', 'a job is a TypeScript file; use mapred submit job.ts <in> <out>'],
  ['-set-priority', 'jobs run in the order of their submission'],
  ['-events', 'the JobTracker keeps no events; see its web page'],
  ['-history', 'use mapred job -status <job-id>, or the web page of the JobTracker'],
  ['-list-blacklisted-trackers', 'no tracker is ever blacklisted'],
  ['-kill-task', 'single attempts can not be ended; use mapred job -kill <job-id>'],
  ['-fail-task', 'single attempts can not be ended; use mapred job -kill <job-id>'],
  ['-config', "a job's configuration is not kept as a file"],
]);

/** `mapred job -COMMAND ARGS…`; the answer is the exit status. */
export async function runJobCommand(args: readonly string[], conf: Configuration): Promise<number> {
  const [name = '', ...rest] = args;
  const whyNot = UNSUPPORTED.get(name);
  if (whyNot !== undefined) {
    complain(`mapred job ${name} is not supported yet: ${whyNot}`);
    return EXIT_FAILURE;
  }
  const command = COMMANDS[name];
  if (!command || rest.length < command.args[0] || rest.length > command.args[1]) {
    const usages = command ? [command.usage] : Object.values(COMMANDS).map(({ usage }) => usage);
    complain(`Usage: mapred job <command> <args>\n${usages.map((usage) => `\t${usage}`).join('\n')}`);
    return EXIT_USAGE;
  }
  await using service = await jobService(conf);
  return await command.run(service, rest);
}
