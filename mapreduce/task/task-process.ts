/** A child process that runs tasks, as its TaskTracker sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { cpuTimeMs } from '../../runtime/process-cpu.ts';
import { nothing } from '../../runtime/promises.ts';
import { toTaskError } from '../job/job-errors.ts';
import type { MapOutputLocation, TaskReport } from '../job/messages.ts';
import { childEntry } from './child-entry.ts';
import { LogFiles } from './log-files.ts';
import { OutputSplit } from './output-split.ts';
import type { TaskOrder } from './run-task.ts';
import type { FromChild, ToChild } from './task-child.ts';

const STDERR_TAIL_BYTES = 2000;
/** MiB of V8's young generation. Jobs make many short-lived strings, and a larger one halves the time for collections. */
const SEMI_SPACE_MIB = 32;

export interface TaskProcessEvents {
  /** Gets the attempt's reports; the last one is succeeded, failed or killed. */
  report(report: TaskReport): void;
  mayCommit(attemptId: string): Promise<boolean>;
}

/**
 * Runs attempts of one job in a child process, one at a time. The child writes what an attempt prints into the attempt's
 * log files; what comes through the pipes, of child processes of the child, is written here. If the process ends by
 * itself, its attempt has failed.
 */
export class TaskProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  #current: { readonly attemptId: string; readonly events: TaskProcessEvents } | undefined;
  /** Log files of the latest attempt. */
  #logs: LogFiles | undefined;
  readonly #outputs = { stdout: new OutputSplit(), stderr: new OutputSplit() };
  #gone = false;

  constructor() {
    this.#child = fork(childEntry(), [], {
      execArgv: [`--max-semi-space-size=${SEMI_SPACE_MIB}`],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#child.on('message', (message: FromChild) => this.#receive(message));
    this.#child.stdout?.on('data', (chunk: Buffer) => this.#outputs.stdout.feed(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#outputs.stderr.feed(chunk));
    this.#exited = new Promise((resolve) => {
      const end = (how: string): void => {
        this.#gone = true;
        for (const output of Object.values(this.#outputs)) output.end();
        this.#finish((attemptId) => {
          const tail = this.#logs?.tail('stderr', STDERR_TAIL_BYTES).trim();
          return {
            kind: 'failed',
            attemptId,
            error: { message: `The task's process ${how}${tail ? `:\n${tail}` : ''}` },
          };
        });
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
    const { attemptId } = order.launch;
    const logs = new LogFiles(logDirectory);
    this.#logs = logs;
    this.#current = { attemptId, events };
    for (const name of ['stdout', 'stderr'] as const) {
      this.#outputs[name].add(attemptId, (bytes) => {
        logs.write(name, bytes);
        // Output of this kind is rare, and the files belong to the child.
        logs.close();
      });
    }
    this.#send({ kind: 'run', order, logDirectory });
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

  #finish(report: (attemptId: string) => TaskReport): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    current.events.report(report(current.attemptId));
  }
}
