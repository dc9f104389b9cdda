import { hadoopDfs } from '../hadoop.mjs';
import { calfDfs } from '../lib/calf-cluster.mjs';
import { shellStory } from '../lib/shell-story.mjs';

export const title = 'the shell of Hadoop 3.4.2 on our cluster';
export const needs = ['java', 'maven'];

export async function prove(t) {
  await shellStory(t, hadoopDfs, calfDfs, await t.calf());
}
