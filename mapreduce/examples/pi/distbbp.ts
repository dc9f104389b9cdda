/** The example distbbp: computes exact bits of π far behind the point, with many jobs. */
import fs from 'node:fs';
import path from 'node:path';
import pLimit from 'p-limit';
import { sleep } from '../../../runtime/promises.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { type AsyncInputFormat, job, type ProgramContext, program } from '../../api/api.ts';
import { oneRecord } from '../../formats/one-record.ts';
import { bitsText, fractionOfPi, PARAMETERS, sumOf } from './bellard.ts';
import {
  addMod,
  combine,
  compute,
  durationText,
  parseResult,
  parts,
  type Result,
  remaining,
  resultText,
  type Summation,
  sigmaText,
  steps,
} from './summation.ts';

const SIGMA = 'mapreduce.pi.DistSum.sigma';
const PARTS = 'mapreduce.pi.DistSum.nParts';
const SEPARATION = 'pi.job.separation.seconds';
const EXIT_USAGE = 255;

const USAGE = `org.apache.hadoop.examples.pi.DistBbp <b> <nThreads> <nJobs> <type> <nPart> <remoteDir> <localDir>
  <b> The number of bits to skip, i.e. compute the (b+1)th position.
  <nThreads> The number of working threads.
  <nJobs> The number of jobs per sum.
  <type> 'm' for map side job, 'r' for reduce side job, 'x' for mix type.
  <nPart> The number of parts per job.
  <remoteDir> Remote directory for submitting jobs.
  <localDir> Local directory for storing output files.`;

/** Gives each map task one part of the job's sum. */
function partsInput(
  count: (conf: { getNumber(name: string, otherwise: number): number }) => number,
): AsyncInputFormat<number, Summation> {
  return {
    withoutFiles: true,
    async getSplits(_files, { conf }) {
      const sigma = JSON.parse(conf.get(SIGMA, '')) as Summation;
      return parts(sigma, count(conf)).map((part) => ({
        kind: 'custom',
        name: `sigma:${sigmaText(part)}`,
        length: Math.max(1, steps(part)),
        payload: part,
      }));
    },
    openReader: (split) => oneRecord(0, split.payload as Summation),
  };
}

function timed(sigma: Summation): string {
  const startedMs = systemClock.monotonicMs();
  const value = compute(sigma);
  return resultText({ sigma, value, durationMs: Math.round(systemClock.monotonicMs() - startedMs) });
}

/** Computes the parts in map tasks. */
export const mapSide = job<null, string, null, string, number, Summation>({
  input: partsInput((conf) => conf.getNumber(PARTS, 1)),
  map(sigma, { emit }) {
    emit(null, timed(sigma));
  },
  reducers: 0,
});

/** Computes the parts in reduce tasks. */
export const reduceSide = job<number, Summation, null, string, number, Summation>({
  input: partsInput(() => 1),
  map(sigma, { emit, conf }) {
    for (const [index, part] of parts(sigma, conf.getNumber(PARTS, 1)).entries()) emit(index, part);
  },
  partition: (index) => index,
  reduce(_index, sums, { emit }) {
    for (const sigma of sums) emit(null, timed(sigma));
  },
});

interface Options {
  readonly threads: number;
  readonly jobs: number;
  readonly type: string;
  readonly parts: number;
  readonly remote: string;
  readonly local: string;
}

/** @throws Error with the messages of Hadoop's example */
function parseOptions(args: readonly string[]): Options {
  const [threads = 0, jobs = 0, partCount = 0] = [args[0], args[1], args[3]].map(Number);
  const [type = '', remote = '', local = ''] = [args[2], args[4], args[5]];
  if (!/^[mrx]$/.test(type)) throw new Error(`type=${type} is not equal to m, r or x`);
  for (const [name, value] of Object.entries({ nParts: partCount, nJobs: jobs, nThreads: threads })) {
    if (!Number.isInteger(value)) throw new Error(`${name} is no number`);
    if (value <= 0) throw new Error(`${name} = ${value} <= 0`);
  }
  return { threads, jobs, type, parts: partCount, remote, local };
}

/** Runs one job for a sum, and keeps its result in the local directory. */
async function runSum(context: ProgramContext, options: Options, name: string, sigma: Summation): Promise<Result[]> {
  const { run, print, readText, writeText, remove, exists, mkdirs, conf } = context;
  const directory = `${options.remote}/${name}`;
  if (await exists(directory)) throw new Error(`dir (= ${directory}) already exists.`);
  await mkdirs(directory);
  print(`starting ${name} ...\n  steps/parts = ${steps(sigma)}/${options.parts}`);
  const isReduceSide = options.type === 'r';
  const output = `${directory}/out`;
  const running = run(isReduceSide ? reduceSide : mapSide, {
    output,
    conf: {
      [SIGMA]: JSON.stringify(sigma),
      [PARTS]: options.parts,
      'mapreduce.job.name': directory,
      'mapreduce.job.reduces': isReduceSide ? options.parts : 0,
      'mapreduce.task.timeout': 0,
    },
  });
  // Hadoop waits 10 s between jobs so that its JobTracker keeps up. Calf waits only if the property says so.
  const separationMs = 1000 * conf.getNumber(SEPARATION, 0);
  await Promise.all([running, separationMs > 0 ? sleep(separationMs) : undefined]);
  const lines = await readText(output);
  const results = combine(lines.split('\n').flatMap((line) => parseResult(line) ?? []));
  await writeText(`${options.remote}/${name}.txt`, lines);
  await remove(directory);
  const told = results.map((result) => `DistSum ${name}> ${resultText(result)}`);
  for (const line of told) print(line);
  const stamp = new Date(systemClock.now())
    .toISOString()
    .replace(/[-:.Z]/g, '')
    .replace('T', '-');
  await fs.promises.writeFile(
    path.join(options.local, `${name}-${stamp}.txt`),
    told.map((line) => `${line}\n`).join(''),
  );
  return results;
}

/** Reads the results of earlier runs, by the names of their sums. */
async function earlierResults(directory: string): Promise<Map<string, Result[]>> {
  const found = new Map<string, Result[]>(PARAMETERS.map(({ name }) => [name, []]));
  for (const file of await fs.promises.readdir(directory, { recursive: true })) {
    if (!file.endsWith('.txt')) continue;
    for (const line of (await fs.promises.readFile(path.join(directory, file), 'utf8')).split('\n')) {
      const name = /^DistSum (P\d+_\d+)\b/.exec(line)?.[1];
      const result = parseResult(line);
      if (name && result) found.get(name)?.push(result);
    }
  }
  return found;
}

export default program({
  name: 'distbbp',
  usage: USAGE,
  async main(context) {
    const { args, print } = context;
    const skipped = Number(args[0]?.replaceAll(',', ''));
    if (args.length !== 7 || !Number.isInteger(skipped)) {
      print(`args = [${args.join(', ')}]\n\nUsage: java ${USAGE}\n`);
      return EXIT_USAGE;
    }
    if (skipped < 0) throw new Error(`b = ${skipped} < 0`);
    const options = parseOptions(args.slice(1));
    await fs.promises.mkdir(options.local, { recursive: true });
    const startedMs = systemClock.monotonicMs();
    const told = `b = ${skipped.toLocaleString('en-US')} (${skipped < 2 ? 'bit' : 'bits'} skipped)`;
    print(`\n${told}\n`);
    const earlier = await earlierResults(options.local);
    const limit = pLimit(options.threads);
    let index = 0;
    const sums = PARAMETERS.map((of) => {
      const sigma = sumOf(of, skipped);
      const done = combine(earlier.get(of.name) ?? []);
      const gaps = remaining(sigma, done);
      const todo = done.length === 0 ? parts(sigma, options.jobs) : gaps.flatMap((gap) => parts(gap, options.jobs));
      print(`put Sum{${of.name}: ${sigmaText(sigma)}, remaining=${todo.length}}`);
      const named = todo.map((part) => ({ part, name: `${of.name}.job${String(index++).padStart(3, '0')}` }));
      return {
        name: of.name,
        results: named.map(({ part, name }) => limit(() => runSum(context, options, name, part))),
        done,
      };
    });
    print(index === 0 ? 'No computation' : `execute ${index} computation(s)`);
    await Promise.all(sums.flatMap(({ results }) => results));
    const values = new Map<string, number>();
    for (const { name, results, done } of sums) {
      const all = [...done, ...(await Promise.all(results)).flat()];
      values.set(
        name,
        all.reduce((total, { value }) => addMod(total, value), 0),
      );
    }
    print(`done in ${durationText(Math.round(systemClock.monotonicMs() - startedMs))}`);
    print(`\n${told}`);
    print(bitsText(fractionOfPi(skipped, values), skipped));
    return 0;
  },
});
