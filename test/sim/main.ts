// Runs `npm run sim`: many seeds, one seed with its trace, a script, or the search for mutants.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { bundlePrograms, loadBundle } from './bundle/bundle.ts';
import { dateText, firstSeedOf, SEEDS_OF_A_DAY } from './day.ts';
import { checkMutants } from './mutant-search.ts';
import { MUTANTS } from './mutants/index.ts';
import { parseScript } from './script/script.ts';
import { playScript } from './script/script-player.ts';
import { runSeeds, type SeedReport, serve } from './seed-threads.ts';
import { runSeed } from './simulation.ts';
import { Coverage } from './world/coverage.ts';
import { type Violation, violationText } from './world/promises.ts';

const SEEDS_DEFAULT = 100;
const TRACE_LINES = 60;
const TRACE_LINES_ALL = 1_000_000;
const FAILURES_SHOWN = 10;
const root = process.cwd();

async function check(text: string, seeds: { first: number; count: number; threads: number }): Promise<boolean> {
  const coverage = new Coverage();
  const sums = { seeds: 0, events: 0, simulatedMs: 0, faults: 0, bytesVerified: 0, callsChecked: 0, callsTimed: 0 };
  const failures: SeedReport[] = [];
  const beganMs = performance.now();
  await runSeeds(text, seeds, (report) => {
    coverage.add(report.coverage);
    sums.seeds++;
    sums.events += report.events;
    sums.simulatedMs += report.simulatedMs;
    sums.faults += report.faults;
    sums.bytesVerified += report.bytesVerified;
    sums.callsChecked += report.callsChecked;
    sums.callsTimed += report.callsTimed;
    if (report.violation !== undefined) {
      failures.push(report);
      if (failures.length <= FAILURES_SHOWN) {
        console.log(`seed ${report.seed} fails: ${violationText(report.violation)}`);
      }
    }
    return false;
  });
  const tookS = (performance.now() - beganMs) / 1000;
  console.log(coverage.report().join('\n'));
  console.log(
    `${sums.seeds} seeds in ${tookS.toFixed(1)} s: ${(sums.seeds / tookS).toFixed(1)} a second on ${seeds.threads} threads, ` +
      `${sums.events} events, ${Math.round(sums.simulatedMs / 60_000)} simulated minutes, ${sums.faults} faults, ` +
      `${sums.bytesVerified} bytes verified, ${sums.callsChecked} calls of histories checked, ${sums.callsTimed} calls timed, ${coverage.counts.size} states and transitions reached, ${failures.length} failed`,
  );
  const first = failures.sort((a, b) => a.seed - b.seed)[0];
  if (first === undefined) return true;
  console.log(`\nThe end of seed ${first.seed} (all of it: npm run sim -- --replay ${first.seed}):`);
  const { trace } = await runSeed(first.seed, loadBundle(text, root), { traceLinesMax: TRACE_LINES });
  console.log(trace.map((line) => line.slice(0, 300)).join('\n'));
  return false;
}

async function replay(text: string, seed: number): Promise<boolean> {
  const result = await runSeed(seed, loadBundle(text, root), { traceLinesMax: TRACE_LINES_ALL, logsAll: true });
  console.log(result.trace.join('\n'));
  return tellOutcome(`seed ${seed}`, result.violation);
}

async function play(text: string, file: string): Promise<boolean> {
  const script = parseScript(fs.readFileSync(file, 'utf8'));
  const { violation, trace } = await playScript(script, loadBundle(text, root), TRACE_LINES_ALL);
  console.log(trace.join('\n'));
  return tellOutcome(file, violation);
}

function tellOutcome(what: string, violation: Violation | undefined): boolean {
  console.log(violation === undefined ? `${what} passes` : `${what} fails: ${violationText(violation)}`);
  return violation === undefined;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string' },
      first: { type: 'string', default: '1' },
      today: { type: 'boolean', default: false },
      threads: { type: 'string', default: String(os.availableParallelism()) },
      replay: { type: 'string' },
      script: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
    },
  });
  const now = new Date();
  const first = values.today ? firstSeedOf(now) : Number(values.first);
  const count = Number(values.seeds ?? (values.today ? SEEDS_OF_A_DAY : SEEDS_DEFAULT));
  const threads = Number(values.threads);
  if (values.today)
    console.log(`The first seed of ${dateText(now)} is ${first}: --first ${first} begins there on any day`);
  const patches = MUTANTS.find((m) => m.name === values.mutant)?.patches;
  if (values.mutant !== undefined && patches === undefined) {
    throw new Error(`No mutant ${values.mutant}; there are ${MUTANTS.map((m) => m.name).join(', ')}`);
  }
  if (values.mutants) {
    process.exitCode = (await checkMutants(values.mutant ? [values.mutant] : [], first, threads)) ? 0 : 1;
    return;
  }
  const text = await bundlePrograms(root, patches ?? []);
  const isWell =
    values.script !== undefined
      ? await play(text, values.script)
      : values.replay !== undefined
        ? await replay(text, Number(values.replay))
        : await check(text, { first, count, threads });
  process.exitCode = isWell ? 0 : 1;
}

if (isMainThread) await main();
else serve();
