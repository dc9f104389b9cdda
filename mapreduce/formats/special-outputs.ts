/** Output formats that write later, or nothing. */
import type { AsyncOutputFormat, OutputFormat } from './format.ts';

/** The same format, whose file is made when its first pair is written (Hadoop: LazyOutputFormat). */
export function lazyOutput<K, V>(format: OutputFormat<K, V>): OutputFormat<K, V> {
  // The format keeps its methods, also where they use `this`.
  return Object.assign(Object.create(format) as OutputFormat<K, V>, { lazy: true as const });
}

/** Writes nothing (Hadoop: NullOutputFormat). The job needs no output path, and makes no output directory. */
export function nullOutput(): AsyncOutputFormat<unknown, unknown> {
  return {
    withoutFiles: true,
    lazy: true,
    encodesAtOnce: true,
    openWriter: () => ({ write: () => undefined, close: () => undefined }),
  };
}
