#!/usr/bin/env node
// Starts the fuzzer: `npm run fuzz -- [--frames N] [--seed N] [--target NAME [--batch N]]`. Bundles its TypeScript,
// runs it as a process of its own, and ends that process if it hangs.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../support/bundle.mjs';

/** Longest silence: a batch that takes longer is caught in a loop. */
const SILENCE_MS_MAX = 180_000;

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..');
// The bundle lies in node_modules, because it loads the project's packages.
const dir = fs.mkdtempSync(path.join(root, 'node_modules', '.calf-fuzz-'));
try {
  const outfile = await bundle({
    entry: path.join(here, 'main.ts'),
    name: 'fuzz',
    directory: dir,
    external: ['vitest'],
  });
  fs.cpSync(path.join(here, 'captures'), path.join(dir, 'captures'), { recursive: true, force: true });
  process.exitCode = await run(outfile);
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}

function run(program) {
  return new Promise((resolve) => {
    let last = 'its start';
    const args = ['--proto-dir', path.join(root, 'protocol', 'proto'), ...process.argv.slice(2)];
    const child = fork(program, args, { execArgv: ['--enable-source-maps'] });
    const hung = setTimeout(() => {
      process.stdout.write(`FAILED: nothing happens after ${last}\n`);
      child.kill('SIGKILL');
    }, SILENCE_MS_MAX);
    child.on('message', ({ target, batch }) => {
      last = `batch ${batch} of '${target}'`;
      hung.refresh();
    });
    child.once('exit', (code) => {
      clearTimeout(hung);
      resolve(code ?? 1);
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGKILL'));
  });
}
