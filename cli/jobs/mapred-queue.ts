/** `mapred queue`: the queues of jobs; org.apache.hadoop.mapred.JobQueueClient. */
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import type { QueueStatus } from '../../mapreduce/job/cluster-status.ts';
import { UsageError } from '../options/usage-error.ts';
import { print } from '../terminal/terminal.ts';
import { printJobs, printJson } from './job-table.ts';

export const QUEUE_USAGE = [
  'Usage: JobQueueClient <command> <args>',
  '\t[-list]',
  '\t[-info <job-queue-name> [-showJobs]]',
  '\t[-showacls] ',
];

/** `mapred queue -list | -info QUEUE [-showJobs] | -showacls`. @returns exit status @throws UsageError */
export async function runQueueCommand(args: readonly string[], conf: Configuration): Promise<number> {
  const words = args.filter((arg) => arg !== '--json');
  const isJson = words.length < args.length;
  const [command, name, option] = words;
  const isInfo = command === '-info' && name !== undefined && name !== '-showJobs';
  const showsJobs = isInfo && option === '-showJobs';
  if (
    !(isInfo && words.length === (showsJobs ? 3 : 2)) &&
    !(words.length === 1 && /^-(list|showacls)$/.test(command ?? ''))
  )
    throw new UsageError();
  const { jobService } = await import('../../mapreduce/engines/job-client.ts');
  await using service = await jobService(conf);
  const queues = await service.queues();
  if (isJson) printJson(isInfo ? queues.find((queue) => queue.name === name) : queues);
  else if (command === '-list') for (const queue of queues) printQueue(queue);
  else if (command === '-showacls') printAcls(queues);
  else {
    const queue = queues.find((known) => known.name === name);
    if (!queue) print(`Queue "${name}" does not exist.`);
    else {
      printQueue(queue);
      const jobs = showsJobs ? (await service.list('running')).filter(({ jobId }) => queue.jobs.includes(jobId)) : [];
      if (showsJobs) printJobs(jobs, (jobId) => service.trackingUrl(jobId));
    }
  }
  return 0;
}

/** Lines end with blanks as Hadoop's. */
function printQueue({ name, schedulingInfo }: QueueStatus): void {
  print(`Queue Name : ${name} `);
  print('Queue State : running ');
  print(`Scheduling Info : ${schedulingInfo} `);
  print('======================');
}

/** Every user may do everything: there are no ACLs of queues. */
function printAcls(queues: readonly QueueStatus[]): void {
  print(`Queue acls for user :  ${currentUser()}`);
  print('\nQueue  Operations');
  print('=====================');
  for (const { name } of queues) print(`${name}  ADMINISTER_QUEUE,SUBMIT_APPLICATIONS`);
}
