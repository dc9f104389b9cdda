// Jobs over HDFS, from the command line to the committed output.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileSystem } from '../../client/filesystem/file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { runExample, runJobFile } from '../../mapreduce/engines/job-client.ts';
import { readAll, writeAll } from '../../mapreduce/files/file-content.ts';
import { JOB_GROUP, TASK_GROUP } from '../../mapreduce/job/counter-names.ts';
import { RemoteJobService } from '../../mapreduce/job/job-service.ts';
import { prepareTaskChild, recordConsole } from '../mapreduce/helpers.ts';

const BLOCK_BYTES = 4096;
let directory: string;
let remove: () => void;
let cluster: MiniCluster;
let hdfs: FileSystem;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
  cluster = await MiniCluster.start({
    datanodes: 3,
    properties: { 'dfs.namenode.fs-limits.min-block-size': '512', 'dfs.blocksize': String(BLOCK_BYTES) },
  });
  hdfs = cluster.fileSystem();
});
afterAll(async () => {
  await hdfs?.close();
  await cluster?.stop();
  remove();
});

async function readLines(output: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const file of hdfs.listStatus(output)) {
    if (file.path.includes('/part-')) lines.push(...(await readAll(hdfs, file.path)).toString().split('\n'));
  }
  return lines.filter((line) => line !== '').sort();
}

async function countEntries(directory: string): Promise<number> {
  let entries = 0;
  for await (const _ of hdfs.listStatus(directory)) entries++;
  return entries;
}

async function lastCounters() {
  await using service = new RemoteJobService(cluster.conf);
  return (await service.list()).at(-1)?.counters ?? {};
}

describe('jobs over HDFS', () => {
  it('maps each block where a replica is, and counts every word of lines that cross block borders once', async () => {
    const counts = new Map<string, number>();
    const lines = Array.from({ length: 2000 }, (_, i) => `w${i % 97} w${i % 13} ${'é'.repeat(i % 7)}x`);
    for (const word of lines.join(' ').split(' ')) counts.set(word, (counts.get(word) ?? 0) + 1);
    const text = Buffer.from(`${lines.join('\n')}\n`);
    await hdfs.mkdirs('/words');
    await writeAll(hdfs, '/words/in.txt', text);
    const { io, err } = recordConsole();
    const conf = cluster.conf.clone().set('mapreduce.job.reduces', 2);
    // A second attempt of a task that the busy machine slows down would be launched, too.
    conf.set('mapreduce.map.speculative', false).set('mapreduce.reduce.speculative', false);
    expect(await runExample('wordcount', { conf, args: ['/words', '/counts'], ...io })).toBe(0);
    expect(await readLines('/counts')).toEqual([...counts].map(([word, n]) => `${word}\t${n}`).sort());
    const maps = Math.ceil(text.length / BLOCK_BYTES);
    expect(maps).toBeGreaterThan(5);
    const counters = await lastCounters();
    expect(counters[JOB_GROUP]).toMatchObject({
      TOTAL_LAUNCHED_MAPS: maps,
      DATA_LOCAL_MAPS: maps,
      TOTAL_LAUNCHED_REDUCES: 2,
    });
    expect(counters[TASK_GROUP]).toMatchObject({ MAP_INPUT_RECORDS: 2000, SHUFFLED_MAPS: maps * 2 });
    expect(err.join('\n')).toContain('\t\tHDFS: Number of bytes written=');
  });

  it('commits the output by renaming, and refuses an output that exists', async () => {
    const names: string[] = [];
    for await (const file of hdfs.listStatus('/counts')) names.push(file.path);
    expect(names).toEqual(['/counts/_SUCCESS', '/counts/part-r-00000', '/counts/part-r-00001']);
    const { io, err } = recordConsole();
    expect(await runExample('wordcount', { conf: cluster.conf, args: ['/words', '/counts'], ...io })).toBe(255);
    expect(err[0]).toBe(
      `org.apache.hadoop.mapred.FileAlreadyExistsException: Output directory ${cluster.uri}/counts already exists`,
    );
  });

  it('stages a job file in HDFS, runs it, and removes what was staged', async () => {
    const file = path.join(directory, 'longest.ts');
    fs.writeFileSync(
      file,
      `import { job } from 'calf';
       /** The longest line of each file. */
       export default job<string, string>({
         map(line, { emit, path }) { emit(path, line); },
         combine: (path, lines, { emit }) => emit(path, longest(lines)),
         reduce: (path, lines, { emit }) => emit(path, longest(lines)),
       });
       function longest(lines: Iterable<string>): string {
         let best = '';
         for (const line of lines) if (line.length > best.length) best = line;
         return best;
       }`,
    );
    await hdfs.mkdirs('/files');
    await writeAll(hdfs, '/files/a', Buffer.from('x\nlonger\ny\n'));
    await writeAll(hdfs, '/files/b', Buffer.from('short\r\nthe longest\r\n'));
    const { io } = recordConsole();
    expect(await runJobFile({ file, conf: cluster.conf, args: ['/files/[ab]', '/longest'], ...io })).toBe(0);
    expect(await readLines('/longest')).toEqual([
      `${cluster.uri}/files/a\tlonger`,
      `${cluster.uri}/files/b\tthe longest`,
    ]);
    const staged = `/tmp/calf-staging/${hdfs.user}/.staging`;
    await expect.poll(async () => await countEntries(staged)).toBe(0);
  });

  it('shows the file, offset and record of a failing task', async () => {
    const file = path.join(directory, 'fails.ts');
    fs.writeFileSync(
      file,
      `import { job } from 'calf';
       export default job<string, number>({
         map(line, { emit }) { if (line === 'longer') throw new RangeError('too long'); emit(line, 1); },
         conf: { 'mapreduce.map.maxattempts': 2 },
       });`,
    );
    const { io, err } = recordConsole();
    expect(await runJobFile({ file, conf: cluster.conf, args: ['/files', '/failed'], ...io })).toBe(1);
    const log = err.join('\n');
    expect(log).toContain('Error: RangeError: too long');
    expect(log).toContain(`while mapping ${cluster.uri}/files/a at offset 2: "longer"`);
    expect(log.match(/Status : FAILED/g)).toHaveLength(2);
    const left: string[] = [];
    for await (const entry of hdfs.listStatus('/failed')) left.push(entry.path);
    expect(left.filter((name) => name.includes('_'))).toEqual([]);
  });

  it('names an input that does not exist', async () => {
    const { io, err } = recordConsole();
    expect(await runExample('wordcount', { conf: cluster.conf, args: ['/nothing', '/x', '/out2'], ...io })).toBe(255);
    expect(err.join('\n')).toContain(
      `org.apache.hadoop.mapreduce.lib.input.InvalidInputException: Input path does not exist: ${cluster.uri}/nothing`,
    );
  });
});
