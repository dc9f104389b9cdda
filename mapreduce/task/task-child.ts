/** The program of a task process: runs the attempts that its TaskTracker sends over the IPC channel, one at a time. */
import { Worker } from 'node:worker_threads';
import { deferred } from '../../runtime/promises.ts';
import { toTaskError } from '../job/job-errors.ts';
import type { MapOutputLocation, TaskReport } from '../job/messages.ts';
import { runTask, type TaskOrder } from './run-task.ts';
import type { Umbilical } from './task-run.ts';

/** Messages to the task process. */
export type ToChild =
  | { readonly kind: 'run'; readonly order: TaskOrder }
  | { readonly kind: 'mapOutputs'; readonly outputs: readonly MapOutputLocation[] }
  | { readonly kind: 'commitAnswer'; readonly mayCommit: boolean };

/** Messages from the task process. */
export type FromChild =
  | { readonly kind: 'report'; readonly report: TaskReport }
  | { readonly kind: 'mayCommit'; readonly attemptId: string };

const PARENT_LOOK_MS = 1000;

class ChildUmbilical implements Umbilical {
  readonly #attemptId: string;
  readonly #outputs: MapOutputLocation[];
  #listener: ((outputs: readonly MapOutputLocation[]) => void) | undefined;
  #commit = deferred<boolean>();

  constructor({ launch }: TaskOrder) {
    this.#attemptId = launch.attemptId;
    this.#outputs = [...(launch.mapOutputs ?? [])];
  }

  progress(progress: number): void {
    send({ kind: 'report', report: { kind: 'progress', attemptId: this.#attemptId, progress } });
  }

  setStatus(status: string): void {
    send({ kind: 'report', report: { kind: 'progress', attemptId: this.#attemptId, progress: 0, status } });
  }

  fetchFailed(mapAttemptId: string): void {
    send({ kind: 'report', report: { kind: 'fetchFailed', attemptId: this.#attemptId, mapAttemptId } });
  }

  mayCommit(): Promise<boolean> {
    send({ kind: 'mayCommit', attemptId: this.#attemptId });
    return this.#commit.promise;
  }

  onMapOutputs(listener: (outputs: readonly MapOutputLocation[]) => void): void {
    this.#listener = listener;
    listener(this.#outputs);
  }

  addMapOutputs(outputs: readonly MapOutputLocation[]): void {
    this.#outputs.push(...outputs);
    this.#listener?.(outputs);
  }

  answerCommit(mayCommit: boolean): void {
    this.#commit.resolve(mayCommit);
  }
}

/**
 * Ends this process when its tracker is gone. A task that loops never sees the disconnect; therefore a thread checks that
 * the tracker is still the parent. On Windows a process keeps the id of its parent, so that only the disconnect ends it.
 */
function endWithParent(): void {
  const watch = `
    const parent = ${process.ppid};
    setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, ${PARENT_LOOK_MS});`;
  const limits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };
  new Worker(watch, { eval: true, execArgv: [], resourceLimits: limits }).unref();
}

let umbilical: ChildUmbilical | undefined;

function send(message: FromChild): void {
  process.send?.(message);
}

async function run(order: TaskOrder): Promise<void> {
  const { attemptId } = order.launch;
  umbilical = new ChildUmbilical(order);
  try {
    const counters = await runTask(order, umbilical);
    send({ kind: 'report', report: { kind: 'succeeded', attemptId, counters } });
  } catch (e) {
    send({ kind: 'report', report: { kind: 'failed', attemptId, error: toTaskError(e) } });
  }
}

process.on('message', (message: ToChild) => {
  if (message.kind === 'run') void run(message.order);
  else if (message.kind === 'mapOutputs') umbilical?.addMapOutputs(message.outputs);
  else umbilical?.answerCommit(message.mayCommit);
});
// Nobody waits for the tasks of a tracker that is gone.
process.on('disconnect', () => process.exit(0));
endWithParent();
