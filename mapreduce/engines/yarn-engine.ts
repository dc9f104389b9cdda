/** `--engine yarn`: submits a job file to a real YARN, as a job of Hadoop Streaming that runs the job's functions in Node.js. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { distDir } from '../../runtime/dist.ts';
import { type AnyJob, isJob } from '../api/api.ts';
import { listOf, splitFragment } from '../cache/cache-entries.ts';
import { bundleJob, JobFileError } from '../submit/bundle-job.ts';
import { defaultArguments } from '../submit/job-submitter.ts';
import { reducesOf } from '../submit/reduces-of.ts';
import { partitionPrefixes, YARN_JOB_FILE, type YarnJob } from '../yarn/yarn-job.ts';
import { commandOf, givenProperties, quoted, runCommand } from './hadoop-command.ts';

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
  const { exports, code, packages } = await bundleJob(file, conf.get('calf.job.type-check'));
  const [exportName, job] = Object.entries(exports).find(([name]) => name === 'default') ?? [];
  if (exportName === undefined || !isJob(job)) throw new JobFileError(`${file}: its default export is no job`);
  refuseUnfit(job, file);
  if (packages) refuse(file, 'a package with native parts');
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
    files: ['tmpfiles', 'tmparchives'].flatMap((list) => listOf(own, list).map((item) => splitFragment(item).name)),
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
    // A dry run prints a command that names the directory.
    if (!isDry) fs.rmSync(directory, { recursive: true, force: true });
  }
}

function refuse(file: string, what: string): never {
  throw new JobFileError(`${file}: ${what} is not there with --engine yarn: run the job on Calf's cluster`);
}

/** @throws JobFileError for parts of a job that Hadoop's classes would have to do */
function refuseUnfit(job: AnyJob, file: string): void {
  if (job.compare) refuse(file, 'an order of its own (compare)');
  if (job.input) refuse(file, 'an input format');
  if (job.inputs) refuse(file, 'a job of several inputs');
  if (job.outputs) refuse(file, 'a job of several outputs');
  if (job.output && !job.output.createWriter) refuse(file, 'its output format');
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
  const archives = listOf(conf, 'tmparchives');
  const properties = {
    ...givenProperties(conf),
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
    ...['-files', [...files, ...listOf(conf, 'tmpfiles')].join(',')],
    ...(archives.length > 0 ? ['-archives', archives.join(',')] : []),
    ...inputs.flatMap((input) => ['-input', input]),
    ...['-output', output, '-mapper', task('map'), '-reducer', reduces === 0 ? 'NONE' : task('reduce')],
    ...['-partitioner', 'org.apache.hadoop.mapred.lib.KeyFieldBasedPartitioner'],
  ];
}
