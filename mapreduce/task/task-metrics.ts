/** Measures the processor time and the memory that a task uses. */
import fs from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import type { Counters } from '../job/counters.ts';
import type { TaskKind } from '../job/job-id.ts';

/** Measures processor time, memory and garbage collection, for Hadoop's counters. A process runs one task at a time. */
export class TaskMetrics {
  readonly #cpu = process.cpuUsage();
  readonly #collector: PerformanceObserver;
  #collectingMs = 0;

  constructor() {
    this.#collector = new PerformanceObserver((list) => this.#count(list.getEntries()));
    this.#collector.observe({ entryTypes: ['gc'] });
  }

  /** Ends the measurement and adds it to the counters. */
  finish(kind: TaskKind, counters: Counters): void {
    this.#count(this.#collector.takeRecords());
    this.#collector.disconnect();
    const { user, system } = process.cpuUsage(this.#cpu);
    const { rss, heapTotal } = process.memoryUsage();
    const virtual = virtualMemoryBytes();
    counters.addTask('GC_TIME_MILLIS', Math.round(this.#collectingMs));
    counters.addTask('CPU_MILLISECONDS', Math.round((user + system) / 1000));
    counters.addTask('PHYSICAL_MEMORY_BYTES', rss);
    counters.addTask('VIRTUAL_MEMORY_BYTES', virtual);
    counters.addTask('COMMITTED_HEAP_BYTES', heapTotal);
    counters.addTask(`${kind}_PHYSICAL_MEMORY_BYTES_MAX`, rss);
    counters.addTask(`${kind}_VIRTUAL_MEMORY_BYTES_MAX`, virtual);
  }

  #count(entries: readonly { readonly duration: number }[]): void {
    for (const { duration } of entries) this.#collectingMs += duration;
  }
}

const PAGE_BYTES = 4096;

/** Returns the size of the address space in bytes; 0 on systems other than Linux, which do not tell it. */
function virtualMemoryBytes(): number {
  if (process.platform !== 'linux') return 0;
  return Number(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[0]) * PAGE_BYTES;
}
