/** The services that run jobs: their interface, and the one that talks to a JobTracker. */
import { request } from 'undici';
import type { Configuration } from '../../conf/configuration.ts';
import { errorCode, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { clientSecret, readerSecret, secretFile } from '../../runtime/http/cluster-secret.ts';
import { HttpStatusError, JsonClient } from '../../runtime/http/json-client.ts';
import type { BlacklistedTracker, QueueStatus } from './cluster-status.ts';
import type {
  AttemptStatus,
  JobPriority,
  JobStatus,
  JobSubmission,
  NewJob,
  TaskLaunch,
  TrackerRegistration,
} from './messages.ts';

/** Jobs in one answer of the JobTracker. */
const JOBS_AT_ONCE = 1000;
const HTTP_OK = 200;

/** Runs jobs: on a JobTracker, or in this process. */
export interface JobService extends AsyncDisposable {
  /** Returns the URL of the job's page. */
  trackingUrl(jobId: string): string;
  newJob(user: string): Promise<NewJob>;
  submit(submission: JobSubmission): Promise<void>;
  /** Returns undefined for an unknown job. */
  status(jobId: string): Promise<JobStatus | undefined>;
  /** Returns the status once its version is another one than `version`, or after half a minute. */
  waitForChange(jobId: string, version: number): Promise<JobStatus | undefined>;
  attempts(jobId: string): Promise<readonly AttemptStatus[]>;
  /** Returns all jobs, the oldest first, or those alone that have not ended. */
  list(which?: 'all' | 'running'): Promise<readonly JobStatus[]>;
  trackers(): Promise<readonly TrackerRegistration[]>;
  kill(jobId: string, user: string): Promise<void>;
  setPriority(jobId: string, priority: JobPriority, user: string): Promise<void>;
  /** Ends a running attempt. Returns false if it does not run. */
  endTask(attemptId: string, how: 'KILL' | 'FAIL', user: string): Promise<boolean>;
  /** Returns the job's properties without its secrets; undefined if they are not known. */
  conf(jobId: string): Promise<Readonly<Record<string, string>> | undefined>;
  /**
   * Returns the order that an attempt had, without the secrets of its job; undefined if it is not known, or if the job has
   * ended and its files are deleted.
   */
  launchOf(attemptId: string): Promise<TaskLaunch | undefined>;
  /** Returns the CPU profile of an attempt that has ended; undefined if there is none. */
  profile(attempt: AttemptStatus): Promise<Uint8Array | undefined>;
  blacklisted(): Promise<readonly BlacklistedTracker[]>;
  queues(): Promise<readonly QueueStatus[]>;
}

/** Runs jobs on the JobTracker of mapreduce.jobtracker.http.address. */
export class RemoteJobService implements JobService {
  readonly #conf: Configuration;
  readonly #url: string;
  readonly #client: JsonClient;

  constructor(conf: Configuration) {
    this.#conf = conf;
    this.#url = `http://${conf.get('mapreduce.jobtracker.http.address')}`;
    this.#client = new JsonClient(this.#url, (method) => (method === 'GET' ? readerSecret(conf) : clientSecret(conf)));
  }

  trackingUrl(jobId: string): string {
    return `${this.#url}/job/${jobId}`;
  }

  async newJob(user: string): Promise<NewJob> {
    return await this.#reach(this.#client.post<NewJob>('/jobs/new-id', { user }));
  }

  async submit(submission: JobSubmission): Promise<void> {
    await this.#reach(this.#client.post('/jobs', submission));
  }

  async status(jobId: string): Promise<JobStatus | undefined> {
    return await this.#reach(orUndefined(this.#client.get<JobStatus>(`/jobs/${jobId}`)));
  }

  async waitForChange(jobId: string, version: number): Promise<JobStatus | undefined> {
    const path = `/jobs/${jobId}?version=${version}`;
    return await this.#reach(orUndefined(this.#client.get<JobStatus>(path, undefined, 60_000)));
  }

  async attempts(jobId: string): Promise<readonly AttemptStatus[]> {
    return (await this.#reach(orUndefined(this.#client.get<AttemptStatus[]>(`/jobs/${jobId}/attempts`)))) ?? [];
  }

  async list(which: 'all' | 'running' = 'all'): Promise<readonly JobStatus[]> {
    if (which === 'running') return await this.#reach(this.#client.get<JobStatus[]>('/jobs?running=true'));
    const jobs: JobStatus[] = [];
    for (let page = await this.#page(''); ; page = await this.#page(`&before=${page[0]?.jobId}`)) {
      jobs.unshift(...page);
      if (page.length < JOBS_AT_ONCE) return jobs;
    }
  }

  async #page(query: string): Promise<JobStatus[]> {
    return await this.#reach(this.#client.get<JobStatus[]>(`/jobs?limit=${JOBS_AT_ONCE}${query}`));
  }

  async trackers(): Promise<readonly TrackerRegistration[]> {
    return await this.#reach(this.#client.get<TrackerRegistration[]>('/trackers'));
  }

  async kill(jobId: string, user: string): Promise<void> {
    await this.#reach(this.#client.post(`/jobs/${jobId}/kill`, { user }));
  }

  async setPriority(jobId: string, priority: JobPriority, user: string): Promise<void> {
    await this.#reach(this.#client.post(`/jobs/${jobId}/priority`, { priority, user }));
  }

  async endTask(attemptId: string, how: 'KILL' | 'FAIL', user: string): Promise<boolean> {
    const path = `/attempts/${encodeURIComponent(attemptId)}/end`;
    return (await this.#reach(this.#client.post<{ ended: boolean }>(path, { how, user }))).ended;
  }

  async conf(jobId: string): Promise<Readonly<Record<string, string>> | undefined> {
    return await this.#reach(orUndefined(this.#client.get<Record<string, string>>(`/jobs/${jobId}/conf`)));
  }

  async launchOf(attemptId: string): Promise<TaskLaunch | undefined> {
    const path = `/attempts/${encodeURIComponent(attemptId)}/launch`;
    return await this.#reach(orUndefined(this.#client.get<TaskLaunch>(path)));
  }

  async profile({ httpUrl, attemptId }: AttemptStatus): Promise<Uint8Array | undefined> {
    if (httpUrl === '') return undefined;
    const { statusCode, body } = await request(`${httpUrl}/profile?attemptid=${attemptId}`);
    const bytes = await body.bytes();
    return statusCode === HTTP_OK ? bytes : undefined;
  }

  async blacklisted(): Promise<readonly BlacklistedTracker[]> {
    return await this.#reach(this.#client.get<BlacklistedTracker[]>('/blacklisted-trackers'));
  }

  async queues(): Promise<readonly QueueStatus[]> {
    return await this.#reach(this.#client.get<QueueStatus[]>('/queues'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }

  async #reach<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (e) {
      if (isHadoopError(e, 'AccessControlException') && !clientSecret(this.#conf)) {
        throw hadoopError('AccessControlException', `${e.message}. There is no file ${secretFile(this.#conf)}`, e);
      }
      if (errorCode(e) !== 'ECONNREFUSED') throw e;
      throw hadoopError(
        'ConnectException',
        `No JobTracker at ${this.#url}: connection refused. Start a cluster with 'calf start', ` +
          'or run the job without one: -D mapreduce.framework.name=local',
        e,
      );
    }
  }
}

async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (e) {
    if (e instanceof HttpStatusError && e.status === 404) return undefined;
    throw e;
  }
}
