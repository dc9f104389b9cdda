// Starts a simulator, by default this one, or the one whose main.ts is the first argument: bundles its TypeScript into a directory where its packages are found, and runs the bundle.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const named = process.argv[2]?.endsWith('/main.ts') ?? false;
const entry = named ? process.argv[2] : 'test/sim/main.ts';
const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '../..');
const dir = fs.mkdtempSync(path.join(root, 'node_modules', '.sim-'));
try {
  const main = path.join(dir, 'main.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: main,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const { status } = spawnSync(
    process.execPath,
    [...process.execArgv, '--enable-source-maps', main, ...process.argv.slice(named ? 3 : 2)],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  process.exitCode = status ?? 1;
} finally {
  fs.rmSync(dir, { recursive: true, force: true });
}
