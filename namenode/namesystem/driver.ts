/** Runs the state machine with a real clock, store, log and timers. */

import { EncodedMessage, type MessageType } from '../../protocol/message.ts';
import { Bug } from '../../runtime/bug.ts';
import { isHadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { Alarm, awaitedLater, nextTurn } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { Reading } from '../command/reading.ts';
import type { Effect } from '../command/transaction.ts';
import type { NamespaceState } from '../namespace/namespace-state.ts';
import { type AnsweredCall, type CallIds, isRepeatable } from '../store/answered-calls.ts';
import type { NamespaceStore } from '../store/store.ts';
import type { Applied, Command, Namesystem, OpName, ResultOf } from './namesystem.ts';
import type { NamesystemState } from './state.ts';

/** Runs the state machine: gives it the time, stores its changes and carries out its effects. */
export class NamesystemDriver {
  readonly #namesystem: Namesystem;
  readonly clock: Clock;
  readonly #store: NamespaceStore;
  readonly #log: Logger;
  readonly #keepsAnswers: boolean;
  readonly #onBug: (bug: Bug) => void;
  /** The time of day when the NameNode started minus the monotonic time at that moment, in ms. */
  readonly #epochMs: number;
  /** Rings at each report of a DataNode. */
  readonly #reports = new Alarm();
  #working = false;
  /** Whether more work was requested since the current or last slice began. */
  #workWanted = false;
  #stopped = false;
  #isHalted = false;

  constructor(options: {
    namesystem: Namesystem;
    store: NamespaceStore;
    clock: Clock;
    log: Logger;
    /** dfs.namenode.enable.retrycache. */
    keepsAnswers?: boolean;
    /** Called once, when a bug has halted the state machine. The owner must then end the NameNode. */
    onBug: (bug: Bug) => void;
    /** Called once, when the store is lost for good. The owner must then end the NameNode. */
    onStoreLost?: (error: Error) => void;
  }) {
    this.#namesystem = options.namesystem;
    this.#keepsAnswers = options.keepsAnswers ?? true;
    this.#store = options.store;
    this.clock = options.clock;
    this.#epochMs = options.clock.now() - options.clock.monotonicMs();
    this.#log = options.log;
    this.#onBug = options.onBug;
    options.store.listen({
      storeFailed: (err) => {
        this.#log.error({ err }, 'No changes are accepted until the store can be written again');
        this.applyLater({ op: 'noteStore', hasFailed: true });
      },
      storeRecovered: () => {
        this.#log.info('The store can be written again');
        this.applyLater({ op: 'noteStore', hasFailed: false });
      },
      storeLost: (error) => options.onStoreLost?.(error),
    });
  }

  /**
   * Returns the time of the state machine in ms: the time of day at the start plus the steady time since then. A change
   * of the system clock does not affect it.
   */
  now(): number {
    return Math.floor(this.#epochMs + this.clock.monotonicMs());
  }

  /**
   * Applies a command. Its result or its error is returned only when all changes that it depends on are on disk.
   * @param answered returns the answer to store with the changes, if the call must not run twice
   * @throws HadoopError of the command or of the store; Bug after onBug() was called: nothing of the command may be
   * written or answered
   */
  async apply<K extends OpName>(
    command: Command<K>,
    answered?: (result: ResultOf<K>) => AnsweredCall | undefined,
  ): Promise<ResultOf<K>> {
    const applied = this.#run(command);
    const call = applied.outcome.ok ? this.#callOf(command, applied.outcome.value, answered) : undefined;
    if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.#namesystem.state.sequence, call);
    // That safe mode is on depends on no changes, and clients must learn of it even if the store refuses writes.
    else if (applied.outcome.ok || !isHadoopError(applied.outcome.error, 'SafeModeException')) {
      await this.#store.waitForAll();
    }
    if (applied.outcome.ok) return applied.outcome.value;
    throw applied.outcome.error;
  }

  /** Returns the call to store. The state has already changed, so an answer that cannot be encoded is a bug. */
  #callOf<K extends OpName>(
    command: Command<K>,
    result: ResultOf<K>,
    answered: ((result: ResultOf<K>) => AnsweredCall | undefined) | undefined,
  ): AnsweredCall | undefined {
    try {
      return answered?.(result);
    } catch (cause) {
      throw this.bugIn(command.op, command, cause);
    }
  }

  /**
   * Applies a command of a method that Hadoop marks @AtMostOnce. After a restart, a repeat of the call gets the same
   * answer. Errors are not stored.
   */
  async applyAtMostOnce<K extends OpName, S>(
    command: Command<K>,
    call: CallIds,
    type: MessageType<S>,
    responseOf: (result: ResultOf<K>) => S,
  ): Promise<EncodedMessage<S>> {
    let response: EncodedMessage<S> | undefined;
    const result = await this.apply(command, (value) => {
      response = new EncodedMessage(type, responseOf(value));
      const { clientId, callId } = call;
      return this.#keepsAnswers && isRepeatable(call) ? { clientId, callId, answer: response.bytes } : undefined;
    });
    return response ?? new EncodedMessage(type, responseOf(result));
  }

  /** Applies a command of a DataNode. Its answer does not depend on changes of other commands. */
  async applySoft<K extends OpName>(command: Command<K>): Promise<ResultOf<K>> {
    const applied = this.#run(command);
    if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.#namesystem.state.sequence);
    if (applied.outcome.ok) return applied.outcome.value;
    throw applied.outcome.error;
  }

  /** Applies a command whose result no caller awaits. Refusals and failed writes are ignored. */
  applyLater(command: Command): void {
    try {
      const { changes } = this.#run(command);
      // The store itself reports a failed write, and writes the changes later.
      if (changes.length > 0) awaitedLater(this.#store.commit(changes, this.#namesystem.state.sequence));
    } catch (bug) {
      if (!(bug instanceof Bug)) throw bug;
      // onBug() was called.
    }
  }

  /**
   * Applies a tick, about every second.
   * @param lateMs delay of the tick in ms
   */
  tick(lateMs: number): void {
    void this.#runBackground({ op: 'tick', lateMs });
  }

  /**
   * Applies a command of the NameNode itself. No caller could receive a refusal, so a refusal is a bug.
   * @returns whether its changes are on disk
   */
  async #runBackground(command: Command<'tick' | 'work'>): Promise<boolean> {
    try {
      const { outcome, changes } = this.#run(command);
      if (!outcome.ok) throw this.bugIn(command.op, command, outcome.error);
      if (changes.length > 0) await this.#store.commit(changes, this.#namesystem.state.sequence);
      return true;
    } catch (e) {
      // onBug() was called for a bug, and the store has reported its own failure.
      if (e instanceof Bug || this.#store.failed) return false;
      throw e;
    }
  }

  /**
   * Answers a question, at once if all changes that the answer shows are on disk. While the store refuses writes, the
   * answer does not wait: a reader may see changes that are not on disk, but no client was told that these succeeded.
   * @throws HadoopError of the question; Bug after onBug() was called
   */
  read<Q, T>(question: (s: NamespaceState, reading: Reading, request: Q) => T, request: Q): T | Promise<T> {
    let answer: { value: T; sequence: number };
    try {
      answer = this.#namesystem.read(question, request, this.now(), this.clock.now());
    } catch (e) {
      throw e instanceof Bug ? this.#halt(e) : e;
    }
    const { value, sequence } = answer;
    const durable = this.#store.failed ? undefined : this.#store.waitFor(sequence);
    return durable === undefined ? value : durable.then(() => value);
  }

  /** The last transaction that is on disk. It goes back only when an old copy of the name directory is put back. */
  get lastTransaction(): number {
    return this.#store.lastSynced;
  }

  /**
   * Answers a question to the whole state at once. Every part of the NameNode that looks at the state does so here.
   * @throws HadoopError of the question; Bug after onBug() was called
   */
  inspect<T>(name: string, question: (state: NamesystemState) => T): T {
    try {
      return this.#namesystem.inspect(name, question);
    } catch (e) {
      throw e instanceof Bug ? this.#halt(e) : e;
    }
  }

  /** Waits as read() does, for an answer that inspect() gave. */
  async shown(): Promise<void> {
    if (!this.#store.failed) await this.#store.waitForAll();
  }

  /** Waits until all changes so far are on disk. */
  async flushed(): Promise<void> {
    await this.#store.waitForAll();
  }

  /** Waits for the next report of a DataNode, at most `timeoutMs`. */
  replicaReported(timeoutMs: number): Promise<void> {
    return this.#reports.sleep(timeoutMs);
  }

  notifyReplicaReported(): void {
    this.#reports.ring();
  }

  /** Continues the work that was left when the NameNode stopped. */
  resume(): void {
    this.#startWorking();
  }

  stop(): void {
    this.#stopped = true;
    this.notifyReplicaReported();
  }

  /**
   * Applies a command and carries out its effects.
   * @throws Bug after onBug() was called
   */
  #run<K extends OpName>(command: Command<K>): Applied<ResultOf<K>> {
    let applied: Applied<ResultOf<K>>;
    try {
      applied = this.#namesystem.apply(command, this.now(), this.clock.now());
    } catch (e) {
      throw e instanceof Bug ? this.#halt(e) : e;
    }
    for (const effect of applied.effects) this.#carryOut(effect);
    return applied;
  }

  /**
   * Ends the NameNode because of an exception in the code around the state machine, such as a handler of a call.
   * @returns the first bug that was found, after onBug() was called
   */
  bugIn(operation: string, request: unknown, cause: unknown): Bug {
    return this.#halt(this.#namesystem.end(operation, request, cause));
  }

  /** Halts the state machine: no command is applied any more. Calls onBug() once, and returns the bug. */
  #halt(bug: Bug): Bug {
    if (this.#isHalted) return bug;
    this.#isHalted = true;
    this.#stopped = true;
    this.#onBug(bug);
    return bug;
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'log':
        this.#log[effect.level](effect.message);
        break;
      case 'moreWork':
        this.#startWorking();
        break;
      case 'placeIsKnown':
        void this.#markPlaces();
        break;
      default:
        effect satisfies never;
    }
  }

  /** Marks the name directories once the present command is on disk. If that fails, the next start does it. */
  async #markPlaces(): Promise<void> {
    // The caller gives the command's changes to the store in this turn.
    await nextTurn();
    try {
      if (!this.#stopped) await this.#store.markPlaces();
    } catch (err) {
      // The store has reported its own failure.
      if (!this.#store.failed) this.#log.error({ err }, 'The name directory could not be marked as the newest one');
    }
  }

  #startWorking(): void {
    this.#workWanted = true;
    if (this.#working || this.#stopped) return;
    this.#working = true;
    setImmediate(() => void this.#work());
  }

  /**
   * Does slices of work until none is left, with a turn for other tasks after each. If a write fails, the rest of the
   * work is requested again when the store recovers.
   */
  async #work(): Promise<void> {
    let isDurable = true;
    while (isDurable && this.#workWanted && !this.#stopped) {
      this.#workWanted = false;
      isDurable = await this.#runBackground({ op: 'work' });
      await nextTurn();
    }
    this.#working = false;
  }
}
