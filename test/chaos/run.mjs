#!/usr/bin/env node
// Chaos: a cluster of real processes under load, killed, paused, filled and corrupted; then everything that it
// acknowledged is read back. `npm run chaos -- [--seconds 300] [--seed N] [--datanodes 5] [--keep] [--json] [--quiet]`
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '300' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 32) },
    datanodes: { type: 'string', default: '5' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});
const [seconds, seed, datanodes] = [values.seconds, values.seed, values.datanodes].map(Number);
if (!(seconds > 0) || !Number.isInteger(seed) || !(datanodes >= 4)) {
  console.error('usage: npm run chaos -- [--seconds 300] [--seed N] [--datanodes 5, at least 4] [--keep] [--json] [--quiet]');
  process.exit(2);
}

const began = performance.now();
const elapsed = () => `${((performance.now() - began) / 1000).toFixed(1)} s`;
const log = (line) => {
  if (!values.quiet || line.startsWith('LOST')) console.error(`${elapsed().padStart(8)}  ${line}`);
};

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  // A second one changes nothing: the cluster's processes are being ended.
  process.on(signal, () => interrupted.abort());
}

/** The program is TypeScript; beside the built programs it finds those that it starts. */
async function load() {
  const outfile = path.join(root, 'dist', `chaos-${process.pid}.mjs`);
  try {
    await build({
      entryPoints: [path.join(root, 'test', 'chaos', 'chaos.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      external: ['level', 'esbuild'],
      logLevel: 'warning',
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    fs.rmSync(outfile, { force: true });
  }
}

const table = (counts) =>
  Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([what, count]) => `  ${what.padEnd(44)} ${String(count).padStart(12)}`)
    .join('\n');

const { chaos } = await load();
console.error(`chaos: seed ${seed}, ${seconds} s, ${datanodes} DataNodes`);
let result;
try {
  result = await chaos({ seconds, seed, datanodes, keep: values.keep, log, interrupted: interrupted.signal });
} catch (e) {
  console.error(e);
  process.exit(2);
}
const { faults, operations, healedMs, verified, violations, dir } = result;
if (values.json) console.log(JSON.stringify(result));
else {
  const sum = Object.values(faults).reduce((a, b) => a + b, 0);
  console.log(`faults injected: ${sum}\n${table(faults)}`);
  console.log(`operations and their errors:\n${table(operations)}`);
  console.log(`healed in ${(healedMs / 1000).toFixed(1)} s`);
  console.log(
    `verified: ${verified.files} files, ${verified.bytes} bytes; on disk ${verified.replicas} replicas, ${verified.replicaBytes} bytes`,
  );
  console.log(violations.length === 0 ? 'lost: nothing' : `lost: ${violations.length}`);
  for (const { path: where, what } of violations) console.log(`  ${where}: ${what}`);
  if (dir) console.log(`kept: ${dir}`);
  console.log(`in ${elapsed()}; again: npm run chaos -- --seconds ${seconds} --seed ${seed} --datanodes ${datanodes}`);
}
process.exit(violations.length > 0 ? 1 : 0);
