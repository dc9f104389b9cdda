// Proof: Calf's shell works on Hadoop's cluster.
import { calfDfs } from '../lib/calf-cluster.mjs';
import { hadoopDfs } from '../lib/hadoop-install.mjs';
import { shellStory } from '../lib/shell-story.mjs';

export const title = 'our shell on a cluster of Hadoop 3.4.2';
export const needs = ['java', 'maven'];

export async function prove(t) {
  await shellStory(t, calfDfs, hadoopDfs, await t.hadoop());
}
