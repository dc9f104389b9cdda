/** The JobTracker's lines to its TaskTrackers: queues of actions that trackers poll for, and the loss of trackers. */
import type { FastifyInstance } from 'fastify';
import { fits } from '../../../runtime/http/fits.ts';
import { ActionQueue } from '../../job/action-queue.ts';
import {
  ActionsRequest,
  HealthReport,
  NoFacts,
  RegisterRequest,
  TaskReports,
  type TrackerAction,
} from '../../job/messages.ts';
import type { JobMaster } from '../master/job-master.ts';

/** A poll that finds nothing to do is answered after this. */
const POLL_MS = 20_000;
/** A tracker must poll again within this. */
const RECONNECT_MS = 3000;
const SECOND_LOOK_MS = 500;

interface Id {
  Params: { id: string };
}

interface TrackerLink {
  /** The registration that made this link. Polls of an older one are refused: their numbers mean other actions. */
  readonly incarnation: string;
  readonly queue: ActionQueue;
  polls: number;
  /** Whether a poll waits for its answer. */
  isPolling: boolean;
  lossTimer?: NodeJS.Timeout;
}

export class TrackerLinks {
  readonly #links = new Map<string, TrackerLink>();
  /** By tracker: the latest incarnation that was lost. Its registration, if it comes again, is a late copy. */
  readonly #lost = new Map<string, string>();

  tell(trackerId: string, action: TrackerAction): void {
    this.#links.get(trackerId)?.queue.push(action);
  }

  /** Returns the trackers whose last poll has ended, and that have sent no other one yet. */
  disconnected(): string[] {
    return [...this.#links].filter(([, link]) => !link.isPolling).map(([trackerId]) => trackerId);
  }

  addRoutes(server: FastifyInstance, master: JobMaster): void {
    server.post<{ Body: RegisterRequest }>(
      '/trackers',
      { preValidation: fits('body', RegisterRequest) },
      async ({ body }, reply) => {
        const { incarnation, inventory, ...tracker } = body;
        const { trackerId } = tracker;
        if (this.#links.get(trackerId)?.incarnation === incarnation && master.isRegistered(trackerId)) {
          return master.keptBy(trackerId);
        }
        if (this.#lost.get(trackerId) === incarnation) return reply.code(404).send({ message: 'lost tracker' });
        this.#drop(trackerId);
        this.#links.set(trackerId, { incarnation, queue: new ActionQueue(), polls: 0, isPolling: true });
        master.step({ kind: 'register', tracker: master.placed(tracker), ...(inventory ? { inventory } : {}) });
        return master.keptBy(trackerId);
      },
    );
    server.delete<Id>('/trackers/:id', async ({ params }) => {
      this.#drop(params.id);
      master.step({ kind: 'trackerLost', trackerId: params.id, loss: 'LEFT' });
      return { ok: true };
    });
    server.post<Id & { Body: ActionsRequest }>(
      '/trackers/:id/actions',
      { preValidation: fits('body', ActionsRequest) },
      async ({ params, body }, reply) => {
        const link = this.#links.get(params.id);
        if (link?.incarnation !== body.incarnation || !master.isRegistered(params.id))
          return reply.code(404).send({ message: 'unknown tracker' });
        master.step({ kind: 'seen', trackerId: params.id });
        const poll = ++link.polls;
        link.isPolling = true;
        clearTimeout(link.lossTimer);
        reply.raw.once('close', () => this.#pollEnded(params.id, link, poll, master));
        return await link.queue.take(body.after, POLL_MS);
      },
    );
    server.post<Id & { Body: TaskReports }>(
      '/trackers/:id/reports',
      { preValidation: fits('body', TaskReports) },
      async ({ params, body }, reply) => {
        if (!master.isRegistered(params.id)) return reply.code(404).send({ message: 'unknown tracker' });
        master.step({ kind: 'seen', trackerId: params.id });
        for (const report of body) master.step({ kind: 'report', trackerId: params.id, report });
        return { ok: true };
      },
    );
    server.post<Id & { Body: HealthReport }>(
      '/trackers/:id/health',
      { preValidation: fits('body', HealthReport) },
      async ({ params, body }, reply) => {
        if (!master.isRegistered(params.id)) return reply.code(404).send({ message: 'unknown tracker' });
        master.step({ kind: 'trackerHealth', trackerId: params.id, ...body });
        return { ok: true };
      },
    );
    server.post<Id>('/attempts/:id/commit', { preValidation: fits('body', NoFacts) }, async ({ params }) => ({
      answer: await master.mayCommit(params.id),
    }));
  }

  /** Ends the polls that wait, and all timers. */
  stop(): void {
    for (const trackerId of [...this.#links.keys()]) this.#drop(trackerId);
  }

  /**
   * A tracker polls anew as soon as a poll ends. A tracker that has died does not, and its connections close at once;
   * the expiry time of the scheduler is for trackers that hang.
   */
  #pollEnded(trackerId: string, link: TrackerLink, poll: number, master: JobMaster): void {
    if (link.polls !== poll || this.#links.get(trackerId) !== link) return;
    link.isPolling = false;
    const lose = (): void => {
      this.#drop(trackerId);
      master.happened({ kind: 'trackerLost', trackerId, loss: 'DIED' });
    };
    // A second, short time: if this process was held up itself, the tracker's poll is there and not read yet.
    const lookAgain = (): void => {
      link.lossTimer = setTimeout(lose, SECOND_LOOK_MS).unref();
    };
    link.lossTimer = setTimeout(lookAgain, RECONNECT_MS).unref();
  }

  #drop(trackerId: string): void {
    const link = this.#links.get(trackerId);
    clearTimeout(link?.lossTimer);
    this.#links.delete(trackerId);
    if (link) this.#lost.set(trackerId, link.incarnation);
    link?.queue.wake();
  }
}
