// Proof: Hadoop's shell works on Calf's cluster.
import { calfDfs } from '../lib/calf-cluster.mjs';
import { hadoopDfs } from '../lib/hadoop-install.mjs';
import { shellStory } from '../lib/shell-story.mjs';

export const title = 'the shell of Hadoop 3.4.2 on our cluster';
export const needs = ['java', 'maven'];

export async function prove(t) {
  await shellStory(t, hadoopDfs, calfDfs, await t.calf());
}
