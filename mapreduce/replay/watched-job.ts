/** A job whose calls of map() and reduce() are counted, so that a replay can name the failing one and stop before it. */
import type { AnyJob, JobInput, MapContext, ReduceContext } from '../api/api.ts';

type Input = JobInput<unknown, unknown, unknown, unknown>;

/** The latest call of map() or reduce(). */
export class RecordWatch {
  /** Number of the record of a map, or of the key of a reduce, from 1; 0 before the first one. */
  number = 0;
  /** The record that map() was given, or the value that reduce() has read last. */
  value: unknown;
  /** The key of the record, or the key that reduce() was given. */
  key: unknown;
  /** Number of values that reduce() has read. */
  values = 0;
  readonly #breakAt: number | undefined;

  /** @param breakAt number of the call before which an attached debugger stops */
  constructor(breakAt?: number) {
    this.#breakAt = breakAt;
  }

  /** Notes a call. Returns whether the debugger is to stop before it. */
  begin(key: unknown, value: unknown): boolean {
    this.number++;
    this.key = key;
    this.value = value;
    this.values = 0;
    return this.number === this.#breakAt;
  }

  /** Passes the values of a key on, and notes each. */
  *read(values: Iterable<unknown>): Generator<unknown> {
    for (const value of values) {
      this.values++;
      this.value = value;
      yield value;
    }
  }
}

/** Returns the job with watched functions. The functions that it does not have stay away. */
export function watchedJob(job: AnyJob, watch: RecordWatch): AnyJob {
  const inputs = Object.entries<Input>(job.inputs ?? {});
  return {
    ...job,
    ...watchedInput(job, watch),
    ...(job.inputs
      ? { inputs: Object.fromEntries(inputs.map(([name, own]) => [name, { ...own, ...watchedInput(own, watch) }])) }
      : {}),
    ...(job.reduce ? { reduce: watchedReduce(job, watch) } : {}),
  };
}

function watchedInput(input: Input, watch: RecordWatch): Pick<Input, 'map'> {
  if (!input.map) return {};
  return {
    map(value, context: MapContext<unknown, unknown, unknown>) {
      const isFailing = watch.begin(context.key, value);
      // biome-ignore lint/suspicious/noDebugger: a replay with --inspect stops here; step into map()
      if (isFailing) debugger;
      return input.map?.(value, context);
    },
  };
}

function watchedReduce(job: AnyJob, watch: RecordWatch): NonNullable<AnyJob['reduce']> {
  return (key: unknown, values: Iterable<unknown>, context: ReduceContext<unknown, unknown>) => {
    const isFailing = watch.begin(key, undefined);
    // biome-ignore lint/suspicious/noDebugger: a replay with --inspect stops here; step into reduce()
    if (isFailing) debugger;
    return job.reduce?.(key, watch.read(values), context);
  };
}
