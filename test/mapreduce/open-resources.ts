// Checks that a start or a stop leaves nothing open in this process, and plants failures in their steps.
import net from 'node:net';
import { expect, vi } from 'vitest';
import { Closers } from '../../runtime/closers.ts';

/** The numbers of servers, sockets, pipes and child processes that keep this process alive, by kind. */
export type OpenResources = Readonly<Record<string, number>>;

/** Counts without timers and file requests, because the test runner has its own. TimerWatch checks the timers. */
function countResources(): OpenResources {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo())
    if (kind.endsWith('Wrap')) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Counts the open resources after handles that were just closed have left the event loop. */
export async function openResources(): Promise<OpenResources> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return countResources();
}

/** Waits until no more is open than before, because sockets and child processes end a little after their close. */
export async function expectResources(before: OpenResources): Promise<void> {
  const more = () => Object.entries(countResources()).filter(([kind, count]) => count > (before[kind] ?? 0));
  await expect.poll(more).toEqual([]);
}

/** Expects that a server can listen on the port. @throws Error EADDRINUSE */
export async function expectFree(port: number): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  await new Promise((resolve) => server.close(resolve));
}

/** Returns a port that is free at this moment. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Finds timers of mapreduce/ and runtime/ that can still fire. Timers with unref() count, too. */
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

  /** The stacks of the calls that made the timers that are left. */
  get left(): string[] {
    return this.#timers.filter(({ timer }) => !('_destroyed' in timer && timer._destroyed)).map(({ where }) => where);
  }
}

/** Makes a start throw right after its n-th step (from 1) has been added to its Closers. Returns the undo function. */
export function failStart(n: number): () => void {
  const { add } = Closers.prototype;
  let steps = 0;
  const spy = vi.spyOn(Closers.prototype, 'add').mockImplementation(function (this: Closers, close) {
    add.call(this, close);
    if (++steps === n) throw new Error(`planted in step ${n}`);
  });
  return () => spy.mockRestore();
}

/** Makes the n-th closing step (from 1) that is added from now on throw after it has closed its part. */
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
