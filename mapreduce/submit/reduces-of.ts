/** The number of reduce tasks of a job. */
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import type { AnyJob } from '../api/api.ts';

/** `-D mapreduce.job.reduces` wins over the job, and the job over the default. @throws ConfigurationError */
export function reducesOf(job: AnyJob, conf: Configuration): number {
  const set = conf.isSet('mapreduce.job.reduces') || job.reducers === undefined;
  const reduces = set ? conf.get('mapreduce.job.reduces') : job.reducers;
  if (Number.isInteger(reduces) && reduces >= 0) return reduces;
  throw new ConfigurationError(`mapreduce.job.reduces is '${reduces}': expected 0 or more`);
}
