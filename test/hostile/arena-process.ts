// Runs the daemons in a process of their own, so that their memory and their event loop are not those of the attacker.
import { fork } from 'node:child_process';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Arena, type Daemon, NO_SLOTS } from './arena.ts';

/** The argument that makes this program the daemons' process. */
export const ARENA_ARGUMENT = '--arena';
const ANSWER_MS_MAX = 60_000;

export interface Sample {
  /** Memory of the process, in bytes. */
  readonly rss: number;
  /** Longest time for which the event loop stood still since the last sample. */
  readonly stillMs: number;
  /** Lines about harm that was done. */
  readonly harm: readonly string[];
}

export interface Facts {
  readonly ports: Readonly<Record<Daemon, number>>;
  readonly uri: string;
  /** File with the cluster's secret. */
  readonly secretFile: string;
}

/** Runs the daemons until the parent process says stop. */
export async function serveArena(): Promise<void> {
  const arena = await Arena.start({ properties: NO_SLOTS });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const sample = async (): Promise<Sample> => {
    const stillMs = delay.max / 1e6;
    delay.reset();
    return { rss: process.memoryUsage().rss, stillMs, harm: await arena.harm() };
  };
  process.on('message', (message) => {
    if (message === 'sample') void sample().then((answer) => process.send?.(answer));
    else void arena.stop().then(() => process.exit(0));
  });
  // The attacker has ended without a word.
  process.on('disconnect', () => void arena.stop().then(() => process.exit(1)));
  const { cluster, ports } = arena;
  process.send?.({ ports, uri: cluster.uri, secretFile: cluster.conf.get('calf.http.secret.file') } satisfies Facts);
}

export class ArenaProcess {
  readonly #child = fork(process.argv[1] ?? '', [ARENA_ARGUMENT], { execArgv: ['--enable-source-maps'] });
  readonly #facts: Promise<Facts> = this.#next<Facts>();

  get facts(): Promise<Facts> {
    return this.#facts;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws Error if the process has ended or does not answer */
  async sample(): Promise<Sample> {
    const answer = this.#next<Sample>();
    this.#child.send('sample');
    return await answer;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), ANSWER_MS_MAX);
    this.#child.send('stop');
    await ended;
    clearTimeout(timer);
  }

  #next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (end: () => void): void => {
        clearTimeout(timer);
        this.#child.off('message', onMessage).off('exit', onExit);
        end();
      };
      const onMessage = (message: unknown): void => settle(() => resolve(message as T));
      const onExit = (code: number | null): void =>
        settle(() => reject(new Error(`the daemons have ended with ${code}`)));
      const late = (): void => settle(() => reject(new Error('the daemons do not answer')));
      const timer = setTimeout(late, ANSWER_MS_MAX);
      this.#child.on('message', onMessage).on('exit', onExit);
    });
  }
}
