import { setTimeout as delay } from 'node:timers/promises';
import { HttpStatusError, JsonClient } from '../../runtime/http/json-client.ts';
import type { Logger } from '../../runtime/log.ts';
import { deferred } from '../../runtime/promises.ts';
import type { NumberedAction } from '../job/action-queue.ts';
import type { TaskReport, TrackerAction, TrackerRegistration } from '../job/messages.ts';

const RETRY_MS = 300;
const POLL_TIMEOUT_MS = 60_000;

export interface JobTrackerLinkOptions {
  readonly url: string;
  readonly registration: TrackerRegistration;
  readonly heartbeatMs: number;
  readonly log: Logger;
  handle(action: TrackerAction): void;
}

/**
 * A TaskTracker's line to the JobTracker: it polls for actions with a request that is answered when there is one, and
 * sends reports as soon as there are some, else an empty one as heartbeat. When the JobTracker is away it tries again,
 * and when the JobTracker does not know it, it drops its tasks and registers anew.
 */
export class JobTrackerLink {
  readonly #o: JobTrackerLinkOptions;
  readonly #client: JsonClient;
  readonly #stopping = new AbortController();
  readonly #registered = deferred<void>();
  #reports: TaskReport[] = [];
  #news = deferred<void>();
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: JobTrackerLinkOptions) {
    this.#o = options;
    this.#client = new JsonClient(options.url);
  }

  /** Resolves when the JobTracker knows this tracker. */
  async start(): Promise<void> {
    this.#loops = Promise.all([this.#pollLoop(), this.#reportLoop()]);
    await this.#registered.promise;
  }

  /** Progress of an attempt whose earlier progress is still unsent takes its place. */
  report(report: TaskReport): void {
    if (report.kind === 'progress' && report.status === undefined) {
      this.#reports = this.#reports.filter(
        (r) => r.attemptId !== report.attemptId || r.kind !== 'progress' || r.status !== undefined,
      );
    }
    this.#reports.push(report);
    this.#news.resolve();
  }

  async mayCommit(attemptId: string): Promise<boolean> {
    const { mayCommit } = await this.#client.post<{ mayCommit: boolean }>(`/attempts/${attemptId}/commit`, {});
    return mayCommit;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#news.resolve();
    this.#registered.resolve();
    await this.#loops;
    const gone = this.#client.delete(`/trackers/${this.#o.registration.trackerId}`, AbortSignal.timeout(1000));
    await gone.catch((e: unknown) => this.#o.log.debug({ err: e }, 'The JobTracker could not be told of the stop'));
    await this.#client.close();
  }

  async #pollLoop(): Promise<void> {
    const { trackerId } = this.#o.registration;
    const { signal } = this.#stopping;
    let after: number | undefined;
    while (!signal.aborted) {
      try {
        if (after === undefined) {
          await this.#client.post('/trackers', this.#o.registration, signal);
          after = 0;
          this.#registered.resolve();
        }
        const path = `/trackers/${trackerId}/actions?after=${after}`;
        const actions = await this.#client.get<NumberedAction[]>(path, signal, POLL_TIMEOUT_MS);
        for (const { seq, action } of actions) {
          after = seq;
          this.#o.handle(action);
        }
      } catch (e) {
        if (signal.aborted) return;
        if (e instanceof HttpStatusError && e.status === 404) {
          this.#o.handle({ kind: 'reset' });
          after = undefined;
        } else {
          this.#o.log.debug({ err: e }, 'The JobTracker does not answer');
          await pause(RETRY_MS, signal);
        }
      }
    }
  }

  async #reportLoop(): Promise<void> {
    const { registration, heartbeatMs } = this.#o;
    const { signal } = this.#stopping;
    await this.#registered.promise;
    while (!signal.aborted) {
      const heartbeat = setTimeout(this.#news.resolve, heartbeatMs);
      await this.#news.promise;
      clearTimeout(heartbeat);
      this.#news = deferred();
      const sending = this.#reports;
      this.#reports = [];
      try {
        await this.#client.post(`/trackers/${registration.trackerId}/reports`, sending, signal);
      } catch (e) {
        if (signal.aborted) return;
        // A JobTracker that does not know this tracker has no use for its reports; the poll registers it anew.
        if (!(e instanceof HttpStatusError)) this.#reports = [...sending, ...this.#reports];
        await pause(RETRY_MS, signal);
        this.#news.resolve();
      }
    }
  }
}

/** Ends early, and without an error, when the signal is aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
