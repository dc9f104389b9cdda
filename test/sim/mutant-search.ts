// Searches for the mutants: each must break a promise that it names, in a script or within a number of seeds.
import { bundlePrograms, loadBundle } from './bundle/bundle.ts';
import { SEEDS_APART } from './histories/history-run.ts';
import { MUTANTS, type Mutant } from './mutants/index.ts';
import { type MutationRow, mutationTable, writeMutationRows } from './mutation-table.ts';
import { readScripts } from './script/script.ts';
import { playScript } from './script/script-player.ts';
import { runSeeds } from './seed-threads.ts';
import { type PromiseName, type Violation, violationText } from './world/promises.ts';

const SEEDS_MAX = 1000;
const SCENARIOS = 'test/scenarios';
const MESSAGE_LENGTH_MAX = 160;

/** Outcome of the search for a mutant: a violation that the mutant names, and the number of other violations. */
interface Search {
  readonly mutant: Mutant;
  /** Undefined if the mutant was not found. */
  readonly found: Violation | undefined;
  /** Number of seeds that ran up to the find; 0 for a mutant that a script finds. */
  readonly seeds: number;
  readonly others: ReadonlyMap<PromiseName, number>;
  /** Error of the simulator itself, which ended the search. */
  readonly harnessError?: unknown;
  readonly tookS: number;
}

/**
 * Searches for mutants, one in each thread at a time, and prints and keeps the mutation score.
 * @param names the mutants to search for; all if empty
 * @returns whether each mutant breaks a promise that it names. An error of the simulator does not count.
 */
export async function checkMutants(names: readonly string[], first: number, threads: number): Promise<boolean> {
  const root = process.cwd();
  const unchanged = await bundlePrograms(root);
  const wanted = MUTANTS.filter((m) => names.length === 0 || names.includes(m.name));
  const queue = wanted.values();
  const searches: Search[] = [];
  const oneThread = async (): Promise<void> => {
    for (const mutant of queue) {
      const search = await searchFor(mutant, root, unchanged, first);
      searches.push(search);
      console.log(`${mutant.name}: ${outcomeText(search)} (${search.tookS.toFixed(1)} s)`);
    }
  };
  await Promise.all(Array.from({ length: threads }, oneThread));
  reportScore(searches, root, first);
  return searches.every((search) => search.found !== undefined);
}

async function searchFor(mutant: Mutant, root: string, unchanged: string, first: number): Promise<Search> {
  const beganMs = performance.now();
  const outcome = { mutant, found: undefined, seeds: 0, others: new Map<PromiseName, number>() };
  let harnessError: unknown;
  try {
    const text = await bundlePrograms(root, mutant.patches);
    Object.assign(
      outcome,
      mutant.isScripted ? await playScripts(mutant, text, root) : await searchSeeds(mutant, text, unchanged, first),
    );
  } catch (e) {
    harnessError = e;
  }
  return { ...outcome, harnessError, tookS: (performance.now() - beganMs) / 1000 };
}

type Found = Pick<Search, 'found' | 'seeds' | 'others'>;

/** Plays the scripts that the mutant must break. */
async function playScripts(mutant: Mutant, text: string, root: string): Promise<Found> {
  const others = new Map<PromiseName, number>();
  for (const { script } of readScripts(SCENARIOS)) {
    if (script.mutant !== mutant.name) continue;
    const { violation } = await playScript(script, loadBundle(text, root));
    if (violation === undefined) continue;
    if (violation.promise === script.promise) return { found: violation, seeds: 0, others };
    count(others, violation.promise);
  }
  return { found: undefined, seeds: 0, others };
}

/** Runs seeds until one breaks a promise that the mutant names and passes without the mutant. */
async function searchSeeds(mutant: Mutant, text: string, unchanged: string, first: number): Promise<Found> {
  const others = new Map<PromiseName, number>();
  let seeds = 0;
  for (;;) {
    let hit: { readonly seed: number; readonly violation: Violation } | undefined;
    const step = mutant.isOfHistories ? SEEDS_APART : 1;
    const from = Math.ceil((first + seeds) / step) * step;
    await runSeeds(text, { first: from, count: first + SEEDS_MAX - from, threads: 1, step }, ({ seed, violation }) => {
      seeds = seed - first + 1;
      if (violation === undefined) return false;
      if (mutant.breaks.includes(violation.promise)) hit = { seed, violation };
      else count(others, violation.promise);
      return hit !== undefined;
    });
    if (hit === undefined) break;
    // A seed that fails without the mutant too proves nothing about the mutant.
    if (await passes(hit.seed, unchanged)) return { found: hit.violation, seeds, others };
  }
  return { found: undefined, seeds, others };
}

async function passes(seed: number, text: string): Promise<boolean> {
  let violation: Violation | undefined;
  await runSeeds(text, { first: seed, count: 1, threads: 1 }, (report) => {
    violation = report.violation;
    return true;
  });
  return violation === undefined;
}

function count(counts: Map<PromiseName, number>, promise: PromiseName): void {
  counts.set(promise, (counts.get(promise) ?? 0) + 1);
}

function outcomeText({ mutant, found, seeds, others, harnessError }: Search): string {
  if (harnessError !== undefined) return `NOT FOUND, the simulator itself fails: ${String(harnessError)}`;
  const where = mutant.isScripted ? 'by its script' : `in ${seeds} seeds`;
  const instead = [...others].map(([promise, times]) => `, ${promise} ${times} times`).join('');
  if (found === undefined) return `NOT FOUND ${where}, wanted ${mutant.breaks.join(' or ')}${instead}`;
  return `found ${where}: ${violationText(found).slice(0, MESSAGE_LENGTH_MAX)}${instead && ` [also${instead}]`}`;
}

/** Returns the row of a search for docs/mutants.md. */
function rowOf({ mutant, found, seeds }: Search): MutationRow {
  const needed = found === undefined ? 'not found' : mutant.isScripted ? 'a script' : String(seeds);
  return { promise: found?.promise ?? mutant.breaks.join(', '), seeds: needed };
}

/** Prints the mutation score, and writes it to docs/mutants.md if the search began with the first seed. */
function reportScore(searches: readonly Search[], root: string, first: number): void {
  const names = MUTANTS.map((mutant) => mutant.name);
  const rows = new Map<string, MutationRow>();
  for (const name of names) {
    const search = searches.find(({ mutant }) => mutant.name === name);
    if (search !== undefined) rows.set(name, rowOf(search));
  }
  if (rows.size > 1) {
    const found = searches.filter((search) => search.found !== undefined);
    console.log(`\n${found.length} of ${searches.length} mutants are found.\n\n${mutationTable(rows)}`);
  }
  if (first === 1) writeMutationRows(root, names, rows);
}
