import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { bundlePrograms, loadBundle } from './bundle.ts';
import { Coverage } from './coverage.ts';
import { MUTANTS } from './mutants/index.ts';
import { parseScript, readScripts } from './script.ts';
import { playScript } from './script-player.ts';
import { runSeed } from './simulation.ts';

/** What a thread is given, and what it tells of each seed. */
interface Work {
  readonly text: string;
  readonly root: string;
}
interface SeedReport {
  readonly seed: number;
  readonly failure: string | undefined;
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

/** In a thread: runs the seeds that it is sent. */
function serve(): void {
  const { text, root: sources } = workerData as Work;
  // Errors are made by the thousand, and nobody reads their stacks.
  Error.stackTraceLimit = 0;
  const bundle = loadBundle(text, sources);
  parentPort?.on('message', async (seed: number) => {
    const { failure, coverage, events, simulatedMs, faults, bytesVerified } = await runSeed(seed, bundle);
    const report: SeedReport = {
      seed,
      failure,
      coverage: [...coverage.counts],
      events,
      simulatedMs,
      faults,
      bytesVerified,
    };
    parentPort?.postMessage(report);
  });
}

/** Runs seeds on all threads until `take` has seen all of them or says that it is enough. */
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
    if (report.failure !== undefined) {
      failures.push(report);
      if (failures.length <= FAILURES_SHOWN) console.log(`seed ${report.seed} fails: ${report.failure}`);
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
  console.log(result.failure === undefined ? `seed ${seed} passes` : `seed ${seed} fails: ${result.failure}`);
  return result.failure === undefined;
}

async function play(text: string, file: string): Promise<boolean> {
  const script = parseScript(fs.readFileSync(file, 'utf8'));
  const { failure, trace } = await playScript(script, loadBundle(text, root), TRACE_LINES_ALL);
  console.log(trace.join('\n'));
  console.log(failure === undefined ? `${file} passes` : `${file} fails: ${failure}`);
  return failure === undefined;
}

/** Plays the scripts that a mutant must fail. @returns what one of them found broken */
async function playAll(mutant: string, text: string): Promise<string | undefined> {
  for (const { script } of readScripts(SCENARIOS)) {
    if (script.mutant !== mutant) continue;
    const { failure } = await playScript(script, loadBundle(text, root));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Whether each deliberate bug is found. */
async function checkMutants(names: readonly string[], first: number, threads: number): Promise<boolean> {
  let allFound = true;
  const unchanged = await bundlePrograms(root);
  for (const mutant of MUTANTS.filter((m) => names.length === 0 || names.includes(m.name))) {
    const beganMs = performance.now();
    const text = await bundlePrograms(root, mutant.patches);
    if (mutant.isScripted) {
      const failure = await playAll(mutant.name, text);
      allFound &&= failure !== undefined;
      console.log(`${mutant.name}: ${failure === undefined ? 'NOT FOUND' : 'found'} by its script: ${failure}`);
      continue;
    }
    let found: SeedReport | undefined;
    let count = 0;
    for (let from = first; found === undefined && count < MUTANT_SEEDS_MAX; from = first + count) {
      let failed: SeedReport | undefined;
      await runSeeds(text, { first: from, count: MUTANT_SEEDS_MAX - count, threads }, (report) => {
        count++;
        if (report.failure !== undefined) failed = report;
        return failed !== undefined;
      });
      if (failed === undefined) break;
      // A seed that fails without the bug too has not found it.
      const { failure } = await runSeed(failed.seed, loadBundle(unchanged, root));
      if (failure === undefined) found = failed;
    }
    const took = `${((performance.now() - beganMs) / 1000).toFixed(1)} s`;
    allFound &&= found !== undefined;
    console.log(
      found === undefined
        ? `${mutant.name}: NOT FOUND in ${count} seeds, ${took}`
        : `${mutant.name}: found after ${count} seeds, ${took}: ${found.failure?.slice(0, 200)}`,
    );
  }
  return allFound;
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
