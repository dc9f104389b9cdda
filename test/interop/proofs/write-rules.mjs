// Proof: Calf's NameNode gives the same answers as Hadoop's to every call of a writer.
import assert from 'node:assert/strict';
import path from 'node:path';
import { javaArgs } from '../lib/hadoop-install.mjs';
import { runOk } from '../lib/processes.mjs';
import { interopDir, java } from '../lib/tools.mjs';

export const title =
  "append, hflush, truncate, recoverLease and concat by Hadoop's client, on its NameNode and on ours";
export const needs = ['java', 'maven'];

const PROGRAM = path.join(interopDir, 'java', 'WriteRules.java');

/** Compares both clusters' answers to every call, including exceptions and their messages. */
export async function prove(t) {
  const outcomes = async (cluster) => {
    const { stdout } = await runOk(java, javaArgs((await cluster).confDir, PROGRAM, ['/write-rules']));
    // The old writer's message depends on the progress of the recovery at that moment, so it is left out.
    return stdout
      .trim()
      .replace(/^(the old writer goes on: [\w.]+Exception): .*$/m, '$1')
      .split('\n');
  };
  await t.step('the same answers', async () => {
    const hadoops = await outcomes(t.hadoop());
    assert.deepEqual(await outcomes(t.calf()), hadoops);
    const refusals = hadoops.filter((line) => /Exception(: |$)/.test(line));
    return `${hadoops.length} calls, ${refusals.length} of them refused`;
  });
}
