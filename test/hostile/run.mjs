#!/usr/bin/env node
// Starts the hostile clients that need a browser, another user or time: `npm run hostile [-- --seconds N --seed N --part
// NAME]`. Bundles their TypeScript and runs it as a process of its own, which is ended if it hangs.
import { fork } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../support/bundle.mjs';

/** Longest time beyond that of `--seconds`. */
const REST_MS_MAX = 240_000;

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '..', '..');
// The bundle lies in node_modules, because it loads the project's packages.
const dir = fs.mkdtempSync(path.join(root, 'node_modules', '.calf-hostile-'));
try {
  const outfile = await bundle({
    entry: path.join(here, 'main.ts'),
    name: 'hostile',
    directory: dir,
    external: ['vitest', 'fastify'],
  });
  process.exitCode = await run(outfile);
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}

function run(program) {
  return new Promise((resolve) => {
    const child = fork(program, process.argv.slice(2), { execArgv: ['--enable-source-maps'] });
    const at = process.argv.indexOf('--seconds');
    const seconds = at < 0 ? 0 : Number(process.argv[at + 1]);
    const hung = setTimeout(
      () => {
        process.stdout.write('FAILED: it takes too long\n');
        child.kill('SIGKILL');
      },
      seconds * 1000 + REST_MS_MAX,
    );
    child.once('exit', (code) => {
      clearTimeout(hung);
      resolve(code ?? 1);
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => child.kill('SIGTERM'));
  });
}
