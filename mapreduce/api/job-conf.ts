import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { InvalidNumberError } from '../job/job-errors.ts';
import type { AnyJob, JobConfiguration } from './api.ts';

/** A job's view of its properties. */
export function jobConfiguration(conf: Configuration): JobConfiguration {
  function get(name: string): string | undefined;
  function get(name: string, otherwise: string): string;
  function get(name: string, otherwise?: string): string | undefined {
    return conf.getRaw(name) ?? otherwise;
  }
  return {
    get,
    getNumber(name, otherwise) {
      const text = conf.getRaw(name);
      if (text === undefined || text.trim() === '') return otherwise;
      const value = Number(text);
      if (Number.isNaN(value)) throw new InvalidNumberError(name, text);
      return value;
    },
    getBoolean(name, otherwise) {
      const text = conf.getRaw(name)?.trim().toLowerCase();
      return text === 'true' || (text !== 'false' && otherwise);
    },
  };
}

/** The number of reduces: `-D` wins over the job, and the job over the site files' default. */
export function reducesOf(job: AnyJob, conf: Configuration): number {
  const set = conf.isSet('mapreduce.job.reduces') || job.reducers === undefined;
  const reduces = set ? conf.get('mapreduce.job.reduces') : job.reducers;
  if (Number.isInteger(reduces) && reduces >= 0) return reduces;
  throw new ConfigurationError(`mapreduce.job.reduces is '${reduces}': expected 0 or more`);
}
