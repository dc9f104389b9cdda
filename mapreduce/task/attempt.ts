/** The attempt on whose behalf code runs: its failures out of turn, its timers and its printed lines. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { deferred, nothing, sleep } from '../../runtime/promises.ts';
import { describe } from '../job/job-errors.ts';
import { AttemptTimers } from './attempt-timers.ts';
import type { LogFiles, LogName } from './log-files.ts';

/** How long an attempt waits for the timers that its functions have left. */
const LEFT_TIMERS_MS_MAX = 10_000;
const LOOK_MS = 5;

const store = new AsyncLocalStorage<Attempt>();
/** The attempts that run in this process; without a cluster, a map and a reduce may run at once. */
const running = new Set<Attempt>();

export class Attempt {
  readonly id: string;
  readonly timers = new AttemptTimers();
  readonly #failure = deferred<never>();
  readonly #logs: LogFiles | undefined;
  #error: unknown;
  #hasFailed = false;
  #hasEnded = false;

  /** Printed lines go to `logs`; without it, to the standard output of the process. */
  constructor(id: string, logs?: LogFiles) {
    this.id = id;
    this.#logs = logs;
    this.#failure.promise.catch(nothing);
  }

  /** Returns the attempt whose code runs now, also in a timer or a callback that the code has set. */
  static get current(): Attempt | undefined {
    const [only] = running;
    return store.getStore() ?? (running.size === 1 ? only : undefined);
  }

  /**
   * Runs the attempt.
   * @throws the first failure: of `body`, or one that its code threw in a timer, a callback or a promise of no one
   */
  async run<T>(body: () => Promise<T>): Promise<T> {
    if (running.size === 0) listen();
    running.add(this);
    try {
      return await store.run(this, () => Promise.race([body(), this.#failure.promise]));
    } finally {
      this.#hasEnded = true;
      this.timers.clear();
      running.delete(this);
      if (running.size === 0) stopListening();
    }
  }

  /** Fails the attempt for an error that nothing else reports. After its end, the error goes to its log. */
  fail(e: unknown): void {
    if (this.#hasEnded) {
      const text = `${this.id} has ended, and its code failed afterwards: ${describe(e)}\n`;
      if (!this.print('stderr', Buffer.from(text))) process.stderr.write(text);
    } else if (!this.#hasFailed) {
      this.#hasFailed = true;
      this.#error = e;
      this.#failure.reject(e);
    }
  }

  /**
   * Waits for what the job's functions have left: timers, immediates, and errors of promises.
   * @throws the failure of the attempt, or Error for a timer that does not fire soon
   */
  async settle(): Promise<void> {
    await sleep(0);
    for (let waitedMs = 0; this.timers.isPending && !this.#hasFailed; waitedMs += LOOK_MS) {
      if (waitedMs > LEFT_TIMERS_MS_MAX) {
        throw new Error(
          `A timer that the job has set is still waiting ${LEFT_TIMERS_MS_MAX / 1000} s after the last record. ` +
            'Clear it, call unref() on it, or await it within map() or reduce()',
        );
      }
      await sleep(LOOK_MS);
    }
    if (this.#hasFailed) throw this.#error;
  }

  /** Writes into the log of the attempt. Returns false if it has none. */
  print(name: LogName, bytes: Uint8Array): boolean {
    if (!this.#logs) return false;
    this.#logs.write(name, bytes);
    if (this.#hasEnded) this.#logs.close();
    return true;
  }
}

function onError(e: unknown): void {
  const owner = store.getStore();
  // A few errors come without the attempt; those of one that runs are meant most likely.
  for (const attempt of owner ? [owner] : [...running]) attempt.fail(e);
}

function listen(): void {
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
}

function stopListening(): void {
  process.off('uncaughtException', onError);
  process.off('unhandledRejection', onError);
}
