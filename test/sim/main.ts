// Runs `npm run sim`: many seeds, one seed with its trace, a script, or the search for mutants.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { bundlePrograms, loadBundle } from './bundle.ts';
import { Coverage } from './coverage.ts';
import { MUTANTS, type Mutant } from './mutants/index.ts';
import { type PromiseName, type Violation, violationText } from './promises.ts';
import { parseScript, readScripts } from './script.ts';
import { playScript } from './script-player.ts';
import { runSeed } from './simulation.ts';

/** Data that a worker thread starts with. */
interface Work {
  readonly text: string;
  readonly root: string;
}
interface SeedReport {
  readonly seed: number;
  readonly violation: Violation | undefined;
  readonly coverage: readonly (readonly [string, number])[];
  readonly events: number;
  readonly simulatedMs: number;
  readonly faults: number;
  readonly bytesVerified: number;
}

const TRACE_LINES = 60;
const TRACE_LINES_ALL = 1_000_000;
const FAILURES_SHOWN = 10;
const MUTANT_SEEDS_MAX = 2000;
const SCENARIOS = 'test/scenarios';
const root = process.cwd();

/** Runs in a worker thread: runs each seed that the main thread sends. */
function serve(): void {
  const { text, root: sources } = workerData as Work;
  // The programs make thousands of errors whose stacks are not read: making them would cost time.
  Error.stackTraceLimit = 0;
  const bundle = loadBundle(text, sources);
  parentPort?.on('message', async (seed: number) => {
    const { violation, coverage, events, simulatedMs, faults, bytesVerified } = await runSeed(seed, bundle);
    const report: SeedReport = {
      seed,
      violation,
      coverage: [...coverage.counts],
      events,
      simulatedMs,
      faults,
      bytesVerified,
    };
    parentPort?.postMessage(report);
  });
}

/** Runs seeds on all threads until `take` has received every result or returns that no more are needed. */
async function runSeeds(
  text: string,
  seeds: { first: number; count: number; threads: number },
  take: (report: SeedReport) => boolean,
): Promise<void> {
  let next = seeds.first;
  let isEnough = false;
  const oneThread = async (): Promise<void> => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: { text, root } satisfies Work,
      resourceLimits: { maxYoungGenerationSizeMb: 64 },
    });
    await new Promise<void>((resolve, reject) => {
      const more = (): void => {
        if (isEnough || next >= seeds.first + seeds.count) resolve();
        else worker.postMessage(next++);
      };
      worker.on('error', reject);
      worker.on('message', (report: SeedReport) => {
        if (!isEnough) isEnough = take(report);
        more();
      });
      more();
    });
    await worker.terminate();
  };
  await Promise.all(Array.from({ length: Math.min(seeds.threads, seeds.count) }, oneThread));
}

async function check(text: string, seeds: { first: number; count: number; threads: number }): Promise<boolean> {
  const coverage = new Coverage();
  const sums = { seeds: 0, events: 0, simulatedMs: 0, faults: 0, bytesVerified: 0 };
  const failures: SeedReport[] = [];
  const beganMs = performance.now();
  await runSeeds(text, seeds, (report) => {
    coverage.add(report.coverage);
    sums.seeds++;
    sums.events += report.events;
    sums.simulatedMs += report.simulatedMs;
    sums.faults += report.faults;
    sums.bytesVerified += report.bytesVerified;
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
      `${sums.bytesVerified} bytes verified, ${coverage.counts.size} states and transitions reached, ${failures.length} failed`,
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

/** Outcome of the search for a mutant: a violation that the mutant names, and the number of other violations. */
interface Search {
  readonly found: Violation | undefined;
  readonly seeds: number;
  readonly others: ReadonlyMap<PromiseName, number>;
}

/** Plays the scripts that the mutant must break. */
async function searchScripts(mutant: Mutant, text: string): Promise<Search> {
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
async function searchSeeds(mutant: Mutant, text: string, unchanged: string, first: number, threads: number) {
  const others = new Map<PromiseName, number>();
  let seeds = 0;
  while (seeds < MUTANT_SEEDS_MAX) {
    let hit: { readonly seed: number; readonly violation: Violation } | undefined;
    const from = first + seeds;
    await runSeeds(text, { first: from, count: MUTANT_SEEDS_MAX - seeds, threads }, ({ seed, violation }) => {
      seeds++;
      if (violation === undefined) return false;
      if (mutant.breaks.includes(violation.promise)) hit = { seed, violation };
      else count(others, violation.promise);
      return hit !== undefined;
    });
    if (hit === undefined) break;
    // A seed that fails without the mutant too proves nothing about the mutant.
    const { violation } = await runSeed(hit.seed, loadBundle(unchanged, root));
    if (violation === undefined) return { found: hit.violation, seeds, others };
  }
  return { found: undefined, seeds, others };
}

function count(counts: Map<PromiseName, number>, promise: PromiseName): void {
  counts.set(promise, (counts.get(promise) ?? 0) + 1);
}

/** Returns whether each mutant breaks a promise that it names. An error of the simulator does not count. */
async function checkMutants(names: readonly string[], first: number, threads: number): Promise<boolean> {
  let allFound = true;
  const unchanged = await bundlePrograms(root);
  for (const mutant of MUTANTS.filter((m) => names.length === 0 || names.includes(m.name))) {
    const beganMs = performance.now();
    let outcome: string;
    try {
      const text = await bundlePrograms(root, mutant.patches);
      const search: Search = mutant.isScripted
        ? await searchScripts(mutant, text)
        : await searchSeeds(mutant, text, unchanged, first, threads);
      allFound &&= search.found !== undefined;
      outcome = searchText(mutant, search);
    } catch (e) {
      allFound = false;
      outcome = `NOT FOUND, the simulator itself fails: ${String(e)}`;
    }
    console.log(`${mutant.name}: ${outcome} (${((performance.now() - beganMs) / 1000).toFixed(1)} s)`);
  }
  return allFound;
}

function searchText(mutant: Mutant, { found, seeds, others }: Search): string {
  const where = mutant.isScripted ? 'by its script' : `in ${seeds} seeds`;
  const instead = [...others].map(([promise, times]) => `, ${promise} ${times} times`).join('');
  if (found === undefined) return `NOT FOUND ${where}, wanted ${mutant.breaks.join(' or ')}${instead}`;
  return `found ${where}: ${violationText(found).slice(0, 200)}${instead && ` [also${instead}]`}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      first: { type: 'string', default: '1' },
      threads: { type: 'string', default: String(os.availableParallelism()) },
      replay: { type: 'string' },
      script: { type: 'string' },
      mutant: { type: 'string' },
      mutants: { type: 'boolean', default: false },
    },
  });
  const [first, count, threads] = [Number(values.first), Number(values.seeds), Number(values.threads)];
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
