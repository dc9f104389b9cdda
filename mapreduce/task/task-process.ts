/** A child process that runs tasks, as its TaskTracker sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import { cpuTimeMs } from '../../runtime/process-cpu.ts';
import { nothing } from '../../runtime/promises.ts';
import { toTaskError } from '../job/job-errors.ts';
import type { MapOutputLocation, TaskReport } from '../job/messages.ts';
import { childEntry } from './child-entry.ts';
import type { TaskOrder } from './run-task.ts';
import type { FromChild, ToChild } from './task-child.ts';

const STDERR_TAIL_CHARS = 2000;
/** MiB of V8's young generation. Jobs make many short-lived strings, and a larger one halves the time for collections. */
const SEMI_SPACE_MIB = 32;

export interface TaskProcessEvents {
  /** Gets the attempt's reports; the last one is succeeded, failed or killed. */
  report(report: TaskReport): void;
  mayCommit(attemptId: string): Promise<boolean>;
}

/**
 * Runs attempts of one job in a child process, one at a time. Their standard output and error go into the log files of the
 * attempt. If the process ends by itself, its attempt has failed.
 */
export class TaskProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #current: { readonly attemptId: string; readonly events: TaskProcessEvents } | undefined;
  /** Log files of the latest attempt. They stay open after its last report, because its output may arrive later. */
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
      // Not once(): a further error without a listener would end the tracker.
      this.#child.on('error', (e) => end(`could not be started: ${e.message}`));
      // At 'close', unlike 'exit', all of its standard error has arrived.
      this.#child.once('close', (status, signal) =>
        end(signal ? `was ended by ${signal}` : `exited with status ${status}`),
      );
    });
  }

  /** Returns the processor time that the process has used, in milliseconds; undefined if it has ended. */
  cpuTimeMs(): number | undefined {
    return this.#child.pid === undefined ? undefined : cpuTimeMs(this.#child.pid);
  }

  get attemptId(): string | undefined {
    return this.#current?.attemptId;
  }

  /** Whether the process has ended or was killed. */
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

  /** Kills the process and waits for its end. Its attempt is reported as killed. */
  async kill(): Promise<void> {
    this.#gone = true;
    this.#finish((attemptId) => ({ kind: 'killed', attemptId }));
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #send(message: ToChild): void {
    // A process that no message reaches is about to end, and its end reports the attempt.
    if (this.#child.connected) this.#child.send(message, nothing);
  }

  #receive(message: FromChild): void {
    const current = this.#current;
    if (!current) return;
    if (message.kind === 'mayCommit') {
      current.events.mayCommit(current.attemptId).then(
        (mayCommit) => this.#send({ kind: 'commitAnswer', mayCommit }),
        (e: unknown) => this.#finish((attemptId) => ({ kind: 'failed', attemptId, error: toTaskError(e) })),
      );
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

/** The files for standard output and error of an attempt; each is made by its first output. */
class LogFiles {
  readonly #directory: string;
  readonly #descriptors = new Map<string, number>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Writes a chunk, or drops it if the disk refuses: a task that fills the disk must not end its tracker. */
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
