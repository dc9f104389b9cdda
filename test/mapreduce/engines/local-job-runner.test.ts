// Jobs without a cluster, with tasks in the test's own process and in child processes.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExample, runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, prepareTaskChild, readParts, recordConsole, writeBelow } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

const write = (name: string, text: string): string => writeBelow(directory, name, text);

it('fails a job whose tasks can not be launched, rather than leave it hanging', async () => {
  write('launch/a.txt', 'x');
  const { err, io } = recordConsole();
  const conf = localConf(directory, 2).set('mapreduce.task.timeout', 'soon').set('mapreduce.map.maxattempts', 2);
  const args = [path.join(directory, 'launch'), path.join(directory, 'launch-out')];
  expect(await runExample('wordcount', { conf, args, ...io })).toBe(1);
  expect(err.join('\n')).toContain("mapreduce.task.timeout is 'soon'");
});

describe.each([
  ['in this process', 1],
  ['in processes', 2],
])('jobs without a cluster, %s', (mode, maps) => {
  const at = (name: string): string => path.join(directory, mode.replaceAll(' ', '-'), name);
  const under = (name: string): string => path.relative(directory, at(name));

  it('counts words', async () => {
    write(under('in/a.txt'), 'hello world\nhello calf\n');
    write(under('in/b.txt'), 'calf\r\nworld hello');
    write(under('in/_hidden'), 'not counted');
    const { err, io } = recordConsole();
    const conf = localConf(directory, maps);
    expect(await runExample('wordcount', { conf, args: [at('in'), at('out')], ...io })).toBe(0);
    expect(readParts(at('out'))).toEqual({ 'part-r-00000': ['calf\t2', 'hello\t3', 'world\t2'] });
    expect(fs.readdirSync(at('out')).sort()).toContain('_SUCCESS');
    expect(fs.existsSync(path.join(at('out'), '_temporary'))).toBe(false);
    const log = err.join('\n');
    expect(log).toMatch(/INFO mapreduce.JobSubmitter: number of splits:2/);
    expect(log).toMatch(/INFO mapreduce.Job: {2}map 100% reduce 100%/);
    expect(log).toMatch(/INFO mapreduce.Job: Job job_local\d+_0001 completed successfully/);
    expect(log).toContain('\tMap-Reduce Framework\n\t\tMap input records=4\n\t\tMap output records=7\n');
    expect(log).toContain('\tFile Input Format Counters \n\t\tBytes Read=');
  });

  it('refuses an output directory that exists', async () => {
    write(under('in2/a.txt'), 'x');
    fs.mkdirSync(at('taken'), { recursive: true });
    const { err, io } = recordConsole();
    const conf = localConf(directory, maps);
    expect(await runExample('wordcount', { conf, args: [at('in2'), at('taken')], ...io })).toBe(255);
    expect(err[0]).toBe(
      `org.apache.hadoop.mapred.FileAlreadyExistsException: Output directory file:${at('taken')} already exists`,
    );
  });

  it('runs a job file, with its own partition, setup, cleanup and counters', async () => {
    const job = write(
      under('job.ts'),
      `import { job } from 'calf';
       import { lower } from './lower.ts';
       let lines = 0;
       export default job<string, number>({
         name: 'letters',
         setup({ conf }) { if (conf.get('letters.extra') !== '1') throw new Error('no conf'); },
         map(line, { emit, counter }) {
           lines++;
           for (const letter of lower(line)) emit(letter, 1);
           counter('Letters', 'LINES').increment();
         },
         reduce(letter, ones, { emit }) { emit(letter, [...ones].length); },
         cleanup(task) { if (task.phase === 'map') task.emit('lines', lines); },
         partition: (letter, _value, reducers) => (letter === 'lines' ? 0 : 1) % reducers,
         reducers: 2,
         conf: { 'letters.extra': 1 },
       });`,
    );
    write(under('lower.ts'), 'export const lower = (text: string): string => text.toLowerCase();');
    write(under('letters/a.txt'), 'aB\nBc\n');
    const { err, io } = recordConsole();
    const status = await runJobFile({
      file: job,
      conf: localConf(directory, maps),
      args: [at('letters'), at('out3')],
      ...io,
    });
    expect(err.join('\n')).toContain('\tLetters\n\t\tLINES=2');
    expect(status).toBe(0);
    expect(readParts(at('out3'))).toEqual({ 'part-r-00000': ['lines\t1'], 'part-r-00001': ['a\t1', 'b\t2', 'c\t1'] });
  });

  it('shows a failing task’s own error, file, offset and record, after 4 attempts', async () => {
    const job = write(
      under('failing.ts'),
      `import { job } from 'calf';
       export default job<string, number>({
         map(line, { emit }) { emit(line, JSON.parse(line).n); },
       });`,
    );
    const input = write(under('bad/a.txt'), '{"n":1}\noops\n');
    const { err, io } = recordConsole();
    const status = await runJobFile({
      file: job,
      conf: localConf(directory, maps),
      args: [at('bad'), at('out4')],
      ...io,
    });
    expect(status).toBe(1);
    const log = err.join('\n');
    expect(log.match(/Status : FAILED/g)).toHaveLength(4);
    expect(log).toContain('Error: SyntaxError: Unexpected token');
    // In the test's own process the test runner rewrites stack traces, so only the file's name and line are compared.
    expect(log).toContain(maps === 1 ? 'failing.ts:3:' : `(${at('failing.ts')}:3:`);
    expect(log).toContain(`while mapping file://${input} at offset 8: "oops"`);
    expect(log).toMatch(/Job job_\w+ failed with state FAILED due to: Task failed task_\w+_m_000000\n/);
    expect(fs.existsSync(path.join(at('out4'), '_SUCCESS'))).toBe(false);
  });

  it('takes more from one call of reduce() than fits into memory', async () => {
    const job = write(
      under('flood.ts'),
      `import { job } from 'calf';
       export default job<number, number, number, string>({
         map(line, { emit }) { emit(1, Number(line)); },
         reduce(_key, [count], { emit }) { for (let i = 0; i < count; i++) emit(i, 'x'.repeat(1000)); },
       });`,
    );
    write(under('flood/a.txt'), '70000\n');
    const { io } = recordConsole();
    expect(
      await runJobFile({ file: job, conf: localConf(directory, maps), args: [at('flood'), at('out6')], ...io }),
    ).toBe(0);
    const keys = readParts(at('out6'))['part-r-00000']?.map((line) => Number(line.slice(0, line.indexOf('\t'))));
    expect(keys).toEqual(Array.from({ length: 70_000 }, (_, i) => i));
  });

  it('writes the maps’ output when there are no reduces, and starts each task with fresh variables', async () => {
    const job = write(
      under('numbered.ts'),
      `import { job } from 'calf';
       let n = 0;
       export default job<number, string>({ map(line, { emit }) { emit(++n, line); }, reducers: 0 });`,
    );
    write(under('two/a.txt'), 'a\nb\n');
    write(under('two/b.txt'), 'c\n');
    const { io } = recordConsole();
    await runJobFile({ file: job, conf: localConf(directory, maps), args: [at('two/*.txt'), at('out5')], ...io });
    expect(readParts(at('out5'))).toEqual({ 'part-m-00000': ['1\ta', '2\tb'], 'part-m-00001': ['1\tc'] });
  });
});
