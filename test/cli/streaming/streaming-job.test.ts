// Streaming jobs from the command line to their output, in this process: options, environment, combiners, failures.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { streamingMain } from '../../../cli/streaming/main.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'streaming-job-'));
let directory = root;
let runs = 0;
beforeEach(() => {
  directory = path.join(root, String(runs++));
  fs.mkdirSync(directory);
});
afterAll(() => fs.rmSync(root, { recursive: true }));

interface Ran {
  readonly status: number;
  /** The bytes of each part file, by its name. */
  readonly parts: Readonly<Record<string, string>>;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line with the input and the files of the test's directory; its words are separated by blanks. */
async function run(
  input: string,
  args: readonly string[],
  properties: readonly string[] = [],
  places: { readonly input?: string; readonly output?: string } = {},
): Promise<Ran> {
  const inputFile = places.input ?? path.join(directory, 'in');
  const output = places.output ?? path.join(directory, 'out');
  if (places.input === undefined) fs.writeFileSync(inputFile, input, 'latin1');
  const printed = { out: '', err: '' };
  const capture = (name: 'out' | 'err') => (chunk: string | Uint8Array) => {
    printed[name] += String(chunk);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(capture('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(capture('err')),
  ];
  const local = {
    'fs.defaultFS': 'file:///',
    'mapreduce.local.map.tasks.maximum': '1',
    'mapreduce.map.maxattempts': '1',
    'mapreduce.reduce.maxattempts': '1',
    'mapreduce.cluster.local.dir': path.join(directory, 'local'),
    'mapreduce.jobtracker.staging.root.dir': path.join(directory, 'staging'),
  };
  const generic = [...Object.entries(local).map(([name, value]) => `${name}=${value}`), ...properties];
  try {
    const words = [...generic.flatMap((pair) => ['-D', pair]), '-input', inputFile, '-output', output, ...args];
    const status = await streamingMain(words);
    return { status, parts: readParts(output), ...printed };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

it('halves the records until it has the one with which an executable fails, and skips it', async () => {
  const skipping = ['mapreduce.map.skip.maxrecords=1', 'mapreduce.map.maxattempts=9'];
  fs.writeFileSync(path.join(directory, 's.sh'), 'while read l; do [ "$l" = bad ] && exit 3; echo "$l"; done\n');
  const mapper = ['-mapper', `sh ${path.join(directory, 's.sh')}`, '-reducer', 'NONE'];
  const { status, parts, err } = await run('a\nb\nbad\nc\nd\n', mapper, skipping);
  expect([status, Object.values(parts)]).toEqual([0, ['a\t\nb\t\nc\t\nd\t\n']]);
  expect(err).toContain('Map skipped records=1\n');
  // Three attempts of all records fail; then halves are tested.
  expect(err).toMatch(/Killed map tasks=\d/);
});

function readParts(output: string): Record<string, string> {
  const names = fs.existsSync(output) ? fs.readdirSync(output).filter((name) => name.startsWith('part-')) : [];
  return Object.fromEntries(
    names.sort().map((name) => [name, fs.readFileSync(path.join(output, name), 'latin1')] as const),
  );
}

function script(name: string, text: string): string {
  const file = path.join(directory, name);
  fs.writeFileSync(file, text);
  return file;
}

describe('pairs', () => {
  it('are bytes: empty lines, no newline at the end, CRLF, tabs, bytes that are no UTF-8', async () => {
    const { status, parts } = await run('b\ta\tc\r\n\n\xff\xfe\nlast', ['-mapper', 'cat', '-reducer', 'cat']);
    expect(status).toBe(0);
    // A line without a tab is written with a tab at its end.
    expect(parts).toEqual({ 'part-00000': '\t\nb\ta\tc\nlast\t\n\xff\xfe\t\n' });
  });

  it('of maps alone keep their order', async () => {
    const { parts } = await run('b\na\n', ['-mapper', 'cat', '-reducer', 'NONE']);
    expect(parts).toEqual({ 'part-00000': 'b\t\na\t\n' });
  });

  it('go through a combiner, which may give fewer', async () => {
    const count = script(
      'count.sh',
      '#!/bin/sh\nexec awk -F"\\t" \'{ n[$1] += $2 } END { for (k in n) print k "\\t" n[k] }\'\n',
    );
    const mapper = script('words.sh', '#!/bin/sh\nexec tr " " "\\n" | sed "s/$/\\t1/"\n');
    const args = ['-file', count, mapper, '-mapper', mapper, '-combiner', count, '-reducer', 'cat'];
    const { parts, err } = await run('a b a\nb b\n', [...args, '-numReduceTasks', '2']);
    expect(parts).toEqual({ 'part-00000': 'a\t2\n', 'part-00001': 'b\t3\n' });
    expect(err).toContain('-file option is deprecated, please use generic option -files instead.');
    expect(err).toContain('Combine output records=2');
  });

  it('are aggregated by -reducer aggregate', async () => {
    const { parts } = await run('LongValueSum:x\t2\nLongValueSum:x\t40\nUniqValueCount:y\ta\n', [
      ...['-mapper', 'cat', '-reducer', 'aggregate'],
    ]);
    expect(parts).toEqual({ 'part-00000': 'x\t42\ny\t1\n' });
  });

  it('have keys of several fields, in the order of a comparator, in the part of a partitioner', async () => {
    const { parts } = await run(
      '1.9.x\n2.10.y\n1.10.z\n',
      [
        ...['-mapper', 'cat', '-reducer', 'cat', '-numReduceTasks', '2'],
        ...['-partitioner', 'org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner'],
      ],
      [
        'stream.map.output.field.separator=.',
        'stream.num.map.output.key.fields=2',
        'mapreduce.map.output.key.field.separator=.',
        'mapreduce.partition.keypartitioner.options=-k1,1',
        'mapreduce.job.output.key.comparator.class=org.apache.hadoop.mapred.lib.KeyFieldBasedComparator',
        'mapreduce.partition.keycomparator.options=-k2,2nr',
      ],
    );
    expect(parts).toEqual({ 'part-00000': '2.10\ty\n', 'part-00001': '1.10\tz\n1.9\tx\n' });
  });

  it('share a call of the reducer if the grouping comparator finds them equal', async () => {
    const { status, parts, err } = await run(
      '1.b\n1.a\n2.c\n',
      ['-mapper', 'cat', '-reducer', 'cat'],
      [
        'mapreduce.map.output.key.field.separator=.',
        'mapreduce.job.output.group.comparator.class=org.apache.hadoop.mapred.lib.KeyFieldBasedComparator',
        'mapreduce.partition.keycomparator.options=-k1,1',
      ],
    );
    expect(status, err).toBe(0);
    expect(err).toContain('Reduce input groups=2');
    expect(parts).toEqual({ 'part-00000': '1.a\t\n1.b\t\n2.c\t\n' });
  });
});

describe('input', () => {
  it('of two words a line is key and value', async () => {
    const args = ['-inputformat', 'KeyValueTextInputFormat', '-mapper', 'cat', '-reducer', 'NONE'];
    expect((await run('a\tb\tc\nd\n', args)).parts).toEqual({ 'part-00000': 'a\tb\tc\nd\t\n' });
  });

  it('of N lines has a task for them, and the place of a line as its key', async () => {
    const args = [
      '-inputformat',
      'org.apache.hadoop.mapred.lib.NLineInputFormat',
      '-mapper',
      'cat',
      '-reducer',
      'NONE',
    ];
    const { parts } = await run('a\nb\n', args);
    // Hadoop's splits are not of the same length: the first map is that of the second line.
    expect(parts).toEqual({ 'part-00000': '2\tb\n', 'part-00001': '0\ta\n' });
  });

  it('of XML has a record between two marks', async () => {
    const args = ['-inputreader', 'StreamXmlRecordReader,begin=<p>,end=</p>', '-mapper', 'cat', '-reducer', 'NONE'];
    const { parts } = await run('x<p>1\n2</p>y<p>3</p><p>', args);
    expect(parts).toEqual({ 'part-00000': '<p>1\t\n2</p>\t\n<p>3</p>\t\n' });
  });

  it('without a mapper must have the classes that the job expects', async () => {
    const identity = ['-mapper', 'org.apache.hadoop.mapred.lib.IdentityMapper'];
    expect((await run('b\na\n', identity)).parts).toEqual({ 'part-00000': '0\tb\n2\ta\n' });
    fs.rmSync(path.join(directory, 'out'), { recursive: true });
    const { status, err } = await run('b\n', [...identity, '-reducer', 'cat']);
    expect(status).toBe(1);
    expect(err).toContain(
      'Type mismatch in key from map: expected org.apache.hadoop.io.Text, received org.apache.hadoop.io.LongWritable',
    );
  });
});

describe('the environment of an executable', () => {
  it('has the properties of the job, the attempt, its input, and those of -cmdenv', async () => {
    const { parts } = await run(
      'x\n',
      ['-mapper', 'env', '-reducer', 'NONE', '-cmdenv', 'A=b=c', '-cmdenv', 'D=e'],
      ['my.own-name=v'],
    );
    const lines = (parts['part-00000'] ?? '').split('\n').map((line) => line.trimEnd());
    const attempt = /^mapreduce_task_attempt_id=(attempt_\w+_m_000000_0)$/m.exec(lines.join('\n'))?.[1];
    expect(attempt).toBeDefined();
    expect(lines).toEqual(
      expect.arrayContaining([
        'A=b=c',
        'D=e',
        'my_own_name=v',
        `mapreduce_map_input_file=file:${path.join(directory, 'in')}`,
        `map_input_file=file:${path.join(directory, 'in')}`,
        'mapreduce_map_input_start=0',
        'mapreduce_map_input_length=2',
        'mapreduce_task_ismap=true',
        'mapred_task_partition=0',
        `mapred_task_id=${attempt}`,
        'mapreduce_job_reduces=0',
        'HADOOP_ROOT_LOGGER=',
      ]),
    );
  });
});

describe('the end of a job', () => {
  it('counts what executables report', async () => {
    const { err } = await run('a\nb\n', [
      ...['-mapper', `sh -c 'cat; echo reporter:counter:Mine,lines,2 >&2'`, '-reducer', 'cat'],
    ]);
    expect(err).toContain('\tMine\n\t\tlines=2');
    expect(err).toMatch(/INFO streaming\.StreamJob: Output directory: /);
  });

  it('is a failure if an executable fails, with its status and last lines', async () => {
    const { status, err } = await run('a\n', ['-mapper', `sh -c 'echo oops >&2; exit 3'`]);
    expect(status).toBe(1);
    expect(err).toContain(
      'Error: java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 3\n' +
        'The last lines of its standard error:\noops\n',
    );
    expect(err).toMatch(/ERROR streaming\.StreamJob: Job not successful!\nStreaming Command Failed!\n$/);
  });

  it('is a failure if the program is not there', async () => {
    const { err } = await run('a\n', ['-mapper', 'no-such-program']);
    expect(err).toContain(
      'configuration exception: java.io.IOException: Cannot run program "no-such-program": error=2, No such file or directory',
    );
  });

  it('has no part of a reducer that has got no record, and with -lazyOutput no file', async () => {
    const reducer = ['-reducer', 'sh -c "cat; echo never"'];
    expect((await run('', ['-mapper', 'cat', ...reducer])).parts).toEqual({ 'part-00000': '' });
    fs.rmSync(path.join(directory, 'out'), { recursive: true });
    expect((await run('', ['-mapper', 'cat', ...reducer, '-lazyOutput'])).parts).toEqual({});
  });
});

describe('a wrong command line', () => {
  it.each([
    [['-inputformat', 'com.example.Mine'], '-inputformat : class not found : com.example.Mine'],
    [['-outputformat', 'Mine'], '-outputformat : class not found : Mine'],
    [['-partitioner', 'Mine'], '-partitioner : class not found : Mine'],
    [['-inputreader', 'Mine'], '-inputreader: class not found : Mine'],
    [['-mapper', 'org.example.job.Mapper'], '-mapper : org.example.job.Mapper is a Java class'],
    [['-file', '/no/such/file'], 'File: file:/no/such/file does not exist.'],
    [['-foo'], 'ERROR streaming.StreamJob: Unrecognized option: -foo'],
  ])('%j is refused', async (args, message) => {
    const { status, err } = await run('', args);
    expect(status).toBe(1);
    expect(err).toContain(message);
    expect(err).toMatch(/\nTry -help for more information\nStreaming Command Failed!\n$/);
  });

  it('names an output that exists, and an input that does not', async () => {
    fs.mkdirSync(path.join(directory, 'out'));
    const exists = await run('', ['-mapper', 'cat']);
    expect([exists.status, exists.err]).toEqual([5, expect.stringContaining('already exists')]);
    fs.rmdirSync(path.join(directory, 'out'));
    const missing = await run('', ['-input', '/no/such', '-mapper', 'cat']);
    expect([missing.status, missing.err]).toEqual([5, expect.stringContaining('Input path does not exist')]);
  });
});

describe('SequenceFiles', () => {
  const cat = ['-mapper', 'cat', '-numReduceTasks', '0'];

  /** Writes a file of Text by streaming, and reads it by a second job. */
  async function readAs(format: string) {
    const written = await run('k\tv\n\xff\t\xfe\n', [...cat, '-outputformat', 'SequenceFileOutputFormat']);
    expect(written.status, written.err).toBe(0);
    const [file, output] = [path.join(directory, 'out', 'part-00000'), path.join(directory, 'out2')];
    expect(fs.readFileSync(file, 'latin1').slice(0, 30)).toBe('SEQ\u0006\u0019org.apache.hadoop.io.Text');
    const { status, err } = await run('', ['-inputformat', format, ...cat], [], { input: file, output });
    expect(status, err).toBe(0);
    return readParts(output)['part-00000'];
  }

  it('SequenceFileInputFormat gives the bytes of Text', async () => {
    expect(await readAs('SequenceFileInputFormat')).toBe('k\tv\n\xff\t\xfe\n');
  });

  // SequenceFileAsTextRecordReader makes strings of keys and values.
  it('SequenceFileAsTextInputFormat gives their texts', async () => {
    expect(await readAs('SequenceFileAsTextInputFormat')).toBe('k\tv\n\xef\xbf\xbd\t\xef\xbf\xbd\n');
  });

  it('SequenceFileAsBinaryInputFormat gives the serialized bytes: a Text has its length before it', async () => {
    expect(await readAs('SequenceFileAsBinaryInputFormat')).toBe('\x01k\t\x01v\n\x01\xff\t\x01\xfe\n');
  });
});

describe('--engine', () => {
  const cat = ['-mapper', 'cat', '-reducer', 'cat'];

  it('yarn gives the words to the streaming jar of a Hadoop; --dry-run prints them', async () => {
    const command = ['calf.yarn.command=hadoop jar streaming.jar'];
    const { status, out } = await run('', [...cat, '--engine', 'yarn', '--dry-run'], command);
    expect(status).toBe(0);
    expect(out).toMatch(/^hadoop jar streaming\.jar -D .* -input \S+\/in -output \S+\/out -mapper cat -reducer cat\n$/);
  });

  it('inline is refused, because executables run in processes of their own', async () => {
    const { status, err } = await run('', [...cat, '--engine', 'inline']);
    expect(status).toBe(1);
    expect(err).toContain('streaming: --engine inline runs the functions of a job file in this process');
  });
});
