/** `--engine yarn`: submits a job file to a real YARN, as a job of Hadoop Streaming that runs the job's functions in Node.js. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { distDir } from '../../runtime/dist.ts';
import { type AnyJob, isJob } from '../api/api.ts';
import { bundleJob, JobFileError } from '../submit/bundle-job.ts';
import { defaultArguments } from '../submit/job-submitter.ts';
import { reducesOf } from '../submit/reduces-of.ts';
import { partitionPrefixes, YARN_JOB_FILE, type YarnJob } from '../yarn/yarn-job.ts';

export interface YarnRun {
  readonly file: string;
  readonly conf: Configuration;
  readonly args: readonly string[];
  /** Prints the command, whose files stay, and runs nothing. */
  readonly isDry: boolean;
  readonly out: (line: string) => void;
}

const PROGRAM = 'yarn-task.js';

/** Returns the exit status of Hadoop's program. @throws JobFileError for a job that YARN can't run */
export async function runOnYarn({ file, conf, args, isDry, out }: YarnRun): Promise<number> {
  const { exports, code } = await bundleJob(file, conf.get('calf.job.type-check'));
  const [exportName, job] = Object.entries(exports).find(([name]) => name === 'default') ?? [];
  if (exportName === undefined || !isJob(job)) throw new JobFileError(`${file}: its default export is no job`);
  refuseUnfit(job, file);
  const own = conf.clone();
  for (const [name, value] of Object.entries(job.conf ?? {})) if (!own.isSet(name)) own.set(name, value);
  const {
    inputs = [],
    output = '',
    conf: further = {},
  } = job.configure ? job.configure(args) : defaultArguments(args, job);
  for (const [name, value] of Object.entries(further)) own.set(name, value);
  const reduces = reducesOf(job, own);
  const facts: YarnJob = {
    exportName,
    reduces,
    conf: Object.fromEntries(own.entries()),
    prefixes: partitionPrefixes(reduces),
  };
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-yarn-'));
  try {
    fs.writeFileSync(path.join(directory, 'job.mjs'), code);
    fs.writeFileSync(path.join(directory, YARN_JOB_FILE), JSON.stringify(facts));
    fs.copyFileSync(path.join(distDir(), PROGRAM), path.join(directory, 'calf-yarn-task.mjs'));
    const paths = Array.isArray(inputs) ? (inputs as readonly string[]) : [];
    const command = yarnCommand(own, job.name ?? path.basename(file), directory, reduces, paths, output);
    if (!isDry) return await runCommand(command);
    out(command.map(quoted).join(' '));
    return 0;
  } finally {
    // The command of a dry run names the directory.
    if (!isDry) fs.rmSync(directory, { recursive: true, force: true });
  }
}

/** @throws JobFileError for parts of a job that Hadoop's classes would have to do */
function refuseUnfit(job: AnyJob, file: string): void {
  const refuse = (what: string): never => {
    throw new JobFileError(`${file}: ${what} is not there with --engine yarn: run the job on Calf's cluster`);
  };
  if (job.compare) refuse('an order of its own (compare)');
  if (job.input) refuse('an input format');
  if (job.inputs) refuse('a job of several inputs');
  if (job.outputs) refuse('a job of several outputs');
  if (job.output && !job.output.createWriter) refuse('its output format');
}

/** Returns the command line of Hadoop Streaming. */
function yarnCommand(
  conf: Configuration,
  name: string,
  directory: string,
  reduces: number,
  inputs: readonly string[],
  output: string,
): string[] {
  const task = (phase: string): string => `${conf.get('calf.yarn.node')} calf-yarn-task.mjs ${phase}`;
  const files = ['job.mjs', YARN_JOB_FILE, 'calf-yarn-task.mjs'].map((file) => path.join(directory, file));
  const properties = {
    'mapreduce.job.name': conf.get('mapreduce.job.name') || name,
    'mapreduce.job.reduces': String(reduces),
    'stream.map.input': 'rawbytes',
    'stream.map.output': reduces === 0 ? 'keyonlytext' : 'rawbytes',
    'stream.reduce.input': 'rawbytes',
    'stream.reduce.output': 'keyonlytext',
    'mapreduce.map.output.key.field.separator': ' ',
    'mapreduce.partition.keypartitioner.options': '-k1,4',
  };
  return [
    ...commandOf(conf),
    ...Object.entries(properties).flatMap(([property, value]) => ['-D', `${property}=${value}`]),
    ...['-files', files.join(',')],
    ...inputs.flatMap((input) => ['-input', input]),
    ...['-output', output, '-mapper', task('map'), '-reducer', reduces === 0 ? 'NONE' : task('reduce')],
    ...['-partitioner', 'org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner'],
  ];
}

/** Returns the beginning of the command: Hadoop's program and its streaming jar. */
function commandOf(conf: Configuration): string[] {
  const own = conf
    .get('calf.yarn.command')
    .split(' ')
    .filter((word) => word !== '');
  if (own.length > 0) return own;
  const home = process.env.HADOOP_HOME;
  const tools = path.join(home ?? '', 'share/hadoop/tools/lib');
  const jar =
    home && fs.existsSync(tools)
      ? fs.readdirSync(tools).find((file) => /^hadoop-streaming-[\d.]+\.jar$/.test(file))
      : undefined;
  if (home && jar) return [path.join(home, 'bin/hadoop'), 'jar', path.join(tools, jar)];
  throw new JobFileError(
    'HADOOP_HOME names no Hadoop with its streaming jar: set it, or calf.yarn.command to the words that run the jar, such ' +
      'as `/opt/hadoop/bin/hadoop jar /opt/hadoop/share/hadoop/tools/lib/hadoop-streaming-3.4.2.jar`',
  );
}

async function runCommand([program = '', ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);
