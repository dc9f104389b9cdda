/** The program of a task process: runs the attempts that its TaskTracker sends over the IPC channel, one at a time. */
import fs from 'node:fs';
import { Worker } from 'node:worker_threads';
import { errorCode } from '../../runtime/errors.ts';
import { deferred } from '../../runtime/promises.ts';
import { toTaskError } from '../job/job-errors.ts';
import type { MapOutputLocation, MapShares, TaskReport } from '../job/messages.ts';
import type { RecordRange } from '../job/record-ranges.ts';
import type { MapOutputsListener } from '../shuffle/shuffle.ts';
import { passedTest } from '../skipping/test-attempt.ts';
import { Attempt } from './attempt.ts';
import { onFirstSpawn } from './first-spawn.ts';
import { LogFiles, type LogName } from './log-files.ts';
import { endMark } from './output-split.ts';
import { runTask, type TaskOrder } from './run-task.ts';
import type { Umbilical } from './task-run.ts';

/** Messages to the task process. */
export type ToChild =
  | { readonly kind: 'run'; readonly order: TaskOrder; readonly logDirectory: string }
  | {
      readonly kind: 'mapOutputs';
      readonly outputs: readonly MapOutputLocation[];
      readonly obsolete?: readonly string[];
    }
  | { readonly kind: 'commitAnswer'; readonly mayCommit: boolean };

/** Messages from the task process. */
export type FromChild =
  | { readonly kind: 'report'; readonly report: TaskReport }
  | { readonly kind: 'mayCommit'; readonly attemptId: string }
  /** The process has started another one, for the first time. */
  | { readonly kind: 'spawned' };

const PARENT_LOOK_MS = 1000;

class ChildUmbilical implements Umbilical {
  readonly #attemptId: string;
  readonly #outputs: MapOutputLocation[];
  #obsolete: string[] = [];
  #listener: MapOutputsListener | undefined;
  #commit = deferred<boolean>();
  #range: { readonly range?: RecordRange } = {};

  constructor({ launch }: TaskOrder) {
    this.#attemptId = launch.attemptId;
    this.#outputs = [...(launch.mapOutputs ?? [])];
  }

  progress(progress: number): void {
    send({ kind: 'report', report: this.#progress(progress) });
  }

  setStatus(status: string): void {
    send({ kind: 'report', report: { ...this.#progress(0), status } });
  }

  async working(range: RecordRange): Promise<void> {
    this.#range = { range };
    await new Promise<void>((resolve) => {
      const message: FromChild = { kind: 'report', report: this.#progress(0) };
      if (process.send) process.send(message, undefined, undefined, () => resolve());
      else resolve();
    });
  }

  /** Each report tells the range: one report may take the place of another on its way. */
  #progress(progress: number) {
    return { kind: 'progress', attemptId: this.#attemptId, progress, ...this.#range } as const;
  }

  mapShares(shares: MapShares): void {
    send({ kind: 'report', report: { kind: 'mapShares', attemptId: this.#attemptId, shares } });
  }

  fetchFailed(mapAttemptId: string): void {
    send({ kind: 'report', report: { kind: 'fetchFailed', attemptId: this.#attemptId, mapAttemptId } });
  }

  mayCommit(): Promise<boolean> {
    send({ kind: 'mayCommit', attemptId: this.#attemptId });
    return this.#commit.promise;
  }

  onMapOutputs(listener: MapOutputsListener): void {
    this.#listener = listener;
    listener(this.#outputs, this.#obsolete);
  }

  addMapOutputs(outputs: readonly MapOutputLocation[], obsolete: readonly string[]): void {
    this.#outputs.push(...outputs);
    // An output that was given up may come back with its tracker.
    this.#obsolete = [
      ...this.#obsolete.filter((id) => outputs.every((output) => output.attemptId !== id)),
      ...obsolete,
    ];
    this.#listener?.(outputs, obsolete);
  }

  answerCommit(mayCommit: boolean): void {
    this.#commit.resolve(mayCommit);
  }
}

/**
 * Ends this process with its process group when its tracker is gone. A task that loops never sees the disconnect; therefore a thread checks that
 * the tracker is still the parent. On Windows a process keeps the id of its parent, so that only the disconnect ends it.
 */
function endWithParent(): void {
  const watch = `
    const parent = ${process.ppid};
    const kill = (pid) => { try { process.kill(pid, 'SIGKILL'); } catch {} };
    const end = () => { kill(-process.pid); kill(process.pid); };
    setInterval(() => { if (process.ppid !== parent) end(); }, ${PARENT_LOOK_MS});`;
  const limits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 };
  new Worker(watch, { eval: true, execArgv: [], resourceLimits: limits }).unref();
}

/** Ends this process and those of its group. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // It leads no group: a test has started it.
  }
  process.exit(0);
}

let umbilical: ChildUmbilical | undefined;

function send(message: FromChild): void {
  process.send?.(message);
}

async function run(order: TaskOrder, logDirectory: string): Promise<void> {
  const { attemptId } = order.launch;
  umbilical = new ChildUmbilical(order);
  const logs = new LogFiles(logDirectory, order.logBytes);
  try {
    const counters = await runTask(order, umbilical, logs);
    endOutput(attemptId, logs);
    send({ kind: 'report', report: { kind: 'succeeded', attemptId, counters } });
  } catch (e) {
    endOutput(attemptId, logs);
    send({ kind: 'report', report: { kind: 'failed', attemptId, error: toTaskError(e), ...passedTest(e) } });
  }
}

/** Marks the end of the attempt in the pipes, where the output of its own child processes goes. */
function endOutput(attemptId: string, logs: LogFiles): void {
  logs.close();
  for (const descriptor of [process.stdout.fd, process.stderr.fd]) writeFully(descriptor, endMark(attemptId));
}

/** Writes into a pipe that may be full for the moment. */
function writeFully(descriptor: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += fs.writeSync(descriptor, bytes, at);
    } catch (e) {
      if (errorCode(e) !== 'EAGAIN') throw e;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}

/** Sends what an attempt prints into its log files at once, so that nothing of it is lost or goes to the next attempt. */
function logPrintedLines(name: LogName): void {
  const stream = process[name];
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    const [encoding] = rest;
    const attempt = Attempt.current;
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encodingOf(encoding)) : chunk;
    if (!attempt?.print(name, bytes)) return write(chunk as string, ...(rest as []));
    const callback = rest.find((argument) => typeof argument === 'function') as (() => void) | undefined;
    if (callback) process.nextTick(callback);
    return true;
  };
}

const encodingOf = (encoding: unknown): BufferEncoding =>
  typeof encoding === 'string' && Buffer.isEncoding(encoding) ? encoding : 'utf8';

process.on('message', (message: ToChild) => {
  if (message.kind === 'run') void run(message.order, message.logDirectory);
  else if (message.kind === 'mapOutputs') umbilical?.addMapOutputs(message.outputs, message.obsolete ?? []);
  else umbilical?.answerCommit(message.mayCommit);
});
// Nobody waits for the tasks of a tracker that is gone.
process.on('disconnect', endGroup);
endWithParent();
onFirstSpawn(() => send({ kind: 'spawned' }));
logPrintedLines('stdout');
logPrintedLines('stderr');
