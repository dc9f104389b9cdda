/** `mapred job`: lists, shows, changes and kills jobs; org.apache.hadoop.mapreduce.tools.CLI. */
import fs from 'node:fs';
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { writeConfigurationXml } from '../../conf/xml.ts';
import { JOB_PRIORITIES } from '../../mapreduce/job/job-priority.ts';
import type { JobService } from '../../mapreduce/job/job-service.ts';
import { commandOf, NotSupportedError } from '../options/first-word.ts';
import { UsageError } from '../options/usage-error.ts';
import { complain, print } from '../terminal/terminal.ts';
import { EXIT_NOT_DONE, EXIT_SUCCESS, type JobCommand, onJob } from './job-command.ts';
import { historyLines } from './job-history.ts';
import { statusLines } from './job-status-lines.ts';
import { jobLines } from './job-table.ts';
import { jsonText, printResult } from './print-result.ts';
import { TASK_COMMANDS } from './task-commands.ts';

const EXIT_FAILURE = 1;

/** The commands, with the numbers of arguments that each takes. */
export const JOB_COMMANDS: Readonly<Record<string, JobCommand>> = {
  '-submit': {
    usage: '[-submit <job-file>]',
    args: [1, 1],
    run: async (...call) => await (await import('./submit-command.ts')).submitCommand(...call),
  },
  '-status': {
    usage: '[-status <job-id>]',
    args: [1, 1],
    run: onJob(async (service, status, _, output) => {
      const url = service.trackingUrl(status.jobId);
      const jobFile = jobFileOf(service, status.jobId);
      printResult(output, status, () => statusLines(status, url, jobFile));
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
  '-set-priority': {
    usage: `[-set-priority <job-id> <priority>]. Valid values for priorities are: ${JOB_PRIORITIES.join(' ')} DEFAULT`,
    args: [2, 2],
    run: async (service, [jobId = '', word = ''], output) => {
      const priority = JOB_PRIORITIES.find((known) => known === (word === 'DEFAULT' ? 'NORMAL' : word));
      if (!priority) throw new UsageError();
      return await onJob(async (_, job) => {
        await service.setPriority(job.jobId, priority, currentUser());
        print('Changed job priority.');
        return EXIT_SUCCESS;
      })(service, [jobId], output);
    },
  },
  '-history': {
    usage: '[-history [all] <jobHistoryFile|jobId> [-outfile <file>] [-format <human|json>]]',
    args: [1, 6],
    run: async (service, args, output) => {
      const { all, jobId, outfile, json } = historyArguments(args);
      return await onJob(async (_, job) => {
        const attempts = await service.attempts(job.jobId);
        const text =
          json || output.json
            ? jsonText({ ...job, attempts })
            : historyLines(job, attempts, { all, jobFile: jobFileOf(service, job.jobId) }).join('\n');
        if (outfile === undefined) print(text);
        else await fs.promises.writeFile(outfile, `${text}\n`);
        return EXIT_SUCCESS;
      })(service, [jobId], output);
    },
  },
  '-list': {
    usage: '[-list [all]]',
    args: [0, 1],
    run: async (service, [all], output) => {
      if (all !== undefined && all !== 'all') throw new UsageError();
      const jobs = await service.list(all === 'all' ? 'all' : 'running');
      printResult(output, jobs, () => jobLines(jobs, (jobId) => service.trackingUrl(jobId)));
      return EXIT_SUCCESS;
    },
  },
  '-list-active-trackers': {
    usage: '[-list-active-trackers]',
    args: [0, 0],
    run: async (service, _, output) => {
      const trackers = await service.trackers();
      printResult(output, trackers, () => trackers.map(({ trackerId }) => trackerId));
      return EXIT_SUCCESS;
    },
  },
  '-list-blacklisted-trackers': {
    usage: '[-list-blacklisted-trackers]',
    args: [0, 0],
    run: async (service, _, output) => {
      const trackers = await service.blacklisted();
      printResult(output, trackers, () => [
        ...(trackers.length > 0 ? ['BlackListedNode \t Reason'] : []),
        ...trackers.map(({ trackerId, reason }) => `${trackerId}\t${reason}`),
      ]);
      return EXIT_SUCCESS;
    },
  },
  ...TASK_COMMANDS,
  '-config': {
    usage: '[-config <job-id> <file>]',
    args: [2, 2],
    run: onJob(async (service, { jobId }, [file = '']) => {
      const conf = await service.conf(jobId);
      if (!conf) {
        print(`The configuration of ${jobId} is not kept`);
        return EXIT_NOT_DONE;
      }
      await fs.promises.writeFile(file, writeConfigurationXml(conf));
      return EXIT_SUCCESS;
    }),
  },
};

/** Returns the place of the job's properties (Hadoop: job.xml). */
const jobFileOf = (service: JobService, jobId: string): string =>
  new URL(`/jobs/${jobId}/conf`, service.trackingUrl(jobId)).href;

/** Takes the arguments of -history. @throws UsageError */
function historyArguments(args: readonly string[]) {
  const [all, left] = args[0] === 'all' ? [true, args.slice(1)] : [false, args];
  const [jobId, ...options] = left;
  if (jobId === undefined || options.length % 2 !== 0) throw new UsageError();
  let outfile: string | undefined;
  let json = false;
  for (let i = 0; i < options.length; i += 2) {
    const [option, value = ''] = options.slice(i, i + 2);
    if (option === '-outfile') outfile = value;
    else if (option === '-format' && (value === 'human' || value === 'json')) json = value === 'json';
    else throw new UsageError();
  }
  return { all, jobId, outfile, json };
}

/** The usage of all commands. */
export const JOB_USAGE = usageOf(Object.values(JOB_COMMANDS));

function usageOf(commands: readonly JobCommand[]): string[] {
  return ['Usage: job <command> <args>', ...commands.map(({ usage }) => `\t${usage}`)];
}

/** `mapred job -COMMAND ARGS…`. @returns exit status @throws UsageError */
export async function runJobCommand(args: readonly string[], conf: Configuration): Promise<number> {
  const words = args.filter((arg) => arg !== '--json');
  const [name = '', ...rest] = words;
  try {
    const command = commandOf('mapred job', JOB_COMMANDS, words);
    if (!command) throw new UsageError();
    const { jobService } = await import('../../mapreduce/engines/job-client.ts');
    await using service = await jobService(conf);
    return await command.run(service, rest, { conf, json: words.length < args.length });
  } catch (e) {
    if (e instanceof UsageError) {
      const command = Object.hasOwn(JOB_COMMANDS, name) ? JOB_COMMANDS[name] : undefined;
      throw new UsageError(e.message, command && [`Usage: job ${command.usage}`]);
    }
    if (!(e instanceof NotSupportedError)) throw e;
    complain(`mapred job ${name}: ${e.message}`);
    return EXIT_FAILURE;
  }
}
