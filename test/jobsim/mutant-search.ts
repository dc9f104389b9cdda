// Searches for the mutants: each must break a promise that it names within a number of seeds.
import { type MutantPage, type MutationRow, mutationTable, writeMutationRows } from '../sim/mutation-table.ts';
import { bundlePrograms, loadBundle } from './bundle.ts';
import { MUTANTS, type Mutant } from './mutants.ts';
import { violationText } from './promises.ts';
import { runSeeds } from './seeds.ts';
import { runSeed } from './simulation.ts';

const SEEDS_MAX = 1000;
const MESSAGE_LENGTH_MAX = 160;

export const PAGE: MutantPage = {
  file: 'docs/job-mutants.md',
  head: `# Mutants of jobs

Each mutant is a deliberate bug of scheduler, tracker or committer. The simulator of jobs must find it within 1,000 seeds: a
promise that the mutant names must be broken. \`npm run jobsim -- --mutants\` searches for all of them and writes this page;
with \`--mutant NAME\` it searches for one and writes its row. The number of seeds was measured from seed 1 on, when the row
was last written: it changes with the programs and with the simulator.
`,
};

/** Searches for mutants one after the other, prints and keeps the outcomes. @returns whether each one is found */
export async function checkMutants(names: readonly string[], first: number, threads: number): Promise<boolean> {
  const root = process.cwd();
  const unchanged = loadBundle(await bundlePrograms(root), root);
  const wanted = MUTANTS.filter((m) => names.length === 0 || names.includes(m.name));
  const rows = new Map<string, MutationRow>();
  let found = 0;
  for (const mutant of wanted) {
    const row = await searchFor(mutant, first, threads, async (seed) => !(await runSeed(seed, unchanged)).violation);
    rows.set(mutant.name, row);
    if (row.seeds !== 'not found') found++;
  }
  console.log(`\n${found} of ${wanted.length} mutants are found.\n\n${mutationTable(rows)}`);
  const all = MUTANTS.map(({ name }) => name);
  if (first === 1) writeMutationRows(root, all, rows, PAGE);
  return found === wanted.length;
}

async function searchFor(
  mutant: Mutant,
  first: number,
  threads: number,
  passes: (seed: number) => Promise<boolean>,
): Promise<MutationRow> {
  const text = await bundlePrograms(process.cwd(), mutant.patches);
  const others = new Map<string, number>();
  let ran = 0;
  while (ran < SEEDS_MAX) {
    let hit: { readonly seed: number; readonly text: string; readonly promise: string } | undefined;
    await runSeeds(text, { first: first + ran, count: SEEDS_MAX - ran, threads }, ({ seed, violation }) => {
      ran++;
      if (!violation) return false;
      if (mutant.breaks.includes(violation.promise)) {
        hit = { seed, text: violationText(violation), promise: violation.promise };
      } else others.set(violation.promise, (others.get(violation.promise) ?? 0) + 1);
      return hit !== undefined;
    });
    if (hit === undefined) break;
    // A seed that fails without the mutant too proves nothing about the mutant.
    if (!(await passes(hit.seed))) continue;
    console.log(`${mutant.name}: found in ${ran} seeds (seed ${hit.seed}): ${hit.text.slice(0, MESSAGE_LENGTH_MAX)}`);
    return { promise: hit.promise, seeds: String(ran) };
  }
  console.log(`${mutant.name}: NOT FOUND in ${ran} seeds; other promises: ${JSON.stringify([...others])}`);
  return { promise: mutant.breaks.join(', '), seeds: 'not found' };
}
