#!/usr/bin/env node
// Runs the proofs with other software: `npm run test:interop [-- NAME...]`. See README.md beside this file.
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster, needBuild } from './lib/calf-cluster.mjs';
import { HadoopCluster } from './lib/hadoop-cluster.mjs';
import { install } from './lib/hadoop-install.mjs';
import { interopDir, missingTool, tempDir } from './lib/tools.mjs';

/** The proofs in the order in which they run. Each file exports `title`, `needs` (tools) and `prove(t)`. */
const PROOFS = [
  'hadoop-shell',
  'our-shell',
  'block-files',
  'mixed-datanodes',
  'balancer',
  'maintenance',
  'go',
  'rust',
  'pyspark',
  'write-rules',
  'compressed-files',
  'data-files',
  'contract',
  'who-may-call',
  'our-recovery',
  'distcp',
  'streaming',
  'mrjob',
  'yarn',
  'conformance',
  'long-tests',
];

const counts = { passed: 0, failed: 0, skipped: 0 };
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** The argument of a proof: counts its steps, and starts clusters at their first use. */
class Proof {
  static #clusters = new Map();

  constructor(name) {
    this.name = name;
    this.dir = tempDir(`interop-${name}`);
  }

  /** Runs one step. A failure is printed and counted, and it ends the proof. */
  async step(name, body) {
    const began = Date.now();
    try {
      const note = await body();
      counts.passed++;
      console.log(`  ok    ${name}${note ? `: ${note}` : ''} (${seconds(Date.now() - began)})`);
    } catch (error) {
      counts.failed++;
      console.log(
        `  FAIL  ${name} (${seconds(Date.now() - began)})\n${String(error.stack ?? error).replace(/^/gm, '        ')}`,
      );
      throw new StepFailed();
    }
  }

  skip(what, why) {
    counts.skipped++;
    console.log(`  skip  ${what}: ${why}`);
  }

  /** Returns Calf's cluster, shared by all proofs. */
  calf() {
    return Proof.#shared('calf', () => new CalfCluster(path.join(tempDir('cluster'), 'calf')));
  }

  /** Returns a cluster of the real Hadoop, shared by all proofs. */
  hadoop() {
    return Proof.#shared('hadoop', () => new HadoopCluster(tempDir('hadoop')));
  }

  static async #shared(name, make) {
    if (!Proof.#clusters.has(name)) {
      const cluster = make();
      Proof.#clusters.set(
        name,
        cluster.start().then(
          () => cluster,
          async (error) => {
            await cluster.stop();
            throw error;
          },
        ),
      );
    }
    return Proof.#clusters.get(name);
  }

  static async stopClusters() {
    const started = await Promise.allSettled(Proof.#clusters.values());
    await Promise.all(started.map((s) => s.status === 'fulfilled' && s.value.stop()));
  }
}

class StepFailed extends Error {}

async function runProof(name) {
  const { title, needs, prove } = await import(`./proofs/${name}.mjs`);
  console.log(`\n${name}: ${title}`);
  const proof = new Proof(name);
  const why = await missingTool(needs);
  if (why) return proof.skip(name, why);
  try {
    if (needs.includes('maven')) await install();
    await prove(proof);
  } catch (error) {
    if (error instanceof StepFailed) return;
    counts.failed++;
    console.log(`  FAIL  ${name}\n${String(error.stack ?? error).replace(/^/gm, '        ')}`);
  } finally {
    if (!process.env.CALF_INTEROP_KEEP) fs.rmSync(proof.dir, { recursive: true, force: true });
  }
}

async function main(names) {
  const unknown = names.find((name) => !PROOFS.includes(name));
  if (unknown) {
    console.error(`no proof is named ${unknown}; there are: ${PROOFS.join(' ')}`);
    return 2;
  }
  const began = Date.now();
  needBuild();
  console.log(`Proofs from ${path.relative(process.cwd(), interopDir) || '.'}`);
  try {
    for (const name of names.length > 0 ? names : PROOFS) await runProof(name);
  } finally {
    await Proof.stopClusters();
  }
  console.log(`\nin ${seconds(Date.now() - began)}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts.failed > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(error);
    process.exit(2);
  },
);
