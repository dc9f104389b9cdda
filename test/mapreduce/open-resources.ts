// What this process has open, and failures planted in the steps of a start or a stop.
import net from 'node:net';
import { expect, vi } from 'vitest';
import { Closers } from '../../runtime/closers.ts';

/** How many servers, sockets, pipes and child processes keep this process alive, by kind. */
export type OpenResources = Readonly<Record<string, number>>;

/** Timers and file requests are left out: the test runner has some of its own. TimerWatch looks after ours. */
function countResources(): OpenResources {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo())
    if (kind.endsWith('Wrap')) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Counts what is open once handles that were closed just now have left the event loop. */
export async function openResources(): Promise<OpenResources> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return countResources();
}

/** Waits until nothing more is open than before: sockets and children end a little after their close. */
export async function expectResources(before: OpenResources): Promise<void> {
  const more = () => Object.entries(countResources()).filter(([kind, count]) => count > (before[kind] ?? 0));
  await expect.poll(more, { timeout: 10_000 }).toEqual([]);
}

/** @throws Error EADDRINUSE */
export async function expectFree(port: number): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
}

/** Returns a port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Timers of our own code, the unref'd ones too, that have neither fired for the last time nor been cleared. */
export class TimerWatch {
  readonly #timers: { readonly timer: NodeJS.Timeout; readonly where: string }[] = [];

  constructor() {
    for (const name of ['setTimeout', 'setInterval'] as const) {
      const original = globalThis[name] as (...args: unknown[]) => NodeJS.Timeout;
      const watched = (...args: unknown[]): NodeJS.Timeout => {
        const timer = original(...args);
        const where = new Error(name).stack ?? '';
        if (/[\\/](mapreduce|runtime)[\\/][\w\\/-]+\.ts/.test(where.replaceAll(/[\\/]test[\\/].*/g, ''))) {
          this.#timers.push({ timer, where });
        }
        return timer;
      };
      vi.spyOn(globalThis, name).mockImplementation(Object.assign(watched, original) as never);
    }
  }

  /** Where the timers that are left were made. */
  get left(): string[] {
    return this.#timers.filter(({ timer }) => !('_destroyed' in timer && timer._destroyed)).map(({ where }) => where);
  }
}

/** Makes the n-th step (from 1) that a start adds to its Closers throw once it has done its work. Returns the undo. */
export function failStart(n: number): () => void {
  const { add } = Closers.prototype;
  let steps = 0;
  const spy = vi.spyOn(Closers.prototype, 'add').mockImplementation(function (this: Closers, close) {
    add.call(this, close);
    if (++steps === n) throw new Error(`planted in step ${n}`);
  });
  return () => spy.mockRestore();
}

/** Makes the n-th step (from 1) of each later Closers throw, when it closes, once it has done its work. */
export function failStop(n: number): { steps(): number; undo(): void } {
  const { add } = Closers.prototype;
  let steps = 0;
  const spy = vi.spyOn(Closers.prototype, 'add').mockImplementation(function (this: Closers, close) {
    const step = ++steps;
    add.call(this, async () => {
      await close();
      if (step === n) throw new Error(`planted in step ${n}`);
    });
  });
  return { steps: () => steps, undo: () => spy.mockRestore() };
}
