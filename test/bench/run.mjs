#!/usr/bin/env node
// Speed beside the real Hadoop, in the same run on the same machine and disk: `npm run bench [-- FIGURE... OPTION...]`.
// A benchmark, not a test: it prints figures and its exit code says only whether it ran.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { examplesJar, HadoopCluster, hadoopDfs, install, javaArgs } from '../interop/hadoop.mjs';
import { CalfCluster, calfCommand, calfDfs, hdfsProgram } from '../interop/lib/calf-cluster.mjs';
import { sha256, writeRandomFile, writeWords } from '../interop/lib/data.mjs';
import { run, runOk, waitFor } from '../interop/lib/processes.mjs';
import { finalizedReplicas } from '../interop/lib/replicas.mjs';
import { java, missingTool, projectDir, tempDir } from '../interop/lib/tools.mjs';
import { figure, table } from './figures.mjs';

const USAGE = `usage: run.mjs [FIGURE...] [OPTION...]
  figures            ls put-get creates stats wordcount; default all
  --rounds N         pairs of runs of each (default: ls 21, put-get 3, creates and stats 5, wordcount 3)
  --size MB          of the file of put-get (default 1000)
  --seconds S        of each run of creates and stats (default 4)
  --clients N        at once in creates and stats (default 16)
  --dir DIR          where both clusters keep their data (default the temporary directory)
  --json             print one JSON object
`;

const FIGURES = { ls, 'put-get': putGet, creates, stats, wordcount };
const NO_SLOWER = { atMost: 1 };
const { username } = os.userInfo();

const say = (line) => process.stderr.write(`${line}\n`);

/** Runs `ours` and `reference` by turns, the order changing with each round. */
async function paired(rounds, ours, reference) {
  const times = { ours: [], reference: [] };
  for (let i = 0; i < rounds; i++) {
    const order = i % 2 === 0 ? ['ours', 'reference'] : ['reference', 'ours'];
    for (const who of order) times[who].push(await (who === 'ours' ? ours(i) : reference(i)));
  }
  return times;
}

const timed = async (command, args, options) => (await runOk(command, args, options)).elapsedMs / 1000;

/** An empty directory listed by our command line, against a bare start of Node. */
async function ls({ options, calf }) {
  const cluster = await calf();
  const env = { HADOOP_CONF_DIR: cluster.confDir };
  const list = () => timed(process.execPath, [hdfsProgram, 'dfs', '-ls', '/'], { env });
  const bare = () => timed(process.execPath, ['-e', '0']);
  await list();
  await bare();
  const times = await paired(options.rounds ?? 21, list, bare);
  return [figure({ name: 'hdfs dfs -ls /', unit: 's', ...times, against: 'node -e 0', target: { atMost: 2.5 } })];
}

/** The same client, ours or Hadoop's, writes a file to both clusters by turns and reads it again. */
async function putGet({ options, calf, hadoop }) {
  const clusters = { ours: await calf(), reference: await hadoop() };
  const bytes = options.size * 1_000_000;
  const work = tempDir('bench-data');
  const local = path.join(work, 'in');
  const copy = path.join(work, 'out');
  const digest = writeRandomFile(local, bytes);
  const figures = [];
  for (const [client, shell] of [['our client', calfDfs], ["Hadoop's client", hadoopDfs]]) {
    const ok = async (cluster, args) => {
      const result = await shell(cluster.confDir, args, { timeoutMs: 300_000 });
      if (result.code !== 0) throw new Error(`${client}: ${args.join(' ')}: ${result.stderr}`);
      return result.elapsedMs / 1000;
    };
    const put = { ours: [], reference: [] };
    const get = { ours: [], reference: [] };
    const round = (who) => async (i) => {
      const cluster = clusters[who];
      put[who].push(await ok(cluster, ['-put', local, '/bench']));
      get[who].push(await ok(cluster, ['-get', '/bench', copy]));
      if (i === 0 && (await sha256(copy)) !== digest) throw new Error(`${client}: other bytes came back`);
      fs.rmSync(copy);
      await ok(cluster, ['-rm', '-skipTrash', '/bench']);
      // Blocks are deleted later, in the background, which the next run must not feel.
      await waitFor('deletion', () => finalizedReplicas(cluster.dir).length === 0, { timeoutMs: 60_000, intervalMs: 250 });
    };
    await paired(options.rounds ?? 3, round('ours'), round('reference'));
    const against = "Hadoop's cluster";
    figures.push(figure({ name: `put ${options.size} MB, ${client}`, unit: 's', ...put, against, target: NO_SLOWER }));
    figures.push(figure({ name: `get ${options.size} MB, ${client}`, unit: 's', ...get, against, target: NO_SLOWER }));
  }
  return figures;
}

/** Bundles the client of the NameNode figures, which is TypeScript. */
async function loadProgram() {
  const outfile = path.join(tempDir('bench-load'), 'namenode-load.mjs');
  await build({
    entryPoints: [path.join(projectDir, 'test', 'bench', 'namenode-load.ts')],
    outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'warning',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return import(outfile);
}

async function nameNodeRate(operation, { options, calf, hadoop }) {
  const program = await loadProgram();
  const clusters = { ours: await calf(), reference: await hadoop() };
  const rate = (who, durationMs) => async (round) => {
    const { hostname, port } = new URL(clusters[who].uri);
    const { clients } = options;
    const load = { host: hostname, port: Number(port), user: username, clients, durationMs, dir: `/bench-${operation}-${round}` };
    const perSecond = await program[operation](load);
    await program.removeAll(load);
    return perSecond;
  };
  // The JVM compiles what it runs often: it gets its warm-up.
  for (const who of ['reference', 'ours']) await rate(who, 6000)('warm');
  const durationMs = options.seconds * 1000;
  const rates = await paired(options.rounds ?? 5, rate('ours', durationMs), rate('reference', durationMs));
  const name = `${operation}, ${options.clients} clients`;
  return [figure({ name, unit: '1/s', ...rates, against: "Hadoop's NameNode", target: { atLeast: 1 } })];
}

function creates(context) {
  return nameNodeRate('creates', context);
}

function stats(context) {
  return nameNodeRate('stats', context);
}

/** Hadoop's own example job on a few lines of text, on our cluster and on YARN. */
async function wordcount({ options, calf, hadoop }) {
  const clusters = { ours: await calf(), reference: await hadoop() };
  await clusters.reference.startYarn();
  const text = path.join(tempDir('bench-words'), 'words');
  writeWords(text, 100);
  for (const [who, shell] of [['ours', calfDfs], ['reference', hadoopDfs]]) {
    const { code, stderr } = await shell(clusters[who].confDir, ['-put', text, '/words']);
    if (code !== 0) throw new Error(stderr);
  }
  const name = path.basename(examplesJar);
  const ours = async (i) => {
    const result = await calfCommand('hadoop', clusters.ours.confDir, ['jar', name, 'wordcount', '/words', `/counts${i}`]);
    if (result.code !== 0) throw new Error(`word count on ours: ${result.stdout}${result.stderr}`);
    return result.elapsedMs / 1000;
  };
  const reference = async (i) => {
    const args = [examplesJar, 'wordcount', '/words', `/counts${i}`];
    const result = await run(java, javaArgs(clusters.reference.confDir, 'org.apache.hadoop.util.RunJar', args), { timeoutMs: 240_000 });
    if (result.code !== 0) throw new Error(`word count on YARN: ${result.stderr.slice(-2000)}`);
    return result.elapsedMs / 1000;
  };
  const times = await paired(options.rounds ?? 3, ours, reference);
  await sameCounts(clusters);
  return [figure({ name: 'tiny word count job', unit: 's', ...times, against: 'YARN', target: { atMost: 0.1 } })];
}

async function sameCounts(clusters) {
  const [a, b] = await Promise.all([
    calfDfs(clusters.ours.confDir, ['-cat', '/counts0/part-r-*']),
    calfDfs(clusters.reference.confDir, ['-cat', '/counts0/part-r-*']),
  ]);
  if (a.stdout === '' || a.stdout !== b.stdout) throw new Error('the two word counts differ');
}

function parseOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' }, size: { type: 'string', default: '1000' }, seconds: { type: 'string', default: '4' },
      clients: { type: 'string', default: '16' }, dir: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(FIGURES);
  const options = { ...values, names };
  for (const key of ['rounds', 'size', 'seconds', 'clients']) options[key] = values[key] && Number(values[key]);
  const wrong = names.find((name) => !FIGURES[name]);
  if (wrong) throw new Error(`no figure is named ${wrong}\n${USAGE}`);
  return options;
}

async function main() {
  const options = parseOptions();
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const why = await missingTool(['java', 'maven']);
  if (why && options.names.some((name) => name !== 'ls')) throw new Error(`the figures are ratios to the real Hadoop: ${why}`);
  await runOk(process.execPath, [path.join(projectDir, 'scripts', 'build.mjs')], { cwd: projectDir });
  if (!why) await install();

  const started = new Map();
  const cluster = (name, make) => async () => {
    if (!started.has(name)) {
      say(`starting ${name}`);
      started.set(name, make());
      await started.get(name).start();
    }
    return started.get(name);
  };
  const dir = (name) => path.join(tempDir(`bench-${name}`, options.dir), name);
  const mapreduce = options.names.includes('wordcount');
  const context = {
    options,
    calf: cluster('our cluster', () => new CalfCluster(dir('calf'), { mapreduce })),
    hadoop: cluster("Hadoop's cluster", () => new HadoopCluster(dir('hadoop'), { heapMb: 1024 })),
  };
  const figures = [];
  try {
    for (const name of options.names) {
      say(`measuring ${name}`);
      const made = await FIGURES[name](context);
      figures.push(...made);
      say(table(made));
    }
  } finally {
    await Promise.all([...started.values()].map((c) => c.stop()));
  }
  const machine = { cpus: os.cpus().length, cpu: os.cpus()[0]?.model.trim(), node: process.version, platform: process.platform };
  if (options.json) console.log(JSON.stringify({ machine, figures }, null, 1));
  else console.log(`\n${machine.cpus} x ${machine.cpu}, Node ${machine.node}\n${table(figures)}`);
  return 0;
}

main().then((code) => process.exit(code), (error) => {
  console.error(`bench: ${error.message}`);
  process.exit(1);
});
