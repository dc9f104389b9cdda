/** Input of the random writers: a given number of maps, each of which makes records until it has made enough bytes. */
import { systemClock, systemRandom } from '../../../runtime/runtime.ts';
import type { AsyncInputFormat, Counter, JobConfiguration, ProgramContext } from '../../api/api.ts';

const GIB = 2 ** 30;

/** The bytes that the map task of this process still has to make. */
export const left = { bytes: 0 };

/** Gives the numbers of the records that the map makes, while `left.bytes` is above 0. The map takes its bytes off. */
export function untilEnough(): AsyncInputFormat<number, number> {
  return {
    withoutFiles: true,
    async getSplits(_files, { conf }) {
      const maps = conf.getNumber('mapreduce.job.maps', 1);
      return Array.from({ length: maps }, (_, i) => ({ kind: 'range', start: i, length: 1 }) as const);
    },
    openReader() {
      let count = 0;
      return {
        get key() {
          return count;
        },
        get value() {
          return count;
        },
        progress: 0,
        next() {
          if (left.bytes <= 0) return false;
          count++;
          return true;
        },
        close: () => undefined,
      };
    },
  };
}

/** Counts a record that the map of this process has made. @param counter returns the counter of a name */
export function made(bytes: number, counter: (name: string) => Counter): void {
  left.bytes -= bytes;
  counter('BYTES_WRITTEN').increment(bytes);
  counter('RECORDS_WRITTEN').increment();
}

/** Returns a whole number from min up to, and without, max; min if both are the same. */
export const between = (min: number, max: number): number => (max > min ? min + systemRandom.nextInt(max - min) : min);

/** Returns the bytes of each map, by the property `prefix.bytespermap`. */
export const bytesPerMap = (conf: Pick<JobConfiguration, 'getNumber'>, prefix: string): number =>
  conf.getNumber(`${prefix}.bytespermap`, GIB);

/**
 * Returns the properties of a run: the number of maps and the bytes of each. As Hadoop's examples, for one worker machine: 10
 * maps of 1 GiB. @throws Error for maps that would write nothing
 */
export function randomSizes(conf: JobConfiguration, prefix: string): Record<string, number> {
  const each = bytesPerMap(conf, prefix);
  if (each <= 0) throw new Error(`Cannot have ${prefix}.bytespermap set to ${each}`);
  const total = conf.getNumber(`${prefix}.totalbytes`, conf.getNumber(`${prefix}.mapsperhost`, 10) * each);
  const maps = Math.floor(total / each);
  if (maps === 0 && total > 0) return { 'mapreduce.job.maps': 1, [`${prefix}.bytespermap`]: total };
  return { 'mapreduce.job.maps': maps, [`${prefix}.bytespermap`]: each };
}

/** Runs a job with the lines that Hadoop's examples print around it. */
export async function tellTimes({ print }: Pick<ProgramContext, 'print'>, run: () => Promise<unknown>): Promise<void> {
  const started = new Date(systemClock.now());
  print(`Job started: ${javaDate(started)}`);
  await run();
  const ended = new Date(systemClock.now());
  print(`Job ended: ${javaDate(ended)}`);
  print(`The job took ${Math.floor((ended.getTime() - started.getTime()) / 1000)} seconds.`);
}

/** Writes a time as Java's Date.toString: `Tue Dec 01 00:17:50 UTC 2026`. */
export function javaDate(date: Date): string {
  const [day, number, month, year, time] = date.toUTCString().replace(',', '').split(' ');
  return `${day} ${month} ${number} ${time} UTC ${year}`;
}
