/** The queues of jobs, and the policy by which they share the slots. */
import type { Configuration } from '../../../conf/configuration.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import type { JobSubmission } from '../../job/messages.ts';
import { fair, fifo, type QueuePolicy } from '../scheduler/queue-policy.ts';

export class Queues {
  readonly names: readonly string[];
  readonly policy: QueuePolicy;

  constructor(conf: Configuration) {
    const names = conf.get('yarn.scheduler.capacity.root.queues').split(',');
    this.names = names.map((name) => name.trim()).filter((name) => name !== '');
    this.policy = /FairScheduler$/.test(conf.get('yarn.resourcemanager.scheduler.class')) ? fair : fifo;
  }

  /** The policy, as `mapred queue -info` shows it. */
  get schedulingInfo(): string {
    return this.policy === fair
      ? 'Fair: the queue that runs the fewest tasks has the next slot'
      : 'FIFO: the oldest job of the highest priority has the free slots';
  }

  /** @throws IOException for a queue that there is not */
  check(queue: string, { jobId, user }: JobSubmission): void {
    if (this.names.includes(queue)) return;
    const known = this.names.join(', ');
    throw hadoopError(
      'IOException',
      `Failed to submit ${jobId} : ${jobId} submitted by user ${user} to unknown queue: ${queue}. There are: ${known}`,
    );
  }
}
