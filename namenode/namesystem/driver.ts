import { EncodedMessage, type MessageType } from '../../protocol/message.ts';
import { isHadoopError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
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
  /** What the monotonic clock lacks to the time of day when the NameNode started. */
  readonly #epochMs: number;
  readonly #replicaWaiters = new Set<() => void>();
  #resourcesLow = false;
  #working = false;
  /** Asked for since the slice that runs, or ran last, began. */
  #workWanted = false;
  #stopped = false;

  /** `keepsAnswers`: dfs.namenode.enable.retrycache. */
  constructor(options: {
    namesystem: Namesystem;
    store: NamespaceStore;
    clock: Clock;
    log: Logger;
    keepsAnswers?: boolean;
  }) {
    this.namesystem = options.namesystem;
    this.#keepsAnswers = options.keepsAnswers ?? true;
    this.#store = options.store;
    this.clock = options.clock;
    this.#epochMs = options.clock.now() - options.clock.monotonicMs();
    this.#log = options.log;
    options.store.listen({
      storeFailed: (err) => {
        this.#log.error({ err }, 'No changes are accepted until the store can be written again');
        this.state.blockManager.safeMode.setResourcesLow(true);
      },
      storeRecovered: () => {
        this.#log.info('The store can be written again');
        this.state.blockManager.safeMode.setResourcesLow(this.#resourcesLow);
        this.resume();
      },
    });
  }

  get state(): NamesystemState {
    return this.namesystem.state;
  }

  /** The state machine's time: that of day at the start, and steady from then on, however the clock is set. */
  now(): number {
    return Math.floor(this.#epochMs + this.clock.monotonicMs());
  }

  /**
   * Nobody hears of a result, nor of a failure, before what it rests on is on disk.
   * @param answered the call that a result answers, if it must not run twice: it is kept with the changes
   */
  async apply<K extends OpName>(
    command: Command<K>,
    answered?: (result: ResultOf<K>) => AnsweredCall | undefined,
  ): Promise<ResultOf<K>> {
    const applied = this.#run(command);
    const call = applied.outcome.ok ? answered?.(applied.outcome.value) : undefined;
    if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.state.sequence, call);
    // That safe mode is on rests on nothing else, and must be heard of when the store takes no writes.
    else if (applied.outcome.ok || !isHadoopError(applied.outcome.error, 'SafeModeException')) {
      await this.#store.waitForAll();
    }
    if (applied.outcome.ok) return applied.outcome.value;
    throw applied.outcome.error;
  }

  /**
   * For the methods that Hadoop marks @AtMostOnce: a NameNode that starts again answers a repeat of the call the same.
   * A failure is not kept.
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

  /** For what DataNodes report: no answer of theirs rests on changes that others wait for. */
  async applySoft<K extends OpName>(command: Command<K>): Promise<ResultOf<K>> {
    const applied = this.#run(command);
    if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.state.sequence);
    if (applied.outcome.ok) return applied.outcome.value;
    throw applied.outcome.error;
  }

  /** For what nobody waits for. */
  applyLater(command: Command): void {
    this.applySoft(command).catch((err: unknown) => this.#log.debug({ err }, `${command.op} failed`));
  }

  /**
   * At once when all that the answer shows is on disk. While the disk refuses writes, readers are answered all the same:
   * what they may see too early is only what nobody was told to have succeeded.
   */
  read<Q, T>(question: (s: NamespaceState, reading: Reading, request: Q) => T, request: Q): T | Promise<T> {
    const { value, sequence } = this.namesystem.read(question, request, this.now(), this.clock.now());
    const durable = this.#store.failed ? undefined : this.#store.waitFor(sequence);
    return durable === undefined ? value : durable.then(() => value);
  }

  /** For an answer that was read from the state itself: resolves as read() would. */
  async shown(): Promise<void> {
    if (!this.#store.failed) await this.#store.waitForAll();
  }

  /** What was handed out so far is on disk when this resolves. */
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

  /** Whether the store's disk has room for more. */
  setResourcesLow(low: boolean): void {
    if (low && !this.#resourcesLow) {
      const then = this.state.blockManager.safeMode.isOn ? 'Already in safe mode.' : 'Entering safe mode.';
      this.#log.warn(`NameNode low on available disk space. ${then}`);
    } else if (!low && this.#resourcesLow) {
      this.#log.info('Namenode has sufficient available resources, exiting safe mode.');
    }
    this.#resourcesLow = low;
    this.state.blockManager.safeMode.setResourcesLow(low || this.#store.failed);
  }

  /** Goes on with work that was left when the NameNode stopped. */
  resume(): void {
    this.#startWorking();
  }

  stop(): void {
    this.#stopped = true;
    this.notifyReplicaReported();
  }

  #run<K extends OpName>(command: Command<K>): Applied<ResultOf<K>> {
    const applied = this.namesystem.apply(command, this.now(), this.clock.now());
    for (const effect of applied.effects) this.#carryOut(effect);
    return applied;
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

  /** A slice, then whoever waits, then the next slice. */
  async #work(): Promise<void> {
    try {
      while (this.#workWanted && !this.#stopped) {
        this.#workWanted = false;
        await this.applySoft({ op: 'work' });
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (err) {
      this.#log.error({ err }, 'Background work failed');
    } finally {
      this.#working = false;
    }
  }
}
