#!/usr/bin/env node
// Starts a chaos run: a cluster of real processes under load is killed, paused, filled and corrupted; then everything
// that was acknowledged is read back. The run is a process of its own, so that this process can end it and its cluster
// in every case.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Bugs that a run must find. */
const planted = JSON.parse(fs.readFileSync(new URL('planted.json', import.meta.url), 'utf8'));

const USAGE = `usage: npm run chaos -- [--seconds 300] [--seed N] [--datanodes 5] [--plant BUG] [--keep] [--json] [--quiet]
  --seconds S     how long faults and load go on; healing and comparing come after
  --seed N        the same faults, and the same load as far as times allow
  --datanodes N   at least 4
  --plant BUG     plant a bug into the daemons, which the run should find: ${planted.map(({ name }) => name).join(', ')}
  --keep          keep the cluster's directory with its logs, as after a loss
  --json          print one JSON object
  --quiet         tell nothing of each fault
`;
/** Time that the run may take beyond its seconds, to start, end the load, heal and compare. */
const FURTHER_MS = 360_000;
/** Time that an interrupted run may take to end, before it is killed. */
const END_MS = 30_000;

function parseOptions() {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '300' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
      datanodes: { type: 'string', default: '5' },
      plant: { type: 'string' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const numbers = { seconds: Number(values.seconds), seed: Number(values.seed), datanodes: Number(values.datanodes) };
  const { seconds, seed, datanodes } = numbers;
  const { plant } = values;
  const isKnown = plant === undefined || planted.some(({ name }) => name === plant);
  const valid =
    isKnown && seconds > 0 && Number.isInteger(seed) && seed >= 0 && Number.isInteger(datanodes) && datanodes >= 4;
  return { ...values, ...numbers, valid };
}

/** Options of every bundle. */
const BUNDLE = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['level', 'esbuild', 'fs-native-extensions'],
  logLevel: 'warning',
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
};

/**
 * Bundles the TypeScript of the run into a directory below dist/, with the programs that it starts.
 * @param plant name of the bug to plant into the programs; undefined for those that npm run build has made
 * @returns the directory
 */
async function bundle(plant) {
  const outdir = path.join(root, 'dist', `chaos-${process.pid}`);
  const entryPoints = { main: 'test/chaos/main.ts', 'power-disks': 'test/chaos/power/serve.ts' };
  await build({ ...BUNDLE, entryPoints, outdir, outExtension: { '.js': '.mjs' } });
  if (plant !== undefined) {
    await build({
      ...BUNDLE,
      entryPoints: { hdfs: 'cli/hdfs.ts' },
      outdir,
      splitting: true,
      plugins: [planting(plant)],
    });
    // The programs are looked for where this one is.
    fs.copyFileSync(path.join(root, 'dist', 'task-child.js'), path.join(outdir, 'task-child.js'));
  }
  return outdir;
}

/** Changes source files while they are bundled. Each text to be replaced must be in its file exactly once. */
function planting(name) {
  const { patches } = planted.find((bug) => bug.name === name);
  return {
    name: 'planting',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        let contents = fs.readFileSync(file, 'utf8');
        for (const patch of patches.filter((one) => path.join(root, one.file) === file)) {
          if (contents.split(patch.find).length !== 2) throw new Error(`${patch.file} must have once: ${patch.find}`);
          contents = contents.replace(patch.find, () => patch.replace);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}

/** Returns the program and arguments that run node where mounts are seen by no other process and end with the last one. */
function nodeCommand(args) {
  const { error, status } = spawnSync('unshare', ['--mount', 'true']);
  const isShared = error !== undefined || status !== 0;
  return isShared ? [process.execPath, args] : ['unshare', ['--mount', process.execPath, ...args]];
}

/** Runs a program to its end. @returns its exit status */
function run(args, { timeoutMs = 0, interrupts = false } = {}) {
  return new Promise((resolve, reject) => {
    const [command, all] = nodeCommand(args);
    const child = spawn(command, all, { stdio: 'inherit' });
    const kill = () => child.kill('SIGKILL');
    let timer = timeoutMs > 0 ? setTimeout(kill, timeoutMs) : undefined;
    const interrupt = () => {
      child.kill('SIGTERM');
      clearTimeout(timer);
      timer = setTimeout(kill, END_MS);
    };
    if (interrupts) for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, interrupt);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      if (signal) console.error(`chaos: the run was ended by ${signal}`);
      resolve(code ?? 2);
    });
  });
}

async function main() {
  const options = parseOptions();
  if (options.help || !options.valid) {
    (options.help ? process.stdout : process.stderr).write(USAGE);
    return options.help ? 0 : 2;
  }
  const { seconds, seed, datanodes } = options;
  console.error(`chaos: seed ${seed}, ${seconds} s, ${datanodes} DataNodes`);
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-chaos-'));
  const programs = await bundle(options.plant);
  let status = 2;
  try {
    const given = JSON.stringify({ ...options, dir, powerProgram: path.join(programs, 'power-disks.mjs') });
    status = await run([path.join(programs, 'main.mjs'), given], {
      timeoutMs: seconds * 1000 + FURTHER_MS,
      interrupts: true,
    });
  } finally {
    fs.rmSync(programs, { recursive: true, force: true });
    // The cluster still runs only if the run itself was killed.
    const cluster = path.join(dir, 'cluster');
    if (fs.existsSync(path.join(cluster, 'running.json')))
      await run([path.join(root, 'dist', 'calf.js'), 'stop', '--dir', cluster]);
    if (options.keep || status === 1) console.error(`kept: ${dir}`);
    else fs.rmSync(dir, { recursive: true, force: true });
  }
  console.error(`again: npm run chaos -- --seconds ${seconds} --seed ${seed} --datanodes ${datanodes}`);
  return status;
}

process.exitCode = await main();
