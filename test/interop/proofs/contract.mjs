// Proof: the cases of test/contract hold with Calf's client, on a real Hadoop and on Calf's cluster of processes.
import assert from 'node:assert/strict';
import { bundled } from '../lib/bundle.mjs';

export const title = 'the cases of test/contract hold on Hadoop as on our cluster';
export const needs = ['java', 'maven'];

export async function prove(t) {
  const { runContract } = await bundled('test/contract/main.ts');
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
