/** Between the state machine and the world: clock, store, log and timers. */

import { EncodedMessage, type MessageType } from '../../protocol/message.ts';
import { Bug } from '../../runtime/bug.ts';
import { isHadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { awaitedLater } from '../../runtime/promises.ts';
import type { Clock } from '../../runtime/runtime.ts';
import type { Reading } from '../command/reading.ts';
import type { Effect } from '../command/transaction.ts';
import type { NamespaceState } from '../namespace/namespace-state.ts';
import { type AnsweredCall, type CallIds, isRepeatable } from '../store/answered-calls.ts';
import type { NamespaceStore } from '../store/store.ts';
import type { Applied, Command, Namesystem, OpName, ResultOf } from './namesystem.ts';
import type { NamesystemState } from './state.ts';

/** Runs the state machine: gives it the time, keeps its changes, carries out its effects. */
export class NamesystemDriver {
  readonly namesystem: Namesystem;
  readonly clock: Clock;
  readonly #store: NamespaceStore;
  readonly #log: Logger;
  readonly #keepsAnswers: boolean;
  readonly #onBug: (bug: Bug) => void;
  /** The time of day when the NameNode started, less the monotonic clock's time then. */
  readonly #epochMs: number;
  readonly #replicaWaiters = new Set<() => void>();
  #working = false;
  /** Whether work was asked for since the slice that runs, or ran last, began. */
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
    /** Called once, when a bug has halted the state machine: the owner ends the NameNode. */
    onBug: (bug: Bug) => void;
  }) {
    this.namesystem = options.namesystem;
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
    });
  }

  get state(): NamesystemState {
    return this.namesystem.state;
  }

  /** The state machine's time: the time of day at the start, and steady from then on, however the clock is set. */
  now(): number {
    return Math.floor(this.#epochMs + this.clock.monotonicMs());
  }

  /**
   * Applies a command. Its result, and its failure too, are told only when all that they rest on is on disk.
   * @param answered the call that a result answers, if it must not run twice: it is kept with the changes
   * @throws HadoopError of the command or of the store; Bug, after onBug() was told: nothing of the command may be
   * written or answered
   */
  async apply<K extends OpName>(
    command: Command<K>,
    answered?: (result: ResultOf<K>) => AnsweredCall | undefined,
  ): Promise<ResultOf<K>> {
    const applied = this.#run(command);
    const call = applied.outcome.ok ? this.#callOf(command, applied.outcome.value, answered) : undefined;
    if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.state.sequence, call);
    // That safe mode is on rests on nothing else, and must be heard of when the store takes no writes.
    else if (applied.outcome.ok || !isHadoopError(applied.outcome.error, 'SafeModeException')) {
      await this.#store.waitForAll();
    }
    if (applied.outcome.ok) return applied.outcome.value;
    throw applied.outcome.error;
  }

  /** The state has the changes already: an answer that can't be encoded is a bug of the command. */
  #callOf<K extends OpName>(
    command: Command<K>,
    result: ResultOf<K>,
    answered: ((result: ResultOf<K>) => AnsweredCall | undefined) | undefined,
  ): AnsweredCall | undefined {
    try {
      return answered?.(result);
    } catch (cause) {
      throw this.#halt(this.namesystem.end(command.op, command, cause));
    }
  }

  /**
   * Applies a command of a method that Hadoop marks @AtMostOnce: a NameNode that starts again answers a repeat of the
   * call the same. A failure is not kept.
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

  /** Applies a command of a DataNode: its answer rests on no changes that others wait for. */
  async applySoft<K extends OpName>(command: Command<K>): Promise<ResultOf<K>> {
    const applied = this.#run(command);
    if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.state.sequence);
    if (applied.outcome.ok) return applied.outcome.value;
    throw applied.outcome.error;
  }

  /** Applies a command whose result no caller awaits: that it is refused, or its changes can't be written, is ignored. */
  applyLater(command: Command): void {
    try {
      const { changes } = this.#run(command);
      // The store itself tells of a write that fails, and writes the changes later.
      if (changes.length > 0) awaitedLater(this.#store.commit(changes, this.state.sequence));
    } catch (bug) {
      if (!(bug instanceof Bug)) throw bug;
      // onBug() was told.
    }
  }

  /** Applies a tick, about every second. @param lateMs by how much later than it should the tick comes */
  tick(lateMs: number): void {
    void this.#runBackground({ op: 'tick', lateMs });
  }

  /**
   * Applies a command of the NameNode's own: nobody could be told that it was refused, so a refusal is a bug.
   * @returns whether its changes are on disk
   */
  async #runBackground(command: Command<'tick' | 'work'>): Promise<boolean> {
    try {
      const { outcome, changes } = this.#run(command);
      if (!outcome.ok) throw this.#halt(this.namesystem.end(command.op, command, outcome.error));
      if (changes.length > 0) await this.#store.commit(changes, this.state.sequence);
      return true;
    } catch (e) {
      // onBug() was told of a bug, and the store has told of its failure.
      if (e instanceof Bug || this.#store.failed) return false;
      throw e;
    }
  }

  /**
   * Answers a question, at once if all that the answer shows is on disk. While the disk refuses writes, readers are
   * answered all the same: they may see changes too early, but only changes that nobody was told to have succeeded.
   * @throws HadoopError of the question; Bug, after onBug() was told
   */
  read<Q, T>(question: (s: NamespaceState, reading: Reading, request: Q) => T, request: Q): T | Promise<T> {
    let answer: { value: T; sequence: number };
    try {
      answer = this.namesystem.read(question, request, this.now(), this.clock.now());
    } catch (e) {
      throw e instanceof Bug ? this.#halt(e) : e;
    }
    const { value, sequence } = answer;
    const durable = this.#store.failed ? undefined : this.#store.waitFor(sequence);
    return durable === undefined ? value : durable.then(() => value);
  }

  /** For an answer that was read from the state itself: resolves as read() would. */
  async shown(): Promise<void> {
    if (!this.#store.failed) await this.#store.waitForAll();
  }

  /** Resolves when all changes up to now are on disk. */
  async flushed(): Promise<void> {
    await this.#store.waitForAll();
  }

  /** Resolves with the next report of a DataNode, or after the time. */
  replicaReported(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#replicaWaiters.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#replicaWaiters.add(done);
    });
  }

  notifyReplicaReported(): void {
    for (const done of [...this.#replicaWaiters]) done();
  }

  /** Continues the work that was left when the NameNode stopped. */
  resume(): void {
    this.#startWorking();
  }

  stop(): void {
    this.#stopped = true;
    this.notifyReplicaReported();
  }

  /** @throws Bug, after onBug() was told */
  #run<K extends OpName>(command: Command<K>): Applied<ResultOf<K>> {
    let applied: Applied<ResultOf<K>>;
    try {
      applied = this.namesystem.apply(command, this.now(), this.clock.now());
    } catch (e) {
      throw e instanceof Bug ? this.#halt(e) : e;
    }
    for (const effect of applied.effects) this.#carryOut(effect);
    return applied;
  }

  /** Nothing is applied any more. Tells the owner once, and returns the bug. */
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
      default:
        effect satisfies never;
    }
  }

  #startWorking(): void {
    this.#workWanted = true;
    if (this.#working || this.#stopped) return;
    this.#working = true;
    setImmediate(() => void this.#work());
  }

  /** Does a slice, gives others a turn, and does the next slice. A store that fails asks for the rest when it recovers. */
  async #work(): Promise<void> {
    let isDurable = true;
    while (isDurable && this.#workWanted && !this.#stopped) {
      this.#workWanted = false;
      isDurable = await this.#runBackground({ op: 'work' });
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#working = false;
  }
}
