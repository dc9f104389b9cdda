#!/usr/bin/env node
// Runs crowds of clients and ill-behaved clients against a cluster: `npm run load -- [--seconds N] [--only SCENARIO]`.
// Prints for each scenario the share of its speed that an honest client keeps, and each daemon's peak memory.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Daemon, endAtExit, waitFor } from '../interop/lib/processes.mjs';
import { bundle } from '../support/bundle.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '10' }, only: { type: 'string' }, dir: { type: 'string' } },
});
const windowMs = Number(values.seconds) * 1000;
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..');
const RATIO_MIN = 0.5;
const RSS_MIB_MAX = 1024;
const READY_MS_MAX = 120_000;

const say = (line) => process.stdout.write(`${line}\n`);

async function main() {
  const bundleDir = fs.mkdtempSync(path.join(root, 'node_modules', '.calf-load-'));
  const dataDir = fs.mkdtempSync(path.join(values.dir ?? os.tmpdir(), 'calf-load-'));
  let launcher;
  try {
    const program = await bundle({ entry: path.join(here, 'roles.ts'), name: 'roles', directory: bundleDir });
    const cluster = await startCluster(path.join(dataDir, 'cluster'));
    launcher = cluster.launcher;
    const ok = await runScenarios(program, cluster);
    return ok ? 0 : 1;
  } finally {
    await launcher?.stop(20_000);
    fs.rmSync(bundleDir, { recursive: true, force: true });
    fs.rmSync(dataDir, { recursive: true, force: true });
  }
}

async function startCluster(dir) {
  const args = [path.join(root, 'dist', 'calf.js'), 'start', '--free-ports', '--json', '--foreground', '--dir', dir];
  args.push('--datanodes', '3', '--no-mapreduce');
  const env = { CALF_LOG: 'error' };
  const launcher = new Daemon('calf start', process.execPath, args, { logFile: `${dir}.log`, stdout: 'pipe', env });
  let said = '';
  launcher.child.stdout.on('data', (chunk) => {
    said += chunk;
  });
  const info = await waitFor('the cluster', () => JSON.parse(said), { daemons: [launcher], intervalMs: 20 });
  endAtExit(Object.values(info.processIds));
  return { launcher, info, confDir: info.confDir };
}

/** Returns the port of a daemon's address. */
const portOf = ({ info }, use) => Number(info.addresses[use].split(':').at(-1));

async function runScenarios(program, cluster) {
  const rpcPort = portOf(cluster, 'namenode.rpc');
  const port = portOf(cluster, 'datanode1.data');
  const scenarios = [
    { name: '1,000 client connections', role: 'connections', count: 1000, port: rpcPort },
    { name: '200 writers on 3 DataNodes, a piece a second', role: 'writers', count: 200, port: 0 },
    // These writers use the same disks and processors as the honest client: its share is printed, not judged.
    { name: '200 writers at full speed', role: 'eagerWriters', count: 200, port: 0, ratioMin: 0 },
    { name: '20 readers: a byte a second, or never', role: 'slowReaders', count: 20, port: 0 },
    { name: '10 callers that never read', role: 'neverReadingCallers', count: 10, port: rpcPort },
    { name: '10,000 half-open, NameNode', role: 'halfOpen', count: 10_000, port: rpcPort, untilClosedMs: 45_000 },
    { name: '10,000 half-open, DataNode', role: 'halfOpen', count: 10_000, port },
  ].filter(({ role }) => (values.only ?? role) === role);
  const { confDir } = cluster;
  const victim = await startRole(program, { role: 'victim', confDir, count: 1, port: 0 });
  await speed(victim, Math.min(windowMs, 5000)); // warm-up, so that the code is compiled
  let ok = true;
  for (const scenario of scenarios) ok = (await runScenario(program, cluster, victim, scenario)) && ok;
  await victim.stop();
  return ok;
}

async function runScenario(
  program,
  { confDir, info },
  victim,
  { name, untilClosedMs, ratioMin = RATIO_MIN, ...options },
) {
  const before = await speed(victim, windowMs);
  const crowd = await startRole(program, { ...options, confDir });
  const during = await speed(victim, windowMs);
  const reached = await crowd.report();
  if (untilClosedMs) await untilClosed(crowd, untilClosedMs);
  const atEnd = await crowd.stop();
  const after = await speed(victim, windowMs);
  const ratio = during / ((before + after) / 2);
  const peaks = Object.entries(info.processIds).map(([daemon, id]) => [daemon, peakRssMib(id)]);
  const good = ratio > ratioMin && peaks.every(([, mib]) => !(mib > RSS_MIB_MAX)) && !(atEnd.errors > 0);
  const rates = [before, during, after].map((rate) => rate.toFixed(1)).join(', ');
  say(`${good ? 'ok  ' : 'FAIL'} ${name}`);
  say(`     others: ${(ratio * 100).toFixed(0)} % of their speed (rounds a second before, during, after: ${rates})`);
  say(`     reached: ${figures(reached)}; at its end: ${figures(atEnd)}`);
  say(`     peak memory so far, MiB: ${peaks.map(([daemon, mib]) => `${daemon} ${mib}`).join(', ')}`);
  return good;
}

const figures = (report) =>
  Object.entries(report)
    .map(([what, figure]) => `${what} ${figure}`)
    .join(', ');

/** Measures the honest client's rounds a second. */
async function speed(victim, ms) {
  const began = performance.now();
  const { rounds } = await victim.report();
  await sleep(ms);
  const later = await victim.report();
  return ((later.rounds - rounds) * 1000) / (performance.now() - began);
}

async function untilClosed(crowd, ms) {
  for (const until = performance.now() + ms; performance.now() < until; await sleep(500)) {
    if ((await crowd.report()).open === 0) return;
  }
}

/** Returns the peak memory of a process in MiB; NaN if the system does not report it. */
function peakRssMib(id) {
  try {
    const [, kib] = /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
    return Math.round(Number(kib) / 1024);
  } catch {
    return Number.NaN;
  }
}

async function startRole(program, options) {
  const child = fork(program, [JSON.stringify(options)], { execArgv: ['--enable-source-maps'] });
  endAtExit([child.pid]);
  const next = (kind) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${options.role}: no '${kind}' in time`)), READY_MS_MAX);
      const done = (settle) => (value) => {
        if (value?.kind !== undefined && value.kind !== kind) return;
        clearTimeout(timer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        settle(value);
      };
      const onMessage = done(({ kind: _, ...report }) => resolve(report));
      const onExit = done((code) => reject(new Error(`${options.role} ended with ${code}`)));
      child.on('message', onMessage);
      child.on('exit', onExit);
    });
  await next('ready');
  const ask = (what, kind) => {
    child.send(what);
    return next(kind);
  };
  return { report: () => ask('report', 'report'), stop: () => ask('stop', 'stopped') };
}

process.exitCode = await main();
