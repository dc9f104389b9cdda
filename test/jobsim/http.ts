// The HTTP between TaskTrackers and the JobTracker: requests and answers that come late, twice or never.
import type { SimEvent } from '../sim/world/scheduler.ts';
import type { Programs } from './bundle.ts';
import { inProcess } from './stand-ins.ts';
import type { JobProcess, JobWorld, Slot } from './world.ts';

interface Reply {
  readonly raw: { once(event: 'close', run: () => void): void };
  code(status: number): { send(body: unknown): unknown };
}
type Handler = (request: { readonly params: Record<string, string>; readonly body: unknown }, reply: Reply) => unknown;
interface Route {
  readonly method: string;
  readonly path: readonly string[];
  readonly handler: Handler;
}
type Answer = { readonly status: number; readonly body: string } | { readonly error: unknown };

class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

/** How often messages are delayed, lost and repeated. */
export interface NetworkFaults {
  readonly lost: number;
  readonly repeated: number;
}

/** The JobTracker's routes, and the way to them. */
export class SimHttp {
  readonly #world: JobWorld;
  readonly #programs: Programs;
  #routes: Route[] = [];
  #server: JobProcess | undefined;
  faults: NetworkFaults = { lost: 0, repeated: 0 };

  constructor(world: JobWorld, programs: Programs) {
    this.#world = world;
    this.#programs = programs;
  }

  /** Returns the server on which TrackerLinks adds its routes. */
  serve(process: JobProcess): object {
    this.#routes = [];
    this.#server = process;
    const add = (method: string, path: string, handler: Handler): void => {
      this.#routes.push({ method, path: path.split('/'), handler });
    };
    return {
      post: (path: string, _options: unknown, handler: Handler) => add('POST', path, handler),
      delete: (path: string, handler: Handler) => add('DELETE', path, handler),
    };
  }

  #latency(): number {
    const { random } = this.#world;
    return random.chance(0.02) ? random.next() * 3000 : random.next() * 5;
  }

  /** Sends a request of the process that runs now. The other end may be gone. */
  send(from: JobProcess, method: string, path: string, body: unknown, timeoutMs: number, signal?: AbortSignal) {
    const { random, scheduler } = this.#world;
    const text = JSON.stringify(body);
    return new Promise<unknown>((resolve, reject) => {
      let isSettled = false;
      const settle = (delayMs: number, act: () => void): SimEvent =>
        from.after(delayMs, () => {
          if (isSettled) return;
          isSettled = true;
          limit.isCancelled = true;
          signal?.removeEventListener('abort', abort);
          act();
        });
      const abort = (): void => void settle(0, () => reject(systemError('ABORT_ERR')));
      signal?.addEventListener('abort', abort);
      const limit = settle(timeoutMs, () => reject(systemError('UND_ERR_HEADERS_TIMEOUT')));
      if (random.chance(this.faults.lost)) {
        this.#world.fault('request lost', from.name);
        settle(random.next() * 2000, () => reject(systemError('ECONNRESET')));
        return;
      }
      const loses = random.chance(this.faults.lost);
      this.#deliver(from, method, path, text, (answer) => {
        if (loses) {
          this.#world.fault('answer lost', from.name);
          settle(this.#latency(), () => reject(systemError('ECONNRESET')));
        } else settle(this.#latency(), () => this.#take(answer, resolve, reject));
      });
      if (random.chance(this.faults.repeated)) {
        scheduler.after(random.next() * 6000, () => {
          this.#world.fault('request repeated', from.name);
          this.#deliver(from, method, path, text, () => undefined);
        });
      }
    });
  }

  #deliver(from: JobProcess, method: string, path: string, text: string, answer: (answer: Answer) => void): void {
    const server = this.#server;
    this.#world.scheduler.after(this.#latency(), () => {
      if (!server?.isAlive) {
        answer({ error: systemError('ECONNREFUSED') });
        return;
      }
      const forget = server.onEnd(() => answer({ error: systemError('ECONNRESET') }));
      const once = (result: Answer): void => {
        forget();
        answer(result);
      };
      server.after(0, () => this.#handle(server, from, method, path, text, once));
    });
  }

  #handle(
    server: JobProcess,
    from: JobProcess,
    method: string,
    path: string,
    text: string,
    answer: (answer: Answer) => void,
  ): void {
    const parts = path.split('/');
    const route = this.#routes.find(
      (r) =>
        r.method === method && r.path.length === parts.length && r.path.every((p, i) => p[0] === ':' || p === parts[i]),
    );
    if (!route) throw new Error(`jobsim: no route ${method} ${path}`);
    const params = Object.fromEntries(
      route.path.flatMap((p, i) => (p[0] === ':' ? [[p.slice(1), decodeURIComponent(parts[i] ?? '')]] : [])),
    );
    const closed: (() => void)[] = [];
    let isClosed = false;
    const close = (): void => {
      if (isClosed || !server.isAlive) return;
      isClosed = true;
      forget();
      for (const run of closed) server.after(0, run);
    };
    // The connections of a process that dies are closed by the system.
    const forget = from.onEnd(() => this.#world.scheduler.after(1, close));
    let status = 200;
    const reply: Reply = {
      raw: { once: (_event, run) => closed.push(run) },
      code: (code) => {
        status = code;
        return { send: (body) => body };
      },
    };
    const done = (result: Answer): void => {
      answer(result);
      close();
    };
    const handled = async (): Promise<unknown> => route.handler({ params, body: JSON.parse(text ?? 'null') }, reply);
    handled().then(
      (body) => done({ status, body: JSON.stringify(body) }),
      (error: unknown) =>
        done({ error: error instanceof this.#programs.HadoopError ? error : systemError('ECONNRESET') }),
    );
  }

  #take(answer: Answer, resolve: (value: unknown) => void, reject: (reason: unknown) => void): void {
    if ('error' in answer) reject(answer.error);
    else if (answer.status === 200) resolve(JSON.parse(answer.body));
    else reject(new HttpStatusError(answer.status, answer.body));
  }
}

/** Returns the stand-in for runtime/http/json-client.ts. */
export function jsonClientModule(slot: Slot) {
  const TIMEOUT_MS = 30_000;
  class JsonClient {
    async post(path: string, body: unknown, signal?: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<unknown> {
      const process = inProcess(slot);
      return await process.world.http.send(process, 'POST', path, body, timeoutMs, signal);
    }

    async delete(path: string): Promise<void> {
      const process = inProcess(slot);
      await process.world.http.send(process, 'DELETE', path, null, TIMEOUT_MS);
    }

    async close(): Promise<void> {
      // No connection is kept.
    }
  }
  return { JsonClient, HttpStatusError };
}
