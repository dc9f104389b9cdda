/**
 * A TaskTracker's line to the JobTracker: it polls for actions with a request that is answered when there is one, and
 * sends reports as soon as there are some, else an empty list as heartbeat. While the JobTracker is away the link tries
 * again; when the JobTracker does not know the tracker, the link registers the tracker anew, with the attempts that it
 * could go on with. The answer says which ones go on.
 */
import { HadoopError } from '../../runtime/errors.ts';
import { HttpStatusError, JsonClient } from '../../runtime/http/json-client.ts';
import type { SharedSecret } from '../../runtime/http/shared-secret.ts';
import type { Logger } from '../../runtime/log.ts';
import { Alarm, awaitedLater, deferred, settled } from '../../runtime/promises.ts';
import { systemRandom } from '../../runtime/runtime.ts';
import type { NumberedAction } from '../job/action-queue.ts';
import { COMMIT_WAIT_MS, type CommitAnswer } from '../job/commit-answer.ts';
import type {
  RegisterAnswer,
  TaskReport,
  TrackerAction,
  TrackerInventory,
  TrackerRegistration,
} from '../job/messages.ts';

const RETRY_MS = 300;
/** The JobTracker answers a poll that finds nothing well before this. */
const POLL_TIMEOUT_MS = 60_000;
/** Longest time that a stop waits for the JobTracker to take note. */
const LEAVE_MS = 1000;

export interface JobTrackerLinkOptions {
  readonly url: string;
  readonly secret: SharedSecret;
  readonly registration: TrackerRegistration;
  readonly heartbeatMs: number;
  readonly log: Logger;
  handle(action: TrackerAction): void;
  inventory(): TrackerInventory;
}

export class JobTrackerLink {
  readonly #o: JobTrackerLinkOptions;
  readonly #client: JsonClient;
  readonly #stopping = new AbortController();
  /** Settled once: when the JobTracker first knows the tracker, refuses it, or at stop(). */
  readonly #registered = deferred();
  readonly #news = new Alarm();
  readonly #retry = new Alarm();
  #reports: TaskReport[] = [];
  /** The reports that are on their way. */
  #sending: readonly TaskReport[] = [];
  /** The message of the last poll, if the JobTracker refused it. */
  #refusal: string | undefined;
  #problem: string | undefined;
  #isHealthTold = true;
  #isLeaving = false;
  #loops: Promise<unknown> = Promise.resolve();

  constructor(options: JobTrackerLinkOptions) {
    this.#o = options;
    this.#client = new JsonClient(options.url, () => options.secret);
  }

  /** Resolves when the JobTracker knows this tracker. @throws HadoopError if the JobTracker refuses the tracker */
  async start(): Promise<void> {
    this.#loops = awaitedLater(Promise.all([this.#pollLoop(), this.#reportLoop()]));
    await this.#registered.promise;
  }

  /** Queues a report. Progress of an attempt takes the place of progress of the same attempt that is still unsent. */
  report(report: TaskReport): void {
    if (report.kind === 'progress' && report.status === undefined) {
      this.#reports = this.#reports.filter(
        (r) => r.attemptId !== report.attemptId || r.kind !== 'progress' || r.status !== undefined,
      );
    }
    this.#reports.push(report);
    this.#news.ring();
  }

  /** Tells the JobTracker whether this tracker takes tasks, also when the JobTracker gets to know it anew. */
  tellHealth(problem: string | undefined): void {
    if (this.#isLeaving) return;
    this.#problem = problem;
    this.#isHealthTold = false;
    this.#news.ring();
  }

  /** Tells the JobTracker that this tracker is about to stop: it takes no tasks from here on. */
  stopTakingTasks(): void {
    this.tellHealth('The TaskTracker is stopping');
    this.#isLeaving = true;
  }

  /** Whether the JobTracker has still to hear of an attempt or of the tracker's health. */
  get hasNews(): boolean {
    return this.#reports.length > 0 || this.#sending.length > 0 || !this.#isHealthTold;
  }

  /** Asks until the answer is yes or no. The answer to a question that comes twice is the same. @throws Error at stop() */
  async mayCommit(attemptId: string): Promise<boolean> {
    const { signal } = this.#stopping;
    const path = `/attempts/${attemptId}/commit`;
    for (;;) {
      try {
        const { answer } = await this.#client.post<{ answer: CommitAnswer }>(path, {}, signal);
        if (answer !== 'WAIT') return answer === 'YES';
      } catch (e) {
        if (signal.aborted || isRefusal(e)) throw e;
        this.#o.log.debug({ err: e, attemptId }, 'The JobTracker does not say whether an attempt may commit');
      }
      await this.#retry.sleep(COMMIT_WAIT_MS);
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#news.ring();
    this.#retry.ring();
    this.#registered.resolve();
    await settled(this.#loops);
    const gone = this.#client.delete(`/trackers/${this.#o.registration.trackerId}`, AbortSignal.timeout(LEAVE_MS));
    await gone.catch((err: unknown) => this.#o.log.debug({ err }, 'The JobTracker could not be told of the stop'));
    await this.#client.close();
  }

  async #pollLoop(): Promise<void> {
    const { registration } = this.#o;
    const { signal } = this.#stopping;
    let after: number | undefined;
    let incarnation = systemRandom.uuid();
    while (!signal.aborted) {
      try {
        if (after === undefined) {
          const inventory = this.#inventory();
          const body = { ...registration, incarnation, inventory };
          const kept = await this.#client.post<RegisterAnswer>('/trackers', body, signal);
          after = 0;
          this.#o.handle({ kind: 'reset', ...kept });
          if (this.#problem !== undefined) this.tellHealth(this.#problem);
          this.#registered.resolve();
        }
        const path = `/trackers/${registration.trackerId}/actions`;
        const actions = await this.#client.post<NumberedAction[]>(
          path,
          { after, incarnation },
          signal,
          POLL_TIMEOUT_MS,
        );
        for (const { seq, action } of actions) {
          after = seq;
          this.#o.handle(action);
        }
      } catch (e) {
        if (signal.aborted) return;
        if (e instanceof HttpStatusError && e.status === 404) {
          after = undefined;
          incarnation = systemRandom.uuid();
          continue;
        }
        if (isRefusal(e)) this.#registered.reject(e);
        this.#tell(e);
        await this.#retry.sleep(RETRY_MS);
      }
    }
  }

  /** Logs a refusal once until it is another one: the poll is tried again many times. */
  #tell(err: unknown): void {
    const { log } = this.#o;
    const refusal = isRefusal(err) ? err.message : undefined;
    if (refusal === undefined) log.debug({ err }, 'The JobTracker does not answer');
    else if (refusal !== this.#refusal) log.error({ err }, 'The JobTracker refuses this TaskTracker');
    this.#refusal = refusal;
  }

  async #reportLoop(): Promise<void> {
    const { signal } = this.#stopping;
    await this.#registered.promise;
    while (!signal.aborted) {
      if (this.#reports.length === 0 && this.#isHealthTold) await this.#news.sleep(this.#o.heartbeatMs);
      if (signal.aborted) return;
      this.#sending = this.#reports;
      this.#reports = [];
      try {
        await this.#sendHealth();
        await this.#send(this.#sending);
      } catch {
        if (signal.aborted) return;
        // Also a JobTracker that does not know this tracker gets them, once the poll has registered it anew.
        this.#reports = [...this.#sending, ...this.#reports];
        await this.#retry.sleep(RETRY_MS);
      } finally {
        this.#sending = [];
      }
    }
  }

  /** An attempt whose last report is not sent yet counts as running: its end comes as a report. */
  #inventory(): TrackerInventory {
    const { running, succeeded } = this.#o.inventory();
    const unsent = [...this.#sending, ...this.#reports].filter(({ kind }) => kind === 'failed' || kind === 'killed');
    return { running: [...running, ...unsent.map(({ attemptId }) => attemptId)], succeeded };
  }

  async #sendHealth(): Promise<void> {
    if (this.#isHealthTold) return;
    this.#isHealthTold = true;
    const problem = this.#problem;
    try {
      const path = `/trackers/${this.#o.registration.trackerId}/health`;
      await this.#client.post(path, problem === undefined ? {} : { problem }, this.#stopping.signal);
    } catch (e) {
      this.#isHealthTold = false;
      throw e;
    }
  }

  /** Sends reports. An attempt of which the JobTracker refuses a report fails: its author is told why. */
  async #send(reports: readonly TaskReport[]): Promise<void> {
    const { registration, log } = this.#o;
    try {
      await this.#client.post(`/trackers/${registration.trackerId}/reports`, reports, this.#stopping.signal);
    } catch (e) {
      // A tracker without the right secret is refused, whatever it reports.
      if (!isRefusal(e) || e.is('AccessControlException')) throw e;
      const [report] = reports;
      if (report === undefined) throw e;
      if (reports.length > 1) {
        for (const one of reports) await this.#send([one]);
        return;
      }
      const { attemptId, kind } = report;
      log.error({ err: e, attemptId, kind }, 'The JobTracker refuses a report');
      const error = { message: `The JobTracker refuses a report of the task: ${e.message}` };
      if (kind !== 'failed') await this.#send([{ kind: 'failed', attemptId, error }]);
    }
  }
}

/** Whether the JobTracker has answered, and will answer the same when it is asked again. */
function isRefusal(e: unknown): e is HadoopError {
  return e instanceof HadoopError && !e.is('RetriableException');
}
