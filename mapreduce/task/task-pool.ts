/** Keeps the task processes of a TaskTracker. */
import { TaskProcess } from './task-process.ts';

const SPARE_LIFE_MS = 10_000;

/**
 * A process runs tasks of one job only, and is kept for the job's next task. When a job is announced, a spare process is
 * started ahead; it ends by itself if no task comes.
 */
export class TaskPool {
  readonly #busy = new Map<string, Set<TaskProcess>>();
  readonly #idle = new Map<string, TaskProcess[]>();
  /** MiB of the heap of a process that is started before its job is known. */
  readonly #usualHeapMib: number;
  #spare: TaskProcess | undefined;
  #spareTimer: NodeJS.Timeout | undefined;

  constructor(usualHeapMib: number) {
    this.#usualHeapMib = usualHeapMib;
  }

  prepare(): void {
    if (this.#spare) return;
    this.#spare = new TaskProcess(this.#usualHeapMib);
    this.#spareTimer = setTimeout(() => void this.#takeSpare()?.kill(), SPARE_LIFE_MS);
    this.#spareTimer.unref();
  }

  /** Returns a process with such a heap for a task of the job. The caller gives it back with release(). */
  take(jobId: string, heapMib: number): TaskProcess {
    const spare = heapMib === this.#usualHeapMib ? () => this.#takeSpare() : () => undefined;
    const process = this.#takeIdle(jobId, heapMib) ?? spare() ?? new TaskProcess(heapMib);
    const busy = this.#busy.get(jobId);
    if (busy) busy.add(process);
    else this.#busy.set(jobId, new Set([process]));
    return process;
  }

  /** Keeps a process for the job's next task. One that is not `reusable` is killed: its task may have left anything behind. */
  release(jobId: string, process: TaskProcess, reusable: boolean): void {
    // A job that has ended has no entry.
    if (!this.#busy.get(jobId)?.delete(process) || !reusable || process.isGone) {
      void process.kill();
      return;
    }
    const idle = this.#idle.get(jobId);
    if (idle) idle.push(process);
    else this.#idle.set(jobId, [process]);
  }

  processesOf(jobId: string): TaskProcess[] {
    return [...(this.#busy.get(jobId) ?? [])];
  }

  async endJob(jobId: string): Promise<void> {
    const processes = [...(this.#busy.get(jobId) ?? []), ...(this.#idle.get(jobId) ?? [])];
    this.#busy.delete(jobId);
    this.#idle.delete(jobId);
    await Promise.all(processes.map((process) => process.kill()));
  }

  async stop(): Promise<void> {
    const jobs = new Set([...this.#busy.keys(), ...this.#idle.keys()]);
    await Promise.all([this.#takeSpare()?.kill(), ...[...jobs].map((jobId) => this.endJob(jobId))]);
  }

  #takeIdle(jobId: string, heapMib: number): TaskProcess | undefined {
    const alive = (this.#idle.get(jobId) ?? []).filter(({ isGone }) => !isGone);
    const at = alive.findLastIndex((process) => process.heapMib === heapMib);
    const [found] = at < 0 ? [] : alive.splice(at, 1);
    if (this.#idle.has(jobId)) this.#idle.set(jobId, alive);
    return found;
  }

  #takeSpare(): TaskProcess | undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    clearTimeout(this.#spareTimer);
    return spare?.isGone ? undefined : spare;
  }
}
