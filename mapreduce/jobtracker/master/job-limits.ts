/** The limits that the scheduler keeps for a job, from the job's properties. */
import { Configuration } from '../../../conf/configuration.ts';
import type { JobSubmission } from '../../job/messages.ts';
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
  };
}

/** -1: the job never uses the trackers that it avoids. */
function ignorePercent(conf: Configuration): number {
  const percent = conf.get('yarn.app.mapreduce.am.job.node-blacklisting.ignore-threshold-node-percent');
  return percent === -1 ? Number.POSITIVE_INFINITY : percent;
}
