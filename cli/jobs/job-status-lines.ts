/** The lines of `mapred job -status`: those of Hadoop (Job.toString), then those that Calf adds. */
import { Counters, formatCounters } from '../../mapreduce/job/counters.ts';
import { formatFailure } from '../../mapreduce/job/job-messages.ts';
import type { JobStatus } from '../../mapreduce/job/job-status.ts';
import { shareLines, skewLines } from '../../mapreduce/job/shuffle-messages.ts';
import { floatText } from '../../mapreduce/sequence-file/java-numbers.ts';

/** @param jobFile the place of the properties; empty once the job has ended and nothing of it is kept */
export function statusLines(status: JobStatus, trackingUrl: string, jobFile: string): string[] {
  const { shuffle } = status;
  return [
    '',
    `Job: ${status.jobId}`,
    `Job File: ${jobFile}`,
    `Job Tracking URL : ${trackingUrl}`,
    'Uber job : false',
    `Number of maps: ${status.maps}`,
    `Number of reduces: ${status.reduces}`,
    `map() completion: ${floatText(Math.fround(status.mapProgress))}`,
    `reduce() completion: ${floatText(Math.fround(status.reduceProgress))}`,
    `Job state: ${status.state}`,
    'retired: false',
    `reason for failure: ${status.failureInfo}`,
    formatCounters(Counters.fromJson(status.counters)),
    `Job Name: ${status.name}`,
    ...(shuffle ? [...shareLines(shuffle), ...skewLines(shuffle).slice(-1)] : []),
    ...status.failures.map(formatFailure),
  ];
}
