// The process of one chaos run, started by run.mjs: options as JSON in its argument, exit status 1 if data was lost.
import { type ChaosResult, chaos } from './chaos.ts';

interface Given {
  readonly dir: string;
  readonly seconds: number;
  readonly seed: number;
  readonly datanodes: number;
  readonly powerProgram: string;
  readonly keep: boolean;
  /** Name of a bug that was planted, which the run should find. */
  readonly plant?: string;
  readonly json: boolean;
  readonly quiet: boolean;
}

const options = JSON.parse(process.argv[2] ?? '') as Given;
const began = performance.now();
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function tellStage(line: string): void {
  process.stderr.write(`${seconds(performance.now() - began).padStart(8)}  ${line}\n`);
}

function log(line: string): void {
  if (!options.quiet || line.startsWith('LOST')) tellStage(line);
}

const table = (counts: Readonly<Record<string, number>>): string[] =>
  Object.entries(counts)
    .sort(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([what, count]) => `  ${what.padEnd(44)} ${String(count).padStart(12)}`);

function report({ faults, operations, healedMs, verified, violations }: ChaosResult): string {
  const injected = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const { files, bytes, replicas, replicaBytes } = verified;
  return [
    `faults injected: ${injected}`,
    ...table(faults),
    'operations, and those that failed:',
    ...table(operations),
    `healed in ${seconds(healedMs)}`,
    `verified: ${files} files, ${bytes} bytes; on the disks ${replicas} replicas, ${replicaBytes} bytes`,
    `lost: ${violations.length === 0 ? 'nothing' : violations.length}`,
    ...violations.map(({ path, what }) => `  ${path}: ${what}`),
    `in ${seconds(performance.now() - began)}`,
  ].join('\n');
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A second signal changes nothing: the cluster's processes are being ended already.
  process.on(signal, () => interrupted.abort());
}

try {
  const stopsAtLoss = options.plant !== undefined;
  const result = await chaos({ ...options, stopsAtLoss, log, tellStage, interrupted: interrupted.signal });
  const isLost = result.violations.length > 0;
  process.stdout.write(`${options.json ? JSON.stringify(result) : report(result)}\n`);
  if (stopsAtLoss) process.stdout.write(`${options.plant}: ${isLost ? 'found' : 'NOT FOUND'}\n`);
  process.exitCode = isLost === stopsAtLoss ? 0 : 1;
} catch (e) {
  const text = e instanceof Error ? (e.stack ?? e.message) : String(e);
  process.stderr.write(`chaos: ${interrupted.signal.aborted ? 'interrupted' : text}\n`);
  process.exitCode = 2;
}
// A client that is stuck must not keep the process alive.
setTimeout(() => process.exit(), 1000);
