// Proof: the cases of test/contract hold with Calf's client, on a real Hadoop and on Calf's cluster of processes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { projectDir } from '../lib/tools.mjs';

export const title = 'the cases of test/contract hold on Hadoop as on our cluster';
export const needs = ['java', 'maven'];

/** Bundles the TypeScript of the suite into a directory where its packages are found. */
async function loadSuite() {
  const dir = fs.mkdtempSync(path.join(projectDir, 'node_modules', '.contract-'));
  try {
    const outfile = path.join(dir, 'main.mjs');
    await build({
      absWorkingDir: projectDir,
      entryPoints: ['test/contract/main.ts'],
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

export async function prove(t) {
  const { runContract } = await loadSuite();
  for (const [name, cluster] of [
    ['Hadoop', () => t.hadoop()],
    ['our cluster', () => t.calf()],
  ]) {
    await t.step(`the contract on ${name}`, async () => {
      const { passed, failures } = await runContract((await cluster()).uri);
      assert.deepEqual(failures, [], `${passed} cases hold, ${failures.length} do not`);
      return `${passed} cases`;
    });
  }
}
