/** Follows a job over a restart of its JobTracker: waits for a time while the JobTracker is away, and says so. */
import { errorCode, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { HttpStatusError } from '../../runtime/http/json-client.ts';
import { sleep } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { JobService } from '../job/job-service.ts';
import type { JobStatus, JobSubmission } from '../job/messages.ts';

const RETRY_MS = 300;
/** Time after which the client says that it waits. */
const TELL_MS = 1000;
/** A server that ends, or is not there yet. */
const AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT']);
const CONFLICT = 409;

export interface PatienceOptions {
  /** yarn.resourcemanager.connect.max-wait.ms. */
  readonly waitMsMax: number;
  readonly clock: Clock;
  tell(message: string): void;
}

/** Calls that come before the submission do not wait: a JobTracker that was never there is no cause for patience. */
export class PatientService {
  readonly #service: JobService;
  readonly #o: PatienceOptions;
  /** Whether the user knows that the JobTracker is away: several calls may wait for it. */
  #isTold = false;

  constructor(service: JobService, options: PatienceOptions) {
    this.#service = service;
    this.#o = options;
  }

  /** Returns the service with the patience. */
  static of(service: JobService, options: PatienceOptions): JobService {
    const patient = new PatientService(service, options);
    return {
      trackingUrl: (jobId) => service.trackingUrl(jobId),
      newJob: (user) => service.newJob(user),
      submit: (submission) => patient.#submit(submission),
      status: (jobId) => patient.#try(jobId, () => service.status(jobId)),
      waitForChange: (jobId, version) => patient.#waitForChange(jobId, version),
      attempts: (jobId) => patient.#try(jobId, () => service.attempts(jobId)),
      list: (which) => service.list(which),
      trackers: () => patient.#try('The job', () => service.trackers()),
      kill: (jobId, user) => patient.#try(jobId, () => service.kill(jobId, user)),
      setPriority: (jobId, priority, user) => service.setPriority(jobId, priority, user),
      endTask: (attemptId, how, user) => service.endTask(attemptId, how, user),
      conf: (jobId) => service.conf(jobId),
      launchOf: (attemptId) => service.launchOf(attemptId),
      profile: (attempt) => service.profile(attempt),
      blacklisted: () => service.blacklisted(),
      queues: () => service.queues(),
      [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
    };
  }

  async #waitForChange(jobId: string, version: number): Promise<JobStatus | undefined> {
    return await this.#try(jobId, () => this.#service.waitForChange(jobId, version));
  }

  /** A submission that is sent again may have arrived the first time. */
  async #submit(submission: JobSubmission): Promise<void> {
    let isFirst = true;
    await this.#try(submission.jobId, async () => {
      try {
        await this.#service.submit(submission);
      } catch (e) {
        if (isFirst || !(e instanceof HttpStatusError) || e.status !== CONFLICT) throw e;
      } finally {
        isFirst = false;
      }
    });
  }

  /** Calls until the JobTracker answers. @throws ConnectException when the time is over */
  async #try<T>(jobId: string, call: () => Promise<T>): Promise<T> {
    const { clock, waitMsMax, tell } = this.#o;
    let sinceMs: number | undefined;
    for (;;) {
      try {
        const answer = await call();
        if (this.#isTold) tell(`The JobTracker answers again: ${jobId} goes on`);
        this.#isTold = false;
        return answer;
      } catch (e) {
        if (!isAway(e)) throw e;
        sinceMs ??= clock.monotonicMs();
        const awayMs = clock.monotonicMs() - sinceMs;
        if (awayMs >= waitMsMax) {
          const seconds = Math.round(awayMs / 1000);
          const message = `The JobTracker has not answered for ${seconds} s (yarn.resourcemanager.connect.max-wait.ms)`;
          throw hadoopError('ConnectException', message, e);
        }
        if (!this.#isTold && awayMs >= Math.min(TELL_MS, waitMsMax / 2)) {
          this.#isTold = true;
          tell(`${jobId} waits for its JobTracker, which does not answer: for ${waitMsMax / 1000} s at most`);
        }
      }
      await sleep(RETRY_MS);
    }
  }
}

const isAway = (e: unknown): boolean =>
  AWAY.has(errorCode(e) ?? '') || isHadoopError(e, 'ConnectException') || isHadoopError(e, 'RetriableException');
