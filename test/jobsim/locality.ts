// Checks that maps wait for a slot near their input, and not for ever. It has a model of places of its own.
import type { InputSplit } from '../../mapreduce/job/input-split.ts';
import { parseAttemptId, taskId } from '../../mapreduce/job/job-id.ts';
import type { AttemptStatus, TaskLaunch } from '../../mapreduce/job/messages.ts';
import type { JobCluster } from './cluster.ts';
import type { JobFaults } from './faults.ts';
import type { SimJobs } from './jobs.ts';

const SLOTS = 2;
/** A map that could run must be launched within its delays and this time: the looks and ticks are half as long. */
const SLACK_MS = 3000;
/** Failures of a job on one tracker from which on the job may avoid the tracker. */
const FAILURES_MAX = 3;
/** Attempts of a task that were killed, from which on the task may be suspected of ending its trackers. */
const KILLS_MAX = 2;

export function watchLocality(cluster: JobCluster, jobs: SimJobs, faults: JobFaults): void {
  const checker = new LocalityChecker(cluster, jobs, faults);
  cluster.onLaunch = (trackerId, launch) => checker.launched(trackerId, launch);
  cluster.onLook = () => checker.look();
}

const nameOf = (trackerId: string): string => /^tracker_(\w+):/.exec(trackerId)?.[1] ?? '';

class LocalityChecker {
  readonly #cluster: JobCluster;
  readonly #jobs: SimJobs;
  /** The tracker whose disk may be full: the scheduler may avoid it at any time. */
  readonly #doubtful: string | undefined;
  /** By id of a map: its split, and the time of its last launch. */
  readonly #maps = new Map<string, { split: InputSplit | undefined; launchedMs: number }>();
  /** By id of a map that could run: the time since when that has been so. */
  readonly #waiting = new Map<string, number>();

  constructor(cluster: JobCluster, jobs: SimJobs, faults: JobFaults) {
    this.#cluster = cluster;
    this.#jobs = jobs;
    this.#doubtful = faults.hasFullDisk ? 't1' : undefined;
  }

  launched(trackerId: string, { attemptId, kind, split, job }: TaskLaunch): void {
    if (kind !== 'MAP') return;
    const { world, startedMs, delays } = this.#cluster;
    const parsed = parseAttemptId(attemptId);
    const id = taskId(job.jobId, 'MAP', parsed?.index ?? 0);
    const submittedMs = this.#jobs.all.find((one) => one.jobId === job.jobId)?.submittedMs ?? 0;
    const sinceMs = Math.max(startedMs, submittedMs, this.#maps.get(id)?.launchedMs ?? 0);
    this.#maps.set(id, { split, launchedMs: world.nowMs });
    const distance = this.#distance(split, nameOf(trackerId));
    world.coverage.hit(`map at distance ${distance}`);
    const others = this.#usable(job.jobId, parsed?.index ?? 0, attemptId).map((name) => this.#distance(split, name));
    const forNode = distance > 0 && others.includes(0) ? delays.nodeMs : 0;
    const isNear = others.some((other) => other < 2);
    const wantMs = distance === 2 && isNear ? forNode + delays.rackMs : forNode;
    if (world.nowMs - sinceMs < wantMs - 1) {
      world.fail(
        'maps-wait-for-their-place',
        `${attemptId} ran at distance ${distance} after ${Math.round(world.nowMs - sinceMs)} ms, and not ${wantMs}`,
      );
    }
  }

  /** Finds maps that are not launched although they may have waited long enough. */
  look(): void {
    const { world, delays } = this.#cluster;
    const longestMs = delays.nodeMs + delays.rackMs + SLACK_MS;
    const could = new Set<string>();
    for (const job of this.#jobs.all) {
      const status = this.#jobs.status(job);
      if (status?.state !== 'RUNNING') continue;
      const attempts = this.#cluster.attempts(job.jobId);
      for (let index = 0; index < job.maps; index++) {
        const id = taskId(job.jobId, 'MAP', index);
        const own = ofTask(attempts, index);
        if (own.some(({ state }) => state === 'RUNNING' || state === 'SUCCEEDED')) continue;
        if (this.#usable(job.jobId, index, '').some((name) => this.#isFree(name))) could.add(id);
      }
    }
    for (const id of [...this.#waiting.keys()]) if (!could.has(id)) this.#waiting.delete(id);
    for (const id of could) {
      const sinceMs = this.#waiting.get(id) ?? world.nowMs;
      this.#waiting.set(id, sinceMs);
      if (world.nowMs - sinceMs <= longestMs) continue;
      world.fail('maps-wait-for-their-place', `${id} has waited for ${Math.round(world.nowMs - sinceMs)} ms`);
    }
  }

  /** Returns 0 beside a replica, 1 on the rack of one, 2 elsewhere. */
  #distance(split: InputSplit | undefined, name: string): 0 | 1 | 2 {
    const hosts = split?.kind === 'custom' ? (split.hosts ?? []) : [];
    if (hosts.includes(name)) return 0;
    return hosts.some((host) => this.#cluster.rackOf(host) === this.#cluster.rackOf(name)) ? 1 : 2;
  }

  /** Returns the trackers on which the scheduler has no reason at all not to run the map. */
  #usable(jobId: string, index: number, exceptAttempt: string): string[] {
    const attempts = this.#cluster.attempts(jobId);
    const own = ofTask(attempts, index).filter(({ attemptId }) => attemptId !== exceptAttempt);
    if (own.filter(({ state }) => state === 'KILLED').length >= KILLS_MAX) return [];
    const avoided = new Set(
      own.filter(({ state }) => state === 'FAILED' || state === 'RUNNING').map((a) => a.trackerId),
    );
    const failures = this.#jobs.all.flatMap((job) =>
      this.#cluster.attempts(job.jobId).filter(({ state }) => state === 'FAILED'),
    );
    return this.#cluster.master.trackers
      .filter(({ trackerId }) => !avoided.has(trackerId))
      .filter(({ trackerId }) => failures.filter((a) => a.trackerId === trackerId).length < FAILURES_MAX)
      .map(({ trackerId }) => nameOf(trackerId))
      .filter((name) => name !== this.#doubtful);
  }

  #isFree(name: string): boolean {
    const running = this.#jobs.all.flatMap((job) =>
      this.#cluster.attempts(job.jobId).filter((a) => a.state === 'RUNNING' && nameOf(a.trackerId) === name),
    );
    // A suspect task runs alone: its tracker takes no other one.
    return running.length === 0 || (running.filter(({ kind }) => kind === 'MAP').length < SLOTS && this.#noSuspect());
  }

  #noSuspect(): boolean {
    return this.#jobs.all.every((job) => {
      const attempts = this.#cluster.attempts(job.jobId);
      const killed = new Map<string, number>();
      for (const { attemptId, state } of attempts) {
        const task = attemptId.slice(0, attemptId.lastIndexOf('_'));
        if (state === 'KILLED') killed.set(task, (killed.get(task) ?? 0) + 1);
      }
      return [...killed.values()].every((count) => count < KILLS_MAX);
    });
  }
}

const ofTask = (attempts: readonly AttemptStatus[], index: number): AttemptStatus[] =>
  attempts.filter((a) => a.kind === 'MAP' && parseAttemptId(a.attemptId)?.index === index);
