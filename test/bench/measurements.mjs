// Measures the figures of the benchmark: each runs Calf and the reference by turns. A context has `options`, and
// `calf()` and `hadoop()`, which start the clusters at their first use.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { calfDfs, hdfsProgram } from '../interop/lib/calf-cluster.mjs';
import { sha256, writeRandomFile } from '../interop/lib/data.mjs';
import { hadoopDfs } from '../interop/lib/hadoop-install.mjs';
import { runOk, waitFor } from '../interop/lib/processes.mjs';
import { finalizedReplicas } from '../interop/lib/replicas.mjs';
import { projectDir, tempDir } from '../interop/lib/tools.mjs';
import { figure } from './figures.mjs';

const NO_SLOWER = { atMost: 1 };
const { username } = os.userInfo();

/** Runs `ours` and `reference` by turns. The order changes with each round. */
async function paired(rounds, ours, reference) {
  const times = { ours: [], reference: [] };
  for (let i = 0; i < rounds; i++) {
    const order = i % 2 === 0 ? ['ours', 'reference'] : ['reference', 'ours'];
    for (const who of order) times[who].push(await (who === 'ours' ? ours(i) : reference(i)));
  }
  return times;
}

/** Runs `action` while the other cluster is stopped, so that the other's background work is not part of the figure. */
async function alone(other, action) {
  for (const id of other.processIds) process.kill(id, 'SIGSTOP');
  try {
    return await action();
  } finally {
    for (const id of other.processIds) process.kill(id, 'SIGCONT');
  }
}

/**
 * Runs a process that writes to memory and ends. A virtual machine's host may have taken memory back: the first write
 * to such memory costs more than the copy of a file, and would make the figure depend on chance.
 */
const touchMemory = () => runOk(process.execPath, ['-e', 'Buffer.alloc(2 ** 31, 1)']);

const timed = async (command, args, options) => (await runOk(command, args, options)).elapsedMs / 1000;

/** Lists an empty directory with Calf's command line, compared with a bare start of Node. */
export async function ls({ options, calf }) {
  const cluster = await calf();
  const env = { HADOOP_CONF_DIR: cluster.confDir };
  const list = () => timed(process.execPath, [hdfsProgram, 'dfs', '-ls', '/'], { env });
  const bare = () => timed(process.execPath, ['-e', '0']);
  await list();
  await bare();
  const times = await paired(options.rounds ?? 21, list, bare);
  return [figure({ name: 'hdfs dfs -ls /', unit: 's', ...times, against: 'node -e 0', target: { atMost: 2.5 } })];
}

/**
 * Writes a file to both clusters by turns with the same client, Calf's or Hadoop's, and then reads the file from both
 * by turns. The cost of a write depends on the pages that the write before left in the kernel's lists
 * (docs/decisions/file-writes.md). So a turn is two puts, of which the second counts: both are on the same cluster. A
 * get writes to memory that was touched before.
 */
export async function putGet({ options, calf, hadoop }) {
  const clusters = { ours: await calf(), reference: await hadoop() };
  const bytes = options.size * 1_000_000;
  const work = tempDir('bench-data');
  const local = path.join(work, 'in');
  const copy = path.join(work, 'out');
  const digest = writeRandomFile(local, bytes);
  const rounds = (options.rounds ?? 5) + 1;
  const figures = [];
  for (const [client, shell] of [
    ['our client', calfDfs],
    ["Hadoop's client", hadoopDfs],
  ]) {
    const ok = async (who, args) => {
      const result = await shell(clusters[who].confDir, args, { timeoutMs: 300_000 });
      if (result.code !== 0) throw new Error(`${client}: ${args.join(' ')}: ${result.stderr}`);
      return result.elapsedMs / 1000;
    };
    const okAlone = (who, args) => alone(clusters[who === 'ours' ? 'reference' : 'ours'], () => ok(who, args));
    const remove = async (who) => {
      await ok(who, ['-rm', '-skipTrash', '/bench']);
      // Waits until the blocks are deleted: that happens in the background and would slow the next run down.
      await waitFor('deletion', () => finalizedReplicas(clusters[who].dir).length === 0, {
        timeoutMs: 60_000,
        intervalMs: 250,
      });
    };
    const putOnce = async (who) => {
      const seconds = await okAlone(who, ['-put', local, '/bench']);
      await remove(who);
      return seconds;
    };
    const put = (who) => async () => {
      await putOnce(who);
      return putOnce(who);
    };
    const get = (who) => async (i) => {
      await touchMemory();
      const seconds = await okAlone(who, ['-get', '/bench', copy]);
      if (i === 0 && (await sha256(copy)) !== digest) throw new Error(`${client}: other bytes came back`);
      fs.rmSync(copy);
      return seconds;
    };
    const puts = await paired(rounds, put('ours'), put('reference'));
    for (const who of ['ours', 'reference']) await ok(who, ['-put', local, '/bench']);
    await runOk('sync', []); // the disk must not be busy with these writes during the first gets
    const gets = await paired(2 * rounds, get('ours'), get('reference'));
    for (const who of ['ours', 'reference']) await remove(who);
    for (const [what, { ours, reference }] of Object.entries({ put: puts, get: gets })) {
      // The first round does not count: it warms both clusters up.
      const times = { ours: ours.slice(1), reference: reference.slice(1) };
      const name = `${what} ${options.size} MB, ${client}`;
      figures.push(figure({ name, unit: 's', ...times, against: "Hadoop's cluster", target: NO_SLOWER }));
    }
  }
  return figures;
}

/** Bundles the TypeScript of the client that measures NameNodes. */
async function loadProgram() {
  const outfile = path.join(tempDir('bench-load'), 'namenode-load.mjs');
  await build({
    entryPoints: [path.join(projectDir, 'test', 'bench', 'namenode-load.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'warning',
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
    const load = {
      host: hostname,
      port: Number(port),
      user: username,
      clients,
      durationMs,
      dir: `/bench-${operation}-${round}`,
    };
    // The files stay: a NameNode deletes in the background, and that would slow the next run down.
    return program[operation](load);
  };
  // Warms both up, because the JVM compiles code only after it has run often.
  for (const who of ['reference', 'ours']) await rate(who, 6000)('warm');
  const durationMs = options.seconds * 1000;
  const rates = await paired(options.rounds ?? 5, rate('ours', durationMs), rate('reference', durationMs));
  const name = `${operation}, ${options.clients} clients`;
  return [figure({ name, unit: '1/s', ...rates, against: "Hadoop's NameNode", target: { atLeast: 1 } })];
}

export function creates(context) {
  return nameNodeRate('creates', context);
}

export function stats(context) {
  return nameNodeRate('stats', context);
}
