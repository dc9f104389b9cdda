// Prints the results of Hadoop's command-line tests.

const indent = (text) => text.replace(/\n$/, '').replace(/^/gm, '      | ');

export function printFailure({ suite, id, group, description, commands, checks, actual, exitCode }) {
  console.log(`FAIL ${suite} #${id} [${group}] ${description}`);
  for (const command of commands) console.log(`    $ ${command}`);
  for (const { type, expected, expectedExitCode, error } of checks.filter((c) => !c.passed)) {
    console.log(
      `    ${type} expected${expectedExitCode === undefined ? '' : ` exit code ${expectedExitCode} and`}:\n${indent(expected)}`,
    );
    if (error) console.log(`    ${error}`);
  }
  console.log(`    actual (${exitCode === null ? 'killed: timeout' : `exit code ${exitCode}`}):\n${indent(actual)}\n`);
}

/** Counts results by a key. Returns a Map of key to { passed, failed, skipped }. */
export function tally(results, key) {
  const counts = new Map();
  for (const result of results) {
    const k = result[key];
    if (!counts.has(k)) counts.set(k, { passed: 0, failed: 0, skipped: 0 });
    counts.get(k)[result.status]++;
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

export function printTable(title, counts) {
  const width = Math.max(title.length, ...[...counts.keys()].map((k) => k.length));
  console.log(`${title.padEnd(width)}  passed  failed  skipped`);
  for (const [k, { passed, failed, skipped }] of counts) {
    console.log(
      `${k.padEnd(width)}  ${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${String(skipped).padStart(7)}`,
    );
  }
  console.log();
}

export const count = (results, status) => results.filter((r) => r.status === status).length;
