// runJob(): a job that a test or a program runs, in this process.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { csvInput, csvOutput, job, jobInput, nullOutput, sum } from '../../../mapreduce/api/api.ts';
import { runJob } from '../../../mapreduce/engines/run-job.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-run-job-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

const wordCount = job<string, number>({
  map(line, { emit }) {
    for (const word of line.split(' ')) emit(word, 1);
  },
  reduce: sum,
});

describe('a job of this program', () => {
  it('runs in this process, with its result and counters, and leaves nothing behind', async () => {
    const lines: string[] = [];
    let output: string;
    {
      await using run = await runJob(wordCount, {
        inputs: [{ content: 'b a\n' }, { content: 'a\n', name: 'second' }],
        log: (line) => lines.push(line),
      });
      expect(await run.records()).toEqual([
        ['a', '2'],
        ['b', '1'],
      ]);
      expect(await run.lines()).toEqual(['a\t2', 'b\t1']);
      expect(await run.files()).toEqual(['part-r-00000']);
      expect(run.counter('org.apache.hadoop.mapreduce.TaskCounter', 'MAP_INPUT_RECORDS')).toBe(2);
      output = run.output.replace(/^file:/, '');
      expect(fs.existsSync(path.join(output, '_SUCCESS'))).toBe(true);
    }
    expect(fs.existsSync(path.dirname(output))).toBe(false);
    expect(lines.join('\n')).toContain('completed successfully');
  });

  it('shares the variables of the program, takes properties, and keeps an output that has a path', async () => {
    const seen: string[] = [];
    const output = path.join(directory, 'kept');
    const collect = job<string, number>({
      map: (line, { conf, path: file }) => void seen.push(`${conf.get('greeting')} ${line} ${path.basename(file)}`),
      reducers: 0,
    });
    const run = await runJob(collect, { inputs: [{ content: 'x\n' }], output, conf: { greeting: 'hello' } });
    await run.close();
    expect(seen).toEqual(['hello x input-0']);
    expect(fs.readdirSync(output).sort()).toEqual(expect.arrayContaining(['_SUCCESS', 'part-m-00000']));
  });

  it('reads the output by any format, and takes the inputs of a job by name', async () => {
    const join = job<string, number, string, number>({
      inputs: {
        prices: jobInput({ input: csvInput(), map: ([item = '', price], { emit }) => emit(item, Number(price)) }),
        sales: jobInput({ map: (item, { emit }) => emit(item, 0) }),
      },
      output: csvOutput(),
      reduce: (item, prices, { emit }) => emit(item, Math.max(...prices)),
    });
    await using run = await runJob(join, {
      inputs: { prices: [{ content: '"a,b",3\nc,4\n' }], sales: [{ content: 'c\n' }] },
    });
    expect((await run.records(csvInput())).map(([, row]) => row)).toEqual([
      ['a,b', '3'],
      ['c', '4'],
    ]);
  });

  it('rejects with the first failure and its place, and needs no output for nullOutput()', async () => {
    const failing = job<string, number>({
      map(line) {
        JSON.parse(line);
      },
      output: nullOutput(),
    });
    await expect(runJob(failing, { inputs: [{ content: '1\noops\n' }] })).rejects.toThrow(
      /SyntaxError: .*while mapping file:.*input-0 at offset 2: "?oops/s,
    );
    await using run = await runJob(failing, { inputs: [{ content: '1\n' }] });
    expect(run.counter('org.apache.hadoop.mapreduce.TaskCounter', 'MAP_INPUT_RECORDS')).toBe(1);
  });

  it('refuses a job object on a cluster with the remedy, before anything runs', async () => {
    const cluster = { conf: undefined as never };
    await expect(runJob(wordCount, { cluster })).rejects.toThrow('needs the file of the job');
  });
});

describe('a job file', () => {
  it('must export a job', async () => {
    const file = path.join(directory, 'none.ts');
    fs.writeFileSync(file, 'export default 1;');
    await expect(runJob(file)).rejects.toThrow(`${file}: its export 'default' is no job`);
  });
});
