// Joins the lists of mutants: deliberate bugs that the simulator must find.
import type { Patch } from '../bundle/patch.ts';
import type { PromiseName } from '../world/promises.ts';
import { CLIENT_MUTANTS } from './client.ts';
import { DATANODE_MUTANTS } from './datanode.ts';
import { HISTORY_MUTANTS } from './histories.ts';
import { MISTAKE_MUTANTS } from './mistakes.ts';
import { NAMENODE_MUTANTS } from './namenode.ts';
import { PROMPTNESS_MUTANTS } from './promptness.ts';

/** A deliberate bug, made by patches of the source, that the simulator must find. */
export interface Mutant {
  readonly name: string;
  /** Sentence that says what the bug does. */
  readonly about: string;
  readonly patches: readonly Patch[];
  /** Promises that the bug breaks: the bug counts as found only when one of these is broken. */
  readonly breaks: readonly PromiseName[];
  /** Set if histories alone can find the bug: only their seeds are run, and the others are counted as passed. */
  readonly isOfHistories?: true;
  /** Set if seeds find the bug too seldom or never: a script of test/scenarios finds it. */
  readonly isScripted?: true;
}

export const MUTANTS: readonly Mutant[] = [
  ...CLIENT_MUTANTS,
  ...DATANODE_MUTANTS,
  ...NAMENODE_MUTANTS,
  ...MISTAKE_MUTANTS,
  ...HISTORY_MUTANTS,
  ...PROMPTNESS_MUTANTS,
];
