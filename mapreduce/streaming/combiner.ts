/** Runs the executable of -combiner over the sorted pairs of a spill: PipeCombiner. */
import { spawnSync } from 'node:child_process';
import { ErrorLines, type ErrorTarget } from './error-lines.ts';
import type { PairWriter } from './input-writers.ts';
import type { Datum, Emit } from './kinds.ts';
import type { PairReader } from './output-readers.ts';
import { exitStatus } from './pipe-process.ts';
import { startFailure, statusFailure } from './task-failure.ts';

export interface CombinerOptions {
  readonly words: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly reporterPrefix: string;
  readonly errors: ErrorTarget;
  readonly statusCounts: boolean;
  writer(target: { write(bytes: Uint8Array): void }): PairWriter;
  reader(): PairReader;
}

/** A sorted run of pairs, by groups. `key` is that of the value that was read last. */
export type Groups = Iterable<{ readonly key: unknown; readonly values: Iterable<unknown> }>;

/**
 * Runs the executable once over the pairs, which fit in the memory of one spill, and gives its pairs. A spill is written
 * while nothing else of the task runs, so that the executable is waited for.
 * @throws RuntimeException if the executable fails
 */
export function runCombiner(options: CombinerOptions, groups: Groups, emit: Emit): void {
  const parts: Buffer[] = [];
  const writer = options.writer({ write: (bytes) => parts.push(Buffer.from(bytes)) });
  for (const group of groups) for (const value of group.values) writer.write(group.key as Datum, value as Datum);
  const [program = '', ...args] = options.words;
  const result = spawnSync(program, args, {
    cwd: options.directory,
    env: options.environment,
    input: Buffer.concat(parts),
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const lines = new ErrorLines(options.reporterPrefix, options.errors);
  lines.feed(result.stderr ?? Buffer.alloc(0));
  lines.end();
  // An executable that ends before it has read all its input is judged by its status alone.
  if (result.error && result.status === null && result.signal === null) throw startFailure(program, result.error);
  const status = exitStatus(result.status, result.signal);
  if (status !== 0 && options.statusCounts) throw statusFailure(status, lines.last);
  const reader = options.reader();
  reader.feed(result.stdout, emit);
  reader.end(emit);
}
