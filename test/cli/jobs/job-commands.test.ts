// Tests the command lines of `hadoop jar`, `mapred submit` and `mapred job`.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jarMain } from '../../../cli/jars/hadoop-jar.ts';
import { jobMain, submitMain } from '../../../cli/jobs/job-commands.ts';
import { printed } from './printed.ts';

let dir: string;
let jobFile: string;
let input: string;
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-jobs-'));
  jobFile = path.join(dir, 'lines.ts');
  input = path.join(dir, 'in.txt');
  fs.writeFileSync(input, 'b\na\n');
  const source =
    "import { job } from 'calf';\nexport default job({ map: (line, { emit }) => emit(line, 1), reducers: 0 });";
  fs.writeFileSync(jobFile, source);
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

const output = (name: string): string => path.join(dir, name);
const LOCAL = ['-D', 'mapreduce.framework.name=local'];
/** In the test's own process. */
const INLINE = ['-D', 'mapreduce.local.map.tasks.maximum=1'];

describe('generic options', () => {
  it('may stand before the job file and behind it, but not behind the paths', async () => {
    const before = await printed(() =>
      submitMain([...LOCAL, '-D', 'mapreduce.job.name=given', jobFile, input, output('1')]),
    );
    expect(before).toMatchObject({ status: 0, text: expect.stringContaining('completed successfully') });
    const behind = await printed(() =>
      jarMain([...LOCAL, jobFile, '-D', 'mapreduce.job.name=given', input, output('2')]),
    );
    expect(behind.status).toBe(0);
    const late = await printed(() => submitMain([...LOCAL, jobFile, input, output('3'), '-D', 'x=1']));
    expect(late.status).toBe(2);
    expect(late.text).toContain('-D stands where a path is expected: options come before the first path');
  });

  it('may stand before the examples jar, and behind the name of the example', async () => {
    const jar = 'hadoop-mapreduce-examples-3.4.2.jar';
    const one = await printed(() => jarMain([...LOCAL, jar, 'wordcount', input, output('4')]));
    const other = await printed(() => jarMain([jar, 'wordcount', ...LOCAL, input, output('5')]));
    expect([one.status, other.status]).toEqual([0, 0]);
    for (const name of ['4', '5']) {
      expect(fs.readFileSync(path.join(output(name), 'part-r-00000'), 'utf8')).toBe('a\t1\nb\t1\n');
    }
  });

  it('need their value', async () => {
    expect(await printed(() => jarMain(['-D']))).toEqual({
      status: 255,
      text: expect.stringContaining('jar: Missing argument for option: D'),
    });
  });

  it('-libjars is refused, because it would have no effect', async () => {
    const { status, text } = await printed(() =>
      submitMain([...LOCAL, '-libjars', input, jobFile, input, output('6')]),
    );
    expect(status).toBe(1);
    expect(text).toContain(`tmpjars is '${input}', which is not supported: Calf has no JVM`);
  });
});

describe('properties without which a sort never ends are refused', () => {
  it.each([
    ['mapreduce.task.io.sort.factor', '1', 'expected a number from 2'],
    ['mapreduce.task.io.sort.mb', '0', 'expected a number from 1 to 2047'],
    ['mapreduce.map.sort.spill.percent', '0', 'expected a number above 0, up to 1'],
  ])('%s=%s', async (name, value, reason) => {
    const { status, text } = await printed(() =>
      submitMain([...LOCAL, '-D', `${name}=${value}`, jobFile, input, output('7')]),
    );
    expect([status, text]).toEqual([1, expect.stringContaining(`${name} is ${value}: ${reason}`)]);
  });
});

it('properties without effect that the job itself sets are told', async () => {
  const file = path.join(dir, 'heap.ts');
  const conf = "conf: { 'mapreduce.map.cpu.vcores': '2' }";
  fs.writeFileSync(file, `import { job } from 'calf';\nexport default job({ reducers: 0, ${conf} });`);
  const { status, text } = await printed(() => submitMain([...LOCAL, file, input, output('8')]));
  expect([status, text]).toEqual([0, expect.stringContaining('mapreduce.map.cpu.vcores')]);
});

it('mapreduce.task.profile leaves the profiles of the chosen tasks in the working directory', async () => {
  const before = process.cwd();
  process.chdir(dir);
  try {
    const properties = ['-D', 'mapreduce.task.profile=true', '-D', 'mapreduce.task.profile.maps=0'];
    const { status, text } = await printed(() =>
      submitMain([...LOCAL, ...INLINE, ...properties, jobFile, input, output('p')]),
    );
    expect(status).toBe(0);
    const [, name = ''] = /The CPU profile of attempt_\w+ is in (attempt_\w+_m_000000_0\.cpuprofile)/.exec(text) ?? [];
    const profile = JSON.parse(fs.readFileSync(path.join(dir, name), 'utf8'));
    expect(Object.keys(profile)).toEqual(expect.arrayContaining(['nodes', 'startTime', 'endTime', 'samples']));
    expect(text).toContain('\tPhase Times\n\t\tReading and mapping (ms)=');
  } finally {
    process.chdir(before);
  }
});

describe('a job file that can not be run', () => {
  it('is told of a directory in the words of Hadoop', async () => {
    expect(await printed(() => jarMain([dir, 'in', 'out']))).toEqual({
      status: 255,
      text: `JAR does not exist or is not a normal file: ${dir}\n`,
    });
  });

  it('is told of a member that a job does not have', async () => {
    const file = path.join(dir, 'wrong.ts');
    fs.writeFileSync(file, "import { job } from 'calf';\nexport default job({ mapper() {}, reducers: 0 } as never);");
    const { status, text } = await printed(() => submitMain([...LOCAL, file, input, output('9')]));
    expect([status, text]).toEqual([1, expect.stringContaining("job() has no member 'mapper': did you mean 'map'?")]);
  });
});

it.each([
  ['hadoop jar', jarMain],
  ['mapred submit', submitMain],
])('%s --help prints the usage', async (name, main) => {
  const { status, text } = await printed(() => main(['--help']));
  expect([status, text]).toEqual([0, expect.stringContaining(`Usage: ${name} [generic options] <job.ts|job.js`)]);
});

describe('mapred job -list-attempt-ids', () => {
  it.each([
    ['FOO', 'running', 'Error: Invalid task-type: FOO\n'],
    ['map', 'paused', 'Error: Invalid task-state: paused\n'],
  ])('refuses %s %s before it asks for the job', async (type, state, message) => {
    const { status, text } = await printed(() => jobMain([...LOCAL, '-list-attempt-ids', 'job_1_0001', type, state]));
    expect([status, text]).toEqual([255, expect.stringContaining(message)]);
  });
});
