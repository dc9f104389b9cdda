// Keeps docs/mutants.md: for each mutant, the promise that it broke and the number of seeds that this took.
import fs from 'node:fs';
import path from 'node:path';

/** A page of mutants: its file, and the text above its table. */
export interface MutantPage {
  readonly file: string;
  readonly head: string;
}

const SIM_PAGE: MutantPage = {
  file: 'docs/mutants.md',
  head: `# Mutants

Each mutant is a deliberate bug. The simulator must find it within 1,000 seeds, or with a script of \`test/scenarios\`:
a promise that the mutant names must be broken. \`npm run sim -- --mutants\` searches for all of them and writes this page;
with \`--mutant NAME\` it searches for one and writes its row. \`CONTRIBUTING.md\` says how one is added. The number of seeds
was measured from seed 1 on, when the row was last written: it changes with the programs and with the simulator.
`,
};

/** Outcome of the last search for a mutant. */
export interface MutationRow {
  /** Promise that was broken, or those that should be if the mutant was not found. */
  readonly promise: string;
  /** Number of seeds, or words where there is none. */
  readonly seeds: string;
}

/** Reads the rows of the page, by the name of the mutant. */
export function readMutationRows(root: string, page = SIM_PAGE): Map<string, MutationRow> {
  const file = path.join(root, page.file);
  const rows = new Map<string, MutationRow>();
  if (!fs.existsSync(file)) return rows;
  for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
    const [, name, promise, seeds] = /^\| ([a-z][a-z-]*) \| ([a-z, -]+) \| (.+) \|$/.exec(line) ?? [];
    if (name !== undefined && promise !== undefined && seeds !== undefined && name !== 'mutant')
      rows.set(name, { promise, seeds });
  }
  return rows;
}

/** Returns rows as a table in Markdown. */
export function mutationTable(rows: ReadonlyMap<string, MutationRow>): string {
  const lines = [...rows].map(([name, { promise, seeds }]) => `| ${name} | ${promise} | ${seeds} |`);
  return ['| mutant | promise | seeds |', '| --- | --- | --- |', ...lines, ''].join('\n');
}

/** Writes the page: new rows replace older ones, and rows of mutants that there are no more go. */
export function writeMutationRows(
  root: string,
  names: readonly string[],
  searched: ReadonlyMap<string, MutationRow>,
  page = SIM_PAGE,
): void {
  const before = readMutationRows(root, page);
  const rows = new Map<string, MutationRow>();
  for (const name of names) {
    const row = searched.get(name) ?? before.get(name);
    if (row !== undefined) rows.set(name, row);
  }
  fs.writeFileSync(path.join(root, page.file), `${page.head}\n${mutationTable(rows)}`);
}
