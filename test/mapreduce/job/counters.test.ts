// Counters are printed as Hadoop's job client prints them, and the counters of tasks are added up.
import { describe, expect, it } from 'vitest';
import { FILE_INPUT_GROUP, FILE_OUTPUT_GROUP, SHUFFLE_ERRORS_GROUP } from '../../../mapreduce/job/counter-names.ts';
import { Counters, formatCounters } from '../../../mapreduce/job/counters.ts';

describe('formatCounters', () => {
  // The order and the names are those of Hadoop 3.4.2's job client.
  it('prints groups and counters as Hadoop does, users’ groups by name', () => {
    const counters = new Counters();
    counters.add('Words', 'LONG', 3);
    counters.add(FILE_OUTPUT_GROUP, 'BYTES_WRITTEN', 35);
    counters.add(FILE_INPUT_GROUP, 'BYTES_READ', 23);
    counters.add(SHUFFLE_ERRORS_GROUP, 'IO_ERROR', 0);
    counters.add(SHUFFLE_ERRORS_GROUP, 'BAD_ID', 0);
    counters.addTask('SHUFFLED_MAPS', 1);
    counters.addTask('MAP_INPUT_RECORDS', 2);
    counters.addJob('TOTAL_LAUNCHED_MAPS', 1);
    counters.addFileSystem('hdfs', 'BYTES_READ', 23);
    counters.addFileSystem('file', 'WRITE_OPS', 0);
    counters.addFileSystem('file', 'BYTES_READ', 5);
    counters.add('Apples', 'RED', 1);
    expect(formatCounters(counters).split('\n')).toEqual([
      'Counters: 12',
      '\tFile System Counters',
      '\t\tFILE: Number of bytes read=5',
      '\t\tFILE: Number of write operations=0',
      '\t\tHDFS: Number of bytes read=23',
      '\tJob Counters ',
      '\t\tLaunched map tasks=1',
      '\tMap-Reduce Framework',
      '\t\tMap input records=2',
      '\t\tShuffled Maps =1',
      '\tApples',
      '\t\tRED=1',
      '\tShuffle Errors',
      '\t\tBAD_ID=0',
      '\t\tIO_ERROR=0',
      '\tWords',
      '\t\tLONG=3',
      '\tFile Input Format Counters ',
      '\t\tBytes Read=23',
      '\tFile Output Format Counters ',
      '\t\tBytes Written=35',
    ]);
  });

  it('adds up, but keeps the largest of peaks', () => {
    const counters = new Counters();
    const task = new Counters();
    task.addTask('SPILLED_RECORDS', 2);
    task.addTask('MAP_PHYSICAL_MEMORY_BYTES_MAX', 10);
    counters.merge(task.toJson());
    counters.merge(task.toJson());
    expect(counters.rows().map((r) => r.value)).toEqual([4, 10]);
  });
});
