/** High-water marks of the process's memory, in bytes. */
export interface MemoryPeak {
  rss: number;
  heap: number;
  /** Memory outside of the heap, which holds the bytes of Buffers. */
  external: number;
  /** Size of the largest Buffer that any code asked for. */
  largestBuffer: number;
}

type Allocate = (size: number, ...rest: never[]) => Buffer;

/**
 * Keeps the high-water marks of memory. The largest Buffer is exact, because the functions that make Buffers are
 * watched until stop(). The other marks are only taken at each call of sample().
 */
export class MemoryWatch {
  readonly peak: MemoryPeak = { rss: 0, heap: 0, external: 0, largestBuffer: 0 };
  readonly #restore: (() => void)[] = [];

  constructor() {
    for (const name of ['alloc', 'allocUnsafe', 'allocUnsafeSlow'] as const) {
      const original = Buffer[name] as Allocate;
      const watched: Allocate = (size, ...rest) => {
        if (size > this.peak.largestBuffer) this.peak.largestBuffer = size;
        return original(size, ...rest);
      };
      Object.assign(Buffer, { [name]: watched });
      this.#restore.push(() => void Object.assign(Buffer, { [name]: original }));
    }
  }

  sample(): void {
    const { rss, heapUsed, external } = process.memoryUsage();
    this.peak.rss = Math.max(this.peak.rss, rss);
    this.peak.heap = Math.max(this.peak.heap, heapUsed);
    this.peak.external = Math.max(this.peak.external, external);
  }

  stop(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }
}
