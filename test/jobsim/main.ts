// Runs `npm run jobsim`: many seeds, one seed with its trace, or the search for mutants.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { dateText, firstSeedOf, SEEDS_OF_A_DAY } from '../sim/day.ts';
import { Coverage } from '../sim/world/coverage.ts';
import { bundlePrograms, loadBundle } from './bundle.ts';
import { checkMutants } from './mutant-search.ts';
import { MUTANTS } from './mutants.ts';
import { violationText } from './promises.ts';
import { runSeeds, serve } from './seeds.ts';
import { runSeed, type SeedResult } from './simulation.ts';

const SEEDS_DEFAULT = 500;
const TRACE_LINES = 60;
const TRACE_LINES_ALL = 1_000_000;
const FAILURES_SHOWN = 10;
const root = process.cwd();

async function check(text: string, seeds: { first: number; count: number; threads: number }): Promise<boolean> {
  const coverage = new Coverage();
  const sums = { seeds: 0, events: 0, simulatedMs: 0, faults: 0, jobs: 0 };
  const failures: SeedResult[] = [];
  const beganMs = performance.now();
  await runSeeds(text, seeds, (result) => {
    coverage.add(result.coverage);
    sums.seeds++;
    sums.events += result.events;
    sums.simulatedMs += result.simulatedMs;
    sums.faults += result.faults;
    sums.jobs += result.jobs;
    if (result.violation) {
      failures.push(result);
      if (failures.length <= FAILURES_SHOWN) {
        console.log(`seed ${result.seed} fails: ${violationText(result.violation)}`);
      }
    }
    return false;
  });
  const tookS = (performance.now() - beganMs) / 1000;
  console.log(coverage.report().join('\n'));
  console.log(
    `${sums.seeds} seeds in ${tookS.toFixed(1)} s: ${(sums.seeds / tookS).toFixed(1)} a second on ${seeds.threads} threads, ` +
      `${sums.events} events, ${Math.round(sums.simulatedMs / 60_000)} simulated minutes, ${sums.faults} faults, ` +
      `${sums.jobs} jobs, ${failures.length} failed`,
  );
  const first = failures.sort((a, b) => a.seed - b.seed)[0];
  if (first === undefined) return true;
  console.log(`\nThe end of seed ${first.seed} (all of it: npm run jobsim -- --replay ${first.seed}):`);
  const { trace } = await runSeed(first.seed, loadBundle(text, root), TRACE_LINES);
  console.log(trace.map((line) => line.slice(0, 300)).join('\n'));
  return false;
}

async function replay(text: string, seed: number): Promise<boolean> {
  const { trace, violation } = await runSeed(seed, loadBundle(text, root), TRACE_LINES_ALL);
  console.log(trace.join('\n'));
  console.log(violation === undefined ? `seed ${seed} passes` : `seed ${seed} fails: ${violationText(violation)}`);
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
    values.replay !== undefined
      ? await replay(text, Number(values.replay))
      : await check(text, { first, count, threads });
  process.exitCode = isWell ? 0 : 1;
}

if (isMainThread) await main();
else serve();
