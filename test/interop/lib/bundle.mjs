// Loads TypeScript of the tests, for proofs that share it.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { projectDir } from './tools.mjs';

/** Bundles a file into a directory where its packages are found, and returns its module. */
export async function bundled(file) {
  const dir = fs.mkdtempSync(path.join(projectDir, 'node_modules', '.bundle-'));
  try {
    const outfile = path.join(dir, 'main.mjs');
    await build({
      absWorkingDir: projectDir,
      entryPoints: [file],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      packages: 'external',
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
}
