/** `mapred queue`: the queues of jobs; org.apache.hadoop.mapred.JobQueueClient. */
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import type { QueueStatus } from '../../mapreduce/job/cluster-status.ts';
import { UsageError } from '../options/usage-error.ts';
import { jobLines } from './job-table.ts';
import { printResult } from './print-result.ts';

export const QUEUE_USAGE = [
  'Usage: queue <command> <args>',
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
  const form = { json: isJson };
  if (command === '-list') printResult(form, queues, () => queues.flatMap(queueLines));
  else if (command === '-showacls') printResult(form, queues, () => aclLines(queues));
  else {
    const queue = queues.find((known) => known.name === name);
    const jobs =
      queue && showsJobs ? (await service.list('running')).filter(({ jobId }) => queue.jobs.includes(jobId)) : [];
    printResult(form, queue, () => {
      if (!queue) return [`Queue "${name}" does not exist.`];
      return [...queueLines(queue), ...(showsJobs ? jobLines(jobs, (jobId) => service.trackingUrl(jobId)) : [])];
    });
  }
  return 0;
}

/** Lines end with blanks as Hadoop's. */
export const queueLines = ({ name, schedulingInfo }: QueueStatus): string[] => [
  '======================',
  `Queue Name : ${name} `,
  'Queue State : running ',
  `Scheduling Info : ${schedulingInfo} `,
];

/** Every user may do everything: there are no ACLs of queues. */
function aclLines(queues: readonly QueueStatus[]): string[] {
  return [
    `Queue acls for user :  ${currentUser()}`,
    '',
    'Queue  Operations',
    '=====================',
    ...queues.map(({ name }) => `${name}  ADMINISTER_QUEUE,SUBMIT_APPLICATIONS`),
  ];
}
