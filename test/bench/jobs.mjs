// Measures MapReduce jobs: each runs on Calf's cluster and on YARN by turns, and their outputs must be the same.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { calfCommand, calfDfs } from '../interop/lib/calf-cluster.mjs';
import { sha256, writeWords } from '../interop/lib/data.mjs';
import { examplesJar, HADOOP_VERSION, hadoopDfs, javaArgs, lib } from '../interop/lib/hadoop-install.mjs';
import { run, runOk } from '../interop/lib/processes.mjs';
import { java, tempDir } from '../interop/lib/tools.mjs';
import { figure } from './figures.mjs';

const streamingJar = path.join(lib, `hadoop-streaming-${HADOOP_VERSION}.jar`);
const bareWordCount = fileURLToPath(new URL('bare-word-count.mjs', import.meta.url));

/** The two clusters, each with `job(jar, args)`, which runs a job and returns its seconds, and `dfs(args)`. */
async function both({ options, calf, hadoop }) {
  const [ours, reference] = [await calf(), await hadoop()];
  await reference.startYarn();
  const timeoutMs = options.minutes * 60_000;
  const checked = (who, what, { code, stdout, stderr, elapsedMs }) => {
    if (code === 0) return elapsedMs / 1000;
    const why = code === null ? `took longer than ${options.minutes} minutes (--minutes)` : stderr.slice(-2000);
    throw new Error(`${what} on ${who}: ${why}${code === null ? '' : stdout.slice(-500)}`);
  };
  return {
    ours: {
      job: async (jar, args) => {
        const all = ['jar', path.basename(jar), ...args];
        return checked('Calf', args.join(' '), await calfCommand('hadoop', ours.confDir, all, { timeoutMs }));
      },
      dfs: (args, o) => calfDfs(ours.confDir, args, { timeoutMs, ...o }),
    },
    reference: {
      job: async (jar, args) => {
        const all = javaArgs(reference.confDir, 'org.apache.hadoop.util.RunJar', [jar, ...args]);
        return checked('YARN', args.join(' '), await run(java, all, { timeoutMs }));
      },
      dfs: (args, o) => hadoopDfs(reference.confDir, args, { timeoutMs, ...o }),
    },
  };
}

const EACH = ['ours', 'reference'];

async function putOnBoth(clusters, local, target) {
  for (const who of EACH) {
    const { code, stderr } = await clusters[who].dfs(['-put', local, target]);
    if (code !== 0) throw new Error(`put ${target}: ${stderr}`);
  }
}

/** Returns the digest of the part files of both clusters' output. @throws Error if they differ */
async function sameOutput(clusters, output) {
  const digests = [];
  for (const who of EACH) {
    const { code, stdout, stderr } = await clusters[who].dfs(['-cat', `${output}/part-*`], { hash: true });
    if (code !== 0) throw new Error(`cat ${output}: ${stderr}`);
    digests.push(stdout);
  }
  if (digests[0] !== digests[1]) throw new Error(`the outputs ${output} differ`);
  return digests[0];
}

/** Runs a job on both by turns, and checks the outputs of the first round. */
async function pairedJobs(clusters, rounds, jar, argsOf) {
  const times = { ours: [], reference: [] };
  for (let i = 0; i < rounds; i++) {
    for (const who of i % 2 === 0 ? EACH : EACH.toReversed()) times[who].push(await clusters[who].job(jar, argsOf(i)));
    if (i > 0) for (const who of EACH) await clusters[who].dfs(['-rm', '-r', '-skipTrash', argsOf(i).at(-1)]);
  }
  return times;
}

/** Writes lines of words until the file has this length, or a little more. */
function textFile(name, bytes) {
  const file = path.join(tempDir(`bench-${name}`), 'text');
  const part = `${file}.part`;
  writeWords(part, Math.min(10_000, Math.ceil(bytes / 90)));
  const content = fs.readFileSync(part);
  fs.rmSync(part);
  for (let at = 0; at < bytes; at += content.length) fs.appendFileSync(file, content);
  return file;
}

export async function tinyJob(context) {
  const clusters = await both(context);
  await putOnBoth(clusters, textFile('tiny', 8000), '/tiny');
  const argsOf = (i) => ['wordcount', '/tiny', `/tiny-out${i}`];
  const times = await pairedJobs(clusters, context.options.rounds ?? 3, examplesJar, argsOf);
  await sameOutput(clusters, '/tiny-out0');
  return [figure({ name: 'tiny word count job', unit: 's', ...times, against: 'YARN', target: { atMost: 1 / 20 } })];
}

export async function wordCount(context) {
  const { 'text-mb': megabytes, rounds = 1 } = context.options;
  const clusters = await both(context);
  const text = textFile('words', megabytes * 1_000_000);
  await putOnBoth(clusters, text, '/words');
  const argsOf = (i) => ['wordcount', '/words', `/words-out${i}`];
  const times = await pairedJobs(clusters, rounds, examplesJar, argsOf);
  const digest = await sameOutput(clusters, '/words-out0');
  const counts = `${text}.counts`;
  const bare = [];
  for (let i = 0; i < rounds; i++) {
    bare.push((await runOk(process.execPath, [bareWordCount, text, counts])).elapsedMs / 1000);
  }
  if ((await sha256(counts)) !== digest) throw new Error('the bare program counts other words');
  const name = `word count of ${megabytes} MB`;
  const beside = { ours: times.ours, reference: bare, against: 'two threads of bare Node', target: { atMost: 1.5 } };
  return [
    figure({ name, unit: 's', ...times, against: 'YARN', target: { atMost: 1 / 5 } }),
    figure({ name, unit: 's', ...beside }),
  ];
}

export async function teraSort(context) {
  const { rows, rounds = 1 } = context.options;
  const clusters = await both(context);
  for (const who of EACH) await clusters[who].job(examplesJar, ['teragen', String(rows), '/tera']);
  const argsOf = (i) => ['terasort', '-Dmapreduce.job.reduces=2', '/tera', `/tera-out${i}`];
  const times = await pairedJobs(clusters, rounds, examplesJar, argsOf);
  await sameOutput(clusters, '/tera-out0');
  const name = `terasort of ${rows} records`;
  return [figure({ name, unit: 's', ...times, against: 'YARN', target: { atMost: 1 / 3 } })];
}

export async function streaming(context) {
  const { 'stream-mb': megabytes, rounds = 1 } = context.options;
  const clusters = await both(context);
  await putOnBoth(clusters, textFile('stream', megabytes * 1_000_000), '/stream');
  const argsOf = (i) => [
    ...['-mapper', '/bin/cat', '-reducer', '/usr/bin/wc'],
    ...['-input', '/stream', '-output', `/stream-out${i}`],
  ];
  const times = await pairedJobs(clusters, rounds, streamingJar, argsOf);
  await sameOutput(clusters, '/stream-out0');
  const name = `streaming cat and wc of ${megabytes} MB`;
  return [figure({ name, unit: 's', ...times, against: 'YARN', target: { atMost: 1 / 1.5 } })];
}

/** Many tasks with next to no input. YARN runs fewer of them, because each takes it seconds: compared is the time a task. */
export async function manyTasks(context) {
  const { maps, reduces, 'yarn-maps': yarnMaps } = context.options;
  const clusters = await both(context);
  const text = textFile('many', 200_000);
  await putOnBoth(clusters, text, '/many');
  const { size } = fs.statSync(text);
  const perTask = async (who, mapTasks, reduceTasks) => {
    const args = [
      'wordcount',
      `-Dmapreduce.job.reduces=${reduceTasks}`,
      `-Dmapreduce.input.fileinputformat.split.maxsize=${Math.ceil(size / mapTasks)}`,
      ...['/many', '/many-out'],
    ];
    return ((await clusters[who].job(examplesJar, args)) * 1000) / (mapTasks + reduceTasks);
  };
  const yarnReduces = Math.max(1, Math.round((reduces * yarnMaps) / maps));
  const ours = [await perTask('ours', maps, reduces)];
  const reference = [await perTask('reference', yarnMaps, yarnReduces)];
  const name = `a task of ${maps} maps and ${reduces} reduces`;
  const against = `YARN, ${yarnMaps} maps and ${yarnReduces} reduces`;
  return [figure({ name, unit: 'ms', ours, reference, against })];
}
