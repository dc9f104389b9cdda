// Parses the scripts test/scenarios/sim-*.txt.
import fs from 'node:fs';
import path from 'node:path';
import { isPromiseName, type PromiseName } from '../world/promises.ts';

/** One line of a script: a verb and its arguments. */
export interface Step {
  readonly verb: string;
  readonly args: readonly string[];
  /** The line as written in the file, for messages. */
  readonly text: string;
}

/** A scenario of test/scenarios/sim-*.txt. */
export interface Script {
  /** Name of the mutant that undoes the fix: with the mutant the script fails. */
  readonly mutant: string;
  /** Promise that the script breaks with the mutant. */
  readonly promise: PromiseName;
  readonly sizes: { readonly datanodes: number; readonly volumes: number; readonly nameDirectories: number };
  readonly steps: readonly Step[];
}

/**
 * Parses a script, which has one step a line; `#` begins a comment. The first two lines are its head:
 *
 *     breaks PROMISE with MUTANT
 *     cluster datanodes=N [volumes=N] [names=N]
 *
 * The steps are those of script-player.ts.
 */
export function parseScript(text: string): Script {
  const steps = text.split('\n').flatMap((line): Step[] => {
    const [verb, ...args] = line.replace(/#.*/, '').split(' ').filter(Boolean);
    return verb === undefined ? [] : [{ verb, args, text: line.trim() }];
  });
  const [breaks, cluster, ...rest] = steps;
  const [promise = '', , mutant] = breaks?.args ?? [];
  if (breaks?.verb !== 'breaks' || mutant === undefined || cluster?.verb !== 'cluster') {
    throw new Error('a script begins with "breaks PROMISE with MUTANT" and "cluster"');
  }
  if (!isPromiseName(promise)) throw new Error(`no promise is called ${promise}`);
  const sizes = {
    datanodes: numberOf(cluster, 'datanodes', 3),
    volumes: numberOf(cluster, 'volumes', 1),
    nameDirectories: numberOf(cluster, 'names', 1),
  };
  return { mutant, promise, sizes, steps: rest };
}

/** Reads all scripts of a directory. */
export function readScripts(directory: string): { readonly file: string; readonly script: Script }[] {
  const files = fs.readdirSync(directory).filter((name) => name.startsWith('sim-'));
  return files.map((file) => ({ file, script: parseScript(fs.readFileSync(path.join(directory, file), 'utf8')) }));
}

/** Returns the N of an argument `name=N`, or `otherwise` if the step has none. */
export function numberOf({ args }: Step, name: string, otherwise: number): number {
  const value = args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1);
  return value === undefined ? otherwise : Number(value);
}
