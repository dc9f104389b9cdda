// A model of the JobTracker's disk: a crash loses facts that nobody has waited for, and keeps ended jobs.
import type { AttemptStatus, JobStatus } from '../../mapreduce/job/messages.ts';
import type { FactStore } from '../../mapreduce/jobtracker/history/fact-files.ts';
import type { JobFact } from '../../mapreduce/jobtracker/scheduler/facts.ts';
import type { JobProcess, JobWorld } from './world.ts';

const SYNC_MS_MAX = 6;

interface Lines {
  readonly texts: string[];
  /** Number of the first lines that a crash keeps. */
  synced: number;
}

export class SimJobDisk {
  readonly #world: JobWorld;
  readonly #jobs = new Map<string, Lines>();
  readonly ended = new Map<string, { readonly status: JobStatus; readonly attempts: readonly AttemptStatus[] }>();

  constructor(world: JobWorld) {
    this.#world = world;
  }

  /** Returns the store of facts as the process sees it. */
  storeOf(process: JobProcess): FactStore {
    const pause = (): Promise<void> =>
      new Promise((resolve) => void process.after(this.#world.random.next() * SYNC_MS_MAX, () => resolve()));
    const linesOf = (jobId: string): Lines => {
      const lines = this.#jobs.get(jobId) ?? { texts: [], synced: 0 };
      this.#jobs.set(jobId, lines);
      return lines;
    };
    return {
      append: (jobId, fact) => void linesOf(jobId).texts.push(JSON.stringify(fact)),
      durable: async (jobId) => {
        const lines = this.#jobs.get(jobId);
        const count = lines?.texts.length ?? 0;
        await pause();
        if (lines) lines.synced = Math.max(lines.synced, count);
      },
      drop: async (jobId) => {
        await pause();
        this.#jobs.delete(jobId);
      },
    };
  }

  async keep(process: JobProcess, status: JobStatus, attempts: readonly AttemptStatus[]): Promise<void> {
    await new Promise<void>((resolve) => void process.after(this.#world.random.next() * 20, () => resolve()));
    this.ended.set(status.jobId, { status, attempts });
  }

  /** Loses some of the last facts that were not synced. */
  crash(): void {
    for (const [jobId, { texts, synced }] of this.#jobs) {
      const kept = this.#world.random.between(synced, texts.length);
      if (kept < texts.length) this.#world.note('disk', `${jobId} loses ${texts.length - kept} facts`);
      texts.length = kept;
      if (kept === 0) this.#jobs.delete(jobId);
    }
  }

  /** Returns the facts of the jobs with which a new JobTracker goes on, as job-tracker.ts picks them. */
  left(): { readonly facts: readonly JobFact[] }[] {
    const jobs = [];
    for (const [jobId, { texts }] of this.#jobs) {
      const facts = texts.map((text) => JSON.parse(text) as JobFact);
      if (facts.some(({ kind }) => kind === 'cleared') && this.ended.has(jobId)) this.#jobs.delete(jobId);
      else jobs.push({ facts });
    }
    return jobs;
  }
}
