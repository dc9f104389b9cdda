/** The properties of a job, as its functions and its formats read them. */
import type { Configuration } from '../../conf/configuration.ts';
import { InvalidNumberError } from './job-errors.ts';

/** The job's properties, from `-D name=value`, from the job's `conf` and `configure`, and from the site files. */
export interface JobConfiguration {
  get(name: string): string | undefined;
  get(name: string, otherwise: string): string;
  /** @throws InvalidNumberError for a value that is no number */
  getNumber(name: string, otherwise: number): number;
  getBoolean(name: string, otherwise: boolean): boolean;
}

/** Returns a job's view of a configuration. */
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
