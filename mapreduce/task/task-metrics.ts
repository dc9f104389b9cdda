import fs from 'node:fs';
import { PerformanceObserver } from 'node:perf_hooks';
import type { Counters } from '../job/counters.ts';
import type { TaskKind } from '../job/job-id.ts';

/** What a task has used of its process, as Hadoop's counters have it. A process runs one task at a time. */
export class TaskMetrics {
  readonly #cpu = process.cpuUsage();
  readonly #collector: PerformanceObserver;
  #collectingMs = 0;

  constructor() {
    this.#collector = new PerformanceObserver((list) => this.#count(list.getEntries()));
    this.#collector.observe({ entryTypes: ['gc'] });
  }

  /** Ends the measuring. */
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

/** 0 where the system does not tell (only Linux does). */
function virtualMemoryBytes(): number {
  if (process.platform !== 'linux') return 0;
  return Number(fs.readFileSync('/proc/self/statm', 'utf8').split(' ')[0]) * PAGE_BYTES;
}
