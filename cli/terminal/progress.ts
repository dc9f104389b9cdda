/** Progress bars on a terminal. */
import type { SingleBar } from 'cli-progress';
import { systemClock } from '../../runtime/runtime.ts';

const MIB = 1024 * 1024;
const NAME_WIDTH = 32;

/** Shows copied bytes, MB/s and the time left as a bar. */
export class ByteProgress {
  readonly #stream: NodeJS.WritableStream;
  #bars = 0;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
  }

  /** Passes the chunks of one file on and shows its progress. Of several copies at the same time, only one has the bar. */
  async *watch(chunks: AsyncIterable<Uint8Array>, name: string, totalBytes?: number): AsyncIterable<Uint8Array> {
    if (this.#bars > 0 || !totalBytes) {
      yield* chunks;
      return;
    }
    this.#bars++;
    const bar = await createByteBar(this.#stream, name, totalBytes);
    try {
      for await (const chunk of chunks) {
        yield chunk;
        bar.add(chunk.length);
      }
    } finally {
      bar.stop();
      this.#bars--;
    }
  }

  stop(): void {
    this.#bars = 0;
  }
}

/** A bar that counts bytes. */
export interface ByteBar {
  add(bytes: number): void;
  stop(): void;
}

/** Returns a bar for one file or transfer. */
export async function createByteBar(stream: NodeJS.WritableStream, name: string, totalBytes: number): Promise<ByteBar> {
  const bar = await createBar(stream, `{name} [{bar}] {percentage}% | {done}/{size} MB | {speed} MB/s | ETA {left}`);
  const startedMs = systemClock.monotonicMs();
  const megabytes = (bytes: number) => (bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0);
  let done = 0;
  const payload = () => {
    const seconds = Math.max(systemClock.monotonicMs() - startedMs, 1) / 1000;
    const speed = done / seconds;
    const left = speed > 0 ? duration((totalBytes - done) / speed) : '-';
    return { name: shorten(name), done: megabytes(done), size: megabytes(totalBytes), speed: megabytes(speed), left };
  };
  bar.start(totalBytes, 0, payload());
  return {
    add(bytes) {
      done += bytes;
      bar.update(done, payload());
    },
    stop: () => bar.stop(),
  };
}

/** A bar from 0 to 100 % that can be hidden and shown again. */
export interface PercentBar {
  show(percent: number, note: string): void;
  hide(): void;
}

/** Returns a bar with a note beside the percentage. */
export async function createPercentBar(stream: NodeJS.WritableStream, name: string): Promise<PercentBar> {
  const bar = await createBar(stream, `{name} [{bar}] {percentage}% | {note} | ETA {eta_formatted}`);
  let isShown = false;
  return {
    show(percent, note) {
      if (!isShown) bar.start(100, percent, { name: shorten(name), note });
      else bar.update(Math.floor(percent), { note });
      isShown = true;
    },
    hide() {
      if (isShown) bar.stop();
      isShown = false;
    },
  };
}

async function createBar(stream: NodeJS.WritableStream, format: string): Promise<SingleBar> {
  const { default: cliProgress } = await import('cli-progress');
  return new cliProgress.SingleBar(
    { stream, format, hideCursor: true, clearOnComplete: true, fps: 8 },
    cliProgress.Presets.shades_classic,
  );
}

/** Returns `45s`, `3m20s` or `2h05m`. */
function duration(seconds: number): string {
  const s = Math.ceil(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  if (s < 60) return `${s}s`;
  if (s < 3600) return `${Math.floor(s / 60)}m${two(s % 60)}s`;
  return `${Math.floor(s / 3600)}h${two(Math.floor((s % 3600) / 60))}m`;
}

/** Returns the end of a long name, because it tells more than the beginning. */
function shorten(name: string): string {
  return name.length <= NAME_WIDTH ? name : `…${name.slice(1 - NAME_WIDTH)}`;
}
