/** The tasks that are profiled: mapreduce.task.profile, .maps and .reduces (Hadoop: JobConf, Configuration.IntegerRanges). */
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import type { TaskKind } from './job-id.ts';

/** Name of the profile of an attempt beside its logs. */
export const PROFILE_NAME = 'profile.cpuprofile';

/**
 * Whether a task is profiled.
 * @throws ConfigurationError for a text that has no ranges
 */
export function isProfiled(conf: Configuration, kind: TaskKind, index: number): boolean {
  if (!conf.get('mapreduce.task.profile')) return false;
  const ranges =
    kind === 'MAP'
      ? rangesOf('mapreduce.task.profile.maps', conf.get('mapreduce.task.profile.maps'))
      : rangesOf('mapreduce.task.profile.reduces', conf.get('mapreduce.task.profile.reduces'));
  return ranges.some(([first, last]) => first <= index && index <= last);
}

/** Reads the form `0-2,5,7-`; a missing end is open. */
function rangesOf(property: string, text: string): (readonly [first: number, last: number])[] {
  return text.split(',').map((word) => {
    const match = /^\s*(\d*)\s*(-?)\s*(\d*)\s*$/.exec(word);
    const [, first = '', dash, last = ''] = match ?? [];
    if (!match || (first === '' && dash === '')) {
      throw new ConfigurationError(`${property} is '${text}': expected numbers and ranges, such as 0-2,5`);
    }
    const from = first === '' ? 0 : Number(first);
    return [from, dash === '' ? from : last === '' ? Number.POSITIVE_INFINITY : Number(last)];
  });
}
