// Jobs that leave out bad records: SkipBadRecords of Hadoop, with the tasks in this process.
import { describe, expect, it } from 'vitest';
import { codecNamed } from '../../../client/codecs/codecs.ts';
import { engineOf } from '../../../client/codecs/decompress.ts';
import { job } from '../../../mapreduce/api/api.ts';
import type { JobRun } from '../../../mapreduce/engines/job-run.ts';
import { runJob } from '../../../mapreduce/engines/run-job.ts';
import { sequenceFileText } from '../../../mapreduce/sequence-file/sequence-text.ts';
import { memoryInput } from '../memory-input.ts';

const TASK = 'org.apache.hadoop.mapreduce.TaskCounter';

/** Returns the lines that `hdfs dfs -text` prints of a file of skipped records. */
async function skippedIn(run: JobRun, name: string): Promise<string[]> {
  const load = async (codec: string) => await engineOf(codecNamed(codec));
  const parts: Buffer[] = [];
  for await (const part of sequenceFileText(memoryInput(Buffer.from(await run.bytes(name)), 64 * 1024), name, load))
    parts.push(part);
  return Buffer.concat(parts).toString().trimEnd().split('\n');
}

describe('a job with bad records', () => {
  it('maps all but these, counts them, and writes them to _logs/skip', async () => {
    const wordCount = job<string, number>({
      map(line, { emit }) {
        if (line.startsWith('bad')) throw new Error(`cannot map ${line}`);
        emit(line, 1);
      },
      reduce: (word, counts, { emit }) => emit(word, [...counts].length),
    });
    const conf = { 'mapreduce.map.skip.maxrecords': '1', 'mapreduce.map.maxattempts': '5' };
    await using run = await runJob(wordCount, { inputs: [{ content: 'a\nbad 1\nb\na\nbad 2\n' }], conf });
    expect(await run.lines()).toEqual(['a\t2', 'b\t1']);
    expect([run.counter(TASK, 'MAP_SKIPPED_RECORDS'), run.counter(TASK, 'MAP_INPUT_RECORDS')]).toEqual([2, 3]);
    const files = (await run.files()).filter((name) => name.startsWith('_logs'));
    expect(files).toEqual([expect.stringMatching(/^_logs\/skip\/attempt_local\d+_0001_m_000000_4$/)]);
    expect(await skippedIn(run, files[0] ?? '')).toEqual(['2\tbad 1', '12\tbad 2']);
  });

  it('fails as before if no record may be lost', async () => {
    const failing = job<string, number>({
      map() {
        throw new Error('never');
      },
    });
    await expect(runJob(failing, { inputs: [{ content: 'a\n' }] })).rejects.toThrow('never');
  });

  it('reduces all groups but the bad ones', async () => {
    const spec = job<string, number>({
      map: (line, { emit }) => emit(line, 1),
      reduce(word, counts, { emit }) {
        if (word === 'b') throw new Error('a bad group');
        emit(word, [...counts].length);
      },
    });
    const conf = { 'mapreduce.reduce.skip.maxgroups': '1' };
    await using run = await runJob(spec, { inputs: [{ content: 'a\nb\nb\nc\n' }], conf });
    expect(await run.lines()).toEqual(['a\t1', 'c\t1']);
    expect([run.counter(TASK, 'REDUCE_SKIPPED_GROUPS'), run.counter(TASK, 'REDUCE_SKIPPED_RECORDS')]).toEqual([1, 2]);
    expect(run.counter(TASK, 'REDUCE_INPUT_GROUPS')).toBe(2);
  });
});
