import fs from 'node:fs';

/** A seed that once failed, and what was wrong then. */
export interface Regression {
  readonly seed: number;
  readonly name: string;
  readonly found: string;
}

/** The lines of test/scenarios/simulator-seeds.txt. */
export function readRegressions(file: string): Regression[] {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, seed, name = '', found = ''] = /^(\d+) ([\w-]+): (.+)$/.exec(line) ?? [];
    return seed === undefined ? [] : [{ seed: Number(seed), name, found }];
  });
}
