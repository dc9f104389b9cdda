import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import type { MapOutputLocation, TaskReport } from '../job/messages.ts';
import { childEntry } from './child-entry.ts';
import type { TaskOrder } from './run-task.ts';
import type { FromChild, ToChild } from './task-child.ts';

const STDERR_TAIL_CHARS = 2000;
/** The young generation, MiB: jobs make many short-lived strings, and a larger one halves the time spent collecting. */
const SEMI_SPACE_MIB = 32;

export interface TaskProcessEvents {
  /** The attempt's reports; the last one is succeeded or failed. */
  report(report: TaskReport): void;
  mayCommit(attemptId: string): Promise<boolean>;
}

/**
 * One child process that runs attempts of one job, one at a time. What it prints goes into the attempt's log files.
 * A process that ends by itself has failed its attempt.
 */
export class TaskProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #current: { readonly attemptId: string; readonly events: TaskProcessEvents } | undefined;
  /** Of the latest attempt, also when it is over: what it printed may arrive after its last report. */
  #logs: LogFiles | undefined;
  #stderrTail = '';
  #gone = false;

  constructor() {
    this.#child = fork(childEntry(), [], {
      execArgv: [`--max-semi-space-size=${SEMI_SPACE_MIB}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#child.on('message', (message: FromChild) => this.#receive(message));
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#logs?.write('stdout', chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#receiveStderr(chunk));
    this.#exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#gone = true;
        this.#logs?.close();
        this.#finish((attemptId) => ({
          kind: 'failed',
          attemptId,
          error: { message: `The task's process ${how}${this.#stderrTail ? `:\n${this.#stderrTail.trim()}` : ''}` },
        }));
        resolve();
      };
      // Not once: an error that nobody listens for would end the tracker.
      this.#child.on('error', (e) => end(`could not be started: ${e.message}`));
      // After 'close' nothing more comes from its stderr.
      this.#child.once('close', (status, signal) =>
        end(signal ? `was ended by ${signal}` : `exited with status ${status}`),
      );
    });
  }

  get attemptId(): string | undefined {
    return this.#current?.attemptId;
  }

  /** It can't run anything any more. */
  get isGone(): boolean {
    return this.#gone;
  }

  run(order: TaskOrder, logDirectory: string, events: TaskProcessEvents): void {
    this.#logs?.close();
    this.#logs = new LogFiles(logDirectory);
    this.#current = { attemptId: order.launch.attemptId, events };
    this.#stderrTail = '';
    this.#send({ kind: 'run', order });
  }

  addMapOutputs(outputs: readonly MapOutputLocation[]): void {
    this.#send({ kind: 'mapOutputs', outputs });
  }

  /** Resolves when the process is gone; its attempt is reported as killed. */
  async kill(): Promise<void> {
    this.#gone = true;
    this.#finish((attemptId) => ({ kind: 'killed', attemptId }));
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #send(message: ToChild): void {
    // One that can't be told any more is about to end, and its end is what counts.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #receive(message: FromChild): void {
    const current = this.#current;
    if (!current) return;
    if (message.kind === 'mayCommit') {
      current.events
        .mayCommit(current.attemptId)
        .catch(() => false)
        .then((mayCommit) => this.#send({ kind: 'commitAnswer', mayCommit }));
    } else if (message.report.attemptId === current.attemptId) {
      const { report } = message;
      if (report.kind === 'succeeded' || report.kind === 'failed') this.#finish(() => report);
      else current.events.report(report);
    }
  }

  #receiveStderr(chunk: Buffer): void {
    this.#logs?.write('stderr', chunk);
    this.#stderrTail = (this.#stderrTail + chunk.toString()).slice(-STDERR_TAIL_CHARS);
  }

  #finish(report: (attemptId: string) => TaskReport): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    current.events.report(report(current.attemptId));
  }
}

const isSystemError = (e: unknown): boolean => e instanceof Error && 'syscall' in e;

/** stdout and stderr of an attempt; the files are made by the first output. */
class LogFiles {
  readonly #directory: string;
  readonly #descriptors = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What finds no room is dropped: a task that fills the disk must not end its tracker. */
  write(name: 'stdout' | 'stderr', chunk: Buffer): void {
    try {
      this.#write(name, chunk);
    } catch (e) {
      if (!isSystemError(e)) throw e;
    }
  }

  #write(name: 'stdout' | 'stderr', chunk: Buffer): void {
    let descriptor = this.#descriptors.get(name);
    if (descriptor === undefined) {
      fs.mkdirSync(this.#directory, { recursive: true });
      descriptor = fs.openSync(`${this.#directory}/${name}`, 'a');
      this.#descriptors.set(name, descriptor);
    }
    fs.writeSync(descriptor, chunk);
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) fs.closeSync(descriptor);
    this.#descriptors.clear();
  }
}
