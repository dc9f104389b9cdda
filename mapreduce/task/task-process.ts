/** A child process that runs tasks, as its TaskTracker sees it. */
import { type ChildProcess, fork } from 'node:child_process';
import { cpuTimeMs } from '../../runtime/process-cpu.ts';
import { Alarm, nothing } from '../../runtime/promises.ts';
import { systemRandom } from '../../runtime/runtime.ts';
import { type ProcessRow, pageBytes } from '../containment/process-table.ts';
import { MARK, TaskGroup } from '../containment/task-group.ts';
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
/** Time that a process has between SIGTERM and SIGKILL (Hadoop: yarn.nodemanager.sleep-delay-before-sigkill.ms). */
const GRACE_MS = 250;
/** Longest wait for the last output of a process that has ended: a process that nobody can find may hold the pipe. */
const DRAIN_MS = 1000;

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
  readonly heapMib: number;
  readonly #group: TaskGroup | undefined;
  /** Whether the process has ever started another one. */
  #hasSpawned = false;
  #gone = false;

  /** @param heapMib MiB of V8's heap for objects that live long */
  constructor(heapMib: number) {
    this.heapMib = heapMib;
    const mark = systemRandom.uuid();
    this.#child = fork(childEntry(), [], {
      execArgv: [`--max-semi-space-size=${SEMI_SPACE_MIB}`, `--max-old-space-size=${heapMib}`],
      // The process leads a group of its own, which is ended as a whole.
      detached: true,
      env: { ...process.env, [MARK]: mark },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'json',
    });
    this.#group = this.#child.pid === undefined ? undefined : new TaskGroup(this.#child.pid, mark);
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
            error: { message: `The task's process ${how}${this.#heapHint(tail)}${tail ? `:\n${tail}` : ''}` },
          };
        });
        resolve();
      };
      // Not once(): a further error without a listener would end the tracker.
      this.#child.on('error', (e) => end(`could not be started: ${e.message}`));
      this.#child.once('exit', (status, signal) => {
        this.#gone = true;
        const how = signal ? `was ended by ${signal}` : `exited with status ${status}`;
        void this.#drained().then(() => end(how));
      });
    });
  }

  /** Returns the task's processes, its own first; none on a system that does not show them. */
  processes(): readonly ProcessRow[] {
    return (this.#hasSpawned ? this.#group?.members() : this.#group?.leader()) ?? [];
  }

  /** Returns the processor time that these processes of the task have used, in milliseconds; undefined if they have ended. */
  cpuTimeMs(processes: readonly ProcessRow[]): number | undefined {
    if (processes.length > 0) return processes.reduce((sum, { userMs, systemMs }) => sum + userMs + systemMs, 0);
    return this.#child.pid === undefined ? undefined : cpuTimeMs(this.#child.pid);
  }

  /** Returns the resident memory of the task's own process; 0 where it is not known. */
  residentBytes(): number {
    return (this.#group?.leader()[0]?.residentPages ?? 0) * pageBytes();
  }

  /** Ends the processes that the task has started. */
  async endChildren(): Promise<void> {
    if (this.#hasSpawned) await this.#group?.endOthers();
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
    const logs = new LogFiles(logDirectory, order.logBytes);
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

  addMapOutputs(outputs: readonly MapOutputLocation[], obsolete: readonly string[]): void {
    this.#send({ kind: 'mapOutputs', outputs, obsolete });
  }

  /** Ends the process with all that it has started, and waits for the end. Its attempt is reported as killed. */
  async kill(): Promise<void> {
    const isIdle = this.#current === undefined;
    this.#gone = true;
    this.#finish((attemptId) => ({ kind: 'killed', attemptId }));
    if (this.#hasSpawned) await this.#group?.end();
    if (!isIdle) await this.#terminate();
    this.#group?.signal('SIGKILL');
    await this.#exited;
  }

  /** Asks the process to end, and waits a moment. */
  async #terminate(): Promise<void> {
    this.#group?.signal('SIGTERM');
    const patience = new Alarm();
    await Promise.race([this.#exited, patience.sleep(GRACE_MS)]);
    patience.ring();
  }

  /** Ends the children of a process that has ended, and waits until all of its output is here. */
  async #drained(): Promise<void> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    // A process that ended by itself may not have told that it had children.
    if (this.#hasSpawned || this.#current) await this.#group?.end();
    const patience = new Alarm();
    await Promise.race([closed, patience.sleep(DRAIN_MS)]);
    patience.ring();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  /** Returns the words for a process that V8 has ended because its heap was full. */
  #heapHint(tail: string | undefined): string {
    if (!tail?.includes('JavaScript heap out of memory')) return '';
    return `: its heap of ${this.heapMib} MB is full (-Xmx of mapreduce.map.java.opts or mapreduce.reduce.java.opts)`;
  }

  #send(message: ToChild): void {
    // A process that no message reaches is about to end, and its end reports the attempt.
    if (this.#child.connected) this.#child.send(message, nothing);
  }

  #receive(message: FromChild): void {
    if (message.kind === 'spawned') this.#hasSpawned = true;
    const current = this.#current;
    if (!current) return;
    if (message.kind === 'mayCommit') {
      current.events.mayCommit(current.attemptId).then(
        (mayCommit) => this.#send({ kind: 'commitAnswer', mayCommit }),
        (e: unknown) => this.#finish((attemptId) => ({ kind: 'failed', attemptId, error: toTaskError(e) })),
      );
    } else if (message.kind === 'report' && message.report.attemptId === current.attemptId) {
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
