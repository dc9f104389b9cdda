/** The limits that the scheduler keeps for a job, from the job's properties. */
import { Configuration } from '../../../conf/configuration.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { JOB_PRIORITIES } from '../../job/job-priority.ts';
import type { JobPriority, JobSubmission } from '../../job/messages.ts';
import type { JobLimits } from '../scheduler/scheduled-job.ts';

export function jobLimits(submission: JobSubmission): JobLimits {
  const conf = new Configuration(submission.conf);
  return {
    mapAttemptsMax: conf.get('mapreduce.map.maxattempts'),
    reduceAttemptsMax: conf.get('mapreduce.reduce.maxattempts'),
    slowstart: conf.get('mapreduce.job.reduce.slowstart.completedmaps'),
    trackerFailuresMax: conf.get('yarn.app.mapreduce.am.job.node-blacklisting.enable')
      ? conf.get('mapreduce.job.maxtaskfailures.per.tracker')
      : Number.POSITIVE_INFINITY,
    blacklistIgnorePercent: ignorePercent(conf),
    skip: {
      most: { MAP: conf.get('mapreduce.map.skip.maxrecords'), REDUCE: conf.get('mapreduce.reduce.skip.maxgroups') },
      startFailures: conf.get('mapreduce.task.skip.start.attempts'),
    },
    priority: priorityOf(conf),
    queue: conf.get('mapreduce.job.queuename'),
    skewBytesMin: conf.get('calf.skew.bytes-min'),
    memoryMb: { MAP: conf.get('mapreduce.map.memory.mb'), REDUCE: conf.get('mapreduce.reduce.memory.mb') },
    speculation: {
      kinds: { MAP: conf.get('mapreduce.map.speculative'), REDUCE: conf.get('mapreduce.reduce.speculative') },
      slowTaskThreshold: conf.get('mapreduce.job.speculative.slowtaskthreshold'),
      runningShare: conf.get('mapreduce.job.speculative.speculative-cap-running-tasks'),
      totalShare: conf.get('mapreduce.job.speculative.speculative-cap-total-tasks'),
      allowedMin: conf.get('mapreduce.job.speculative.minimum-allowed-tasks'),
      retryAfterNoSpeculateMs: conf.get('mapreduce.job.speculative.retry-after-no-speculate'),
      retryAfterSpeculateMs: conf.get('mapreduce.job.speculative.retry-after-speculate'),
    },
  };
}

/** @throws IllegalArgumentException for a word that is no priority */
function priorityOf(conf: Configuration): JobPriority {
  const word = conf.get('mapreduce.job.priority');
  if (word === 'DEFAULT') return 'NORMAL';
  const priority = JOB_PRIORITIES.find((known) => known === word);
  if (priority) return priority;
  throw hadoopError(
    'IllegalArgumentException',
    `mapreduce.job.priority is '${word}': expected one of ${JOB_PRIORITIES.join(', ')}`,
  );
}

/** -1: the job never uses the trackers that it avoids. */
function ignorePercent(conf: Configuration): number {
  const percent = conf.get('yarn.app.mapreduce.am.job.node-blacklisting.ignore-threshold-node-percent');
  return percent === -1 ? Number.POSITIVE_INFINITY : percent;
}

/** Returns the submission of a job whose maps write the records that they skip into its output: they commit, as reduces do. */
export function withSkipFiles(submission: JobSubmission): JobSubmission {
  const conf = new Configuration(submission.conf);
  const writes = conf.get('mapreduce.map.skip.maxrecords') > 0 && conf.get('mapreduce.job.skip.outdir').trim() === '';
  return writes ? { ...submission, mapsWriteOutput: true } : submission;
}
