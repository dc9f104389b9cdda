import fastify, { type FastifyInstance } from 'fastify';
import { type Configuration, parseAddress } from '../../conf/configuration.ts';
import { listenOn, sendErrors } from '../../runtime/http/http-server.ts';
import { createLogger, type Logger } from '../../runtime/log.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import { ActionQueue } from '../job/action-queue.ts';
import type { TaskReport, TrackerRegistration } from '../job/messages.ts';
import { JobHistory } from './history.ts';
import { JobMaster } from './job-master.ts';
import { jobRoutes } from './job-tracker-web.ts';

/** A poll that finds nothing to do is answered after this. */
const POLL_MS = 20_000;
/** A tracker must poll again within this. */
const RECONNECT_MS = 3000;
const SECOND_LOOK_MS = 500;
const BODY_BYTES_MAX = 256 * 1024 * 1024;

export interface JobTrackerOptions {
  readonly conf: Configuration;
  readonly log?: Logger;
  readonly clock?: Clock;
}

interface TrackerLink {
  readonly queue: ActionQueue;
  polls: number;
  lossTimer?: NodeJS.Timeout;
}

/** The daemon that takes jobs and has TaskTrackers run them. All talk is JSON over HTTP; trackers poll for actions. */
export class JobTracker {
  readonly #master: JobMaster;
  readonly #server: FastifyInstance;
  readonly #links = new Map<string, TrackerLink>();
  readonly #history: JobHistory;
  #address: { host: string; port: number } = { host: '', port: 0 };

  private constructor(conf: Configuration, log: Logger, clock: Clock) {
    this.#history = new JobHistory(conf, log);
    this.#master = new JobMaster({
      conf,
      clock,
      log,
      identifier: clock.now(),
      tell: (trackerId, action) => this.#links.get(trackerId)?.queue.push(action),
      onEnd: (status) => this.#history.save(status, this.#master.attempts(status.jobId)),
    });
    this.#server = fastify({ bodyLimit: BODY_BYTES_MAX, forceCloseConnections: true });
    sendErrors(this.#server);
    this.#trackerRoutes(this.#server);
    jobRoutes(this.#server, this.#master, this.#history);
  }

  static async start({
    conf,
    log = createLogger('jobtracker'),
    clock = systemClock,
  }: JobTrackerOptions): Promise<JobTracker> {
    const tracker = new JobTracker(conf, log, clock);
    const property = 'mapreduce.jobtracker.http.address';
    const { host, port } = parseAddress(conf.get(property), property);
    try {
      tracker.#address = await listenOn(tracker.#server, host, port, property);
    } catch (e) {
      await tracker.stop();
      throw e;
    }
    log.info({ address: tracker.#address }, 'JobTracker is up');
    return tracker;
  }

  get httpAddress(): { host: string; port: number } {
    return this.#address;
  }

  get url(): string {
    return `http://${this.#address.host}:${this.#address.port}`;
  }

  /** The trackers that are there. */
  get trackers(): readonly TrackerRegistration[] {
    return this.#master.scheduler.trackers;
  }

  async stop(): Promise<void> {
    for (const link of this.#links.values()) {
      clearTimeout(link.lossTimer);
      link.queue.wake();
    }
    await this.#master.stop();
    await this.#server.close();
    await this.#history.flush();
  }

  #trackerRoutes(server: FastifyInstance): void {
    server.post<{ Body: TrackerRegistration }>('/trackers', async ({ body }) => {
      const { trackerId } = body;
      clearTimeout(this.#links.get(trackerId)?.lossTimer);
      this.#links.get(trackerId)?.queue.wake();
      this.#links.set(trackerId, { queue: new ActionQueue(), polls: 0 });
      this.#master.step({ kind: 'register', tracker: body });
      return { ok: true };
    });
    server.delete<{ Params: { id: string } }>('/trackers/:id', async ({ params }) => {
      this.#lose(params.id);
      return { ok: true };
    });
    server.get<{ Params: { id: string }; Querystring: { after?: string } }>(
      '/trackers/:id/actions',
      async ({ params, query }, reply) => {
        const link = this.#links.get(params.id);
        if (!link || !this.#master.scheduler.isRegistered(params.id))
          return reply.code(404).send({ message: 'unknown tracker' });
        this.#master.step({ kind: 'seen', trackerId: params.id });
        const poll = ++link.polls;
        clearTimeout(link.lossTimer);
        reply.raw.once('close', () => this.#pollEnded(params.id, link, poll));
        return await link.queue.take(Number(query.after ?? 0), POLL_MS);
      },
    );
    server.post<{ Params: { id: string }; Body: readonly TaskReport[] }>(
      '/trackers/:id/reports',
      async ({ params, body }, reply) => {
        if (!this.#master.scheduler.isRegistered(params.id))
          return reply.code(404).send({ message: 'unknown tracker' });
        this.#master.step({ kind: 'seen', trackerId: params.id });
        for (const report of body) this.#master.step({ kind: 'report', trackerId: params.id, report });
        return { ok: true };
      },
    );
    server.post<{ Params: { id: string } }>('/attempts/:id/commit', async ({ params }) => ({
      mayCommit: this.#master.scheduler.mayCommit(params.id),
    }));
  }

  /**
   * A tracker polls anew as soon as a poll ends. One that has died does not, and its connections close at once; the
   * expiry time is for those that hang.
   */
  #pollEnded(trackerId: string, link: TrackerLink, poll: number): void {
    if (link.polls !== poll || this.#links.get(trackerId) !== link) return;
    // A second, short time: if this process was held up itself, the tracker's poll is there and not read yet.
    const soon = (): void => {
      link.lossTimer = setTimeout(() => this.#lose(trackerId), SECOND_LOOK_MS).unref();
    };
    link.lossTimer = setTimeout(soon, RECONNECT_MS).unref();
  }

  #lose(trackerId: string): void {
    const link = this.#links.get(trackerId);
    clearTimeout(link?.lossTimer);
    this.#links.delete(trackerId);
    link?.queue.wake();
    this.#master.step({ kind: 'trackerLost', trackerId });
  }
}
