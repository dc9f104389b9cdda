/** The state machine of the NameNode: the table of its operations, and how an operation is applied. */
import { Bug, dearInvariants } from '../../runtime/bug.ts';
import { HadoopError } from '../../runtime/errors.ts';
import * as BlockReport from '../blocks/block-report-op.ts';
import type { BlockManagerState } from '../blocks/block-state.ts';
import { noteCopy } from '../blocks/lost-future.ts';
import type { Change } from '../command/change.ts';
import { Reading } from '../command/reading.ts';
import { type Effect, Transaction } from '../command/transaction.ts';
import * as ReportLease from '../datanodes/block-report-lease-op.ts';
import * as Datanode from '../datanodes/datanode-op.ts';
import type { DatanodeManagerState } from '../datanodes/datanode-state.ts';
import * as RefreshNodes from '../datanodes/refresh-nodes-op.ts';
import * as Attr from '../namespace/attr-op.ts';
import * as Delete from '../namespace/delete-op.ts';
import * as Mkdir from '../namespace/mkdir-op.ts';
import type { NamespaceState } from '../namespace/namespace-state.ts';
import * as Rename from '../namespace/rename-op.ts';
import { changesOf } from '../store/changes.ts';
import { eventChanges } from '../store/events.ts';
import { append } from '../writing/append-op.ts';
import { commitBlockSynchronization } from '../writing/commit-block-synchronization-op.ts';
import { concat } from '../writing/concat-op.ts';
import * as Create from '../writing/create-op.ts';
import * as FaultOp from '../writing/expire-lease-op.ts';
import * as LeaseOp from '../writing/lease-op.ts';
import * as Pipeline from '../writing/pipeline-op.ts';
import { truncate } from '../writing/truncate-op.ts';
import * as WriteFile from '../writing/write-file-op.ts';
import type { WritingState } from '../writing/writing-state.ts';
import * as Background from './background-op.ts';
import { checkChanged } from './check-changed.ts';
import * as ResourcesOp from './resources-op.ts';
import * as SafeModeOp from './safe-mode-op.ts';
import type { NamesystemState } from './state.ts';

type Operation<S, R, T> = (s: S, tx: Transaction, request: R) => T;

/** Each operation receives only the state of its own folder. */
const blocks =
  <R, T>(run: Operation<BlockManagerState, R, T>): Operation<NamesystemState, R, T> =>
  (s, tx, request) =>
    run(s.blockManager, tx, request);
const datanodes =
  <R, T>(run: Operation<DatanodeManagerState, R, T>): Operation<NamesystemState, R, T> =>
  (s, tx, request) =>
    run(s.datanodeManager, tx, request);
const namespace =
  <R, T>(run: Operation<NamespaceState, R, T>): Operation<NamesystemState, R, T> =>
  (s, tx, request) =>
    run(s.namespace, tx, request);
const writing =
  <R, T>(run: Operation<WritingState, R, T>): Operation<NamesystemState, R, T> =>
  (s, tx, request) =>
    run(s.writing, tx, request);

/** All operations that change the state of the NameNode, by Hadoop's names. */
const OPERATIONS = {
  create: writing(Create.create),
  append: writing(append),
  truncate: writing(truncate),
  concat: writing(concat),
  addBlock: writing(WriteFile.addBlock),
  complete: writing(WriteFile.complete),
  abandonBlock: writing(WriteFile.abandonBlock),
  fsync: writing(WriteFile.fsync),
  updateBlockForPipeline: writing(Pipeline.updateBlockForPipeline),
  updatePipeline: writing(Pipeline.updatePipeline),
  getAdditionalDatanode: writing(Pipeline.getAdditionalDatanode),
  renewLease: writing(LeaseOp.renewLease),
  recoverLease: writing(LeaseOp.recoverLease),
  expireLease: writing(FaultOp.expireLease),
  commitBlockSynchronization: writing(commitBlockSynchronization),
  mkdirs: namespace(Mkdir.mkdirs),
  delete: namespace(Delete.deletePath),
  rename: namespace(Rename.rename),
  rename2: namespace(Rename.rename2),
  setPermission: namespace(Attr.setPermission),
  setOwner: namespace(Attr.setOwner),
  setTimes: namespace(Attr.setTimes),
  setReplication: namespace(Attr.setReplication),
  noteAccess: namespace(Attr.noteAccess),
  setSafeMode: SafeModeOp.setSafeMode,
  noteDiskSpace: ResourcesOp.noteDiskSpace,
  noteStore: ResourcesOp.noteStore,
  noteCopy: blocks((s, tx, _request: object) => noteCopy(s, tx)),
  refreshNodes: datanodes(RefreshNodes.refreshNodes),
  setBalancerBandwidth: datanodes(RefreshNodes.setBalancerBandwidth),
  registerDatanode: datanodes(Datanode.registerDatanode),
  heartbeat: datanodes(Datanode.heartbeat),
  beginBlockReport: datanodes(ReportLease.beginBlockReport),
  endBlockReport: datanodes(ReportLease.endBlockReport),
  blockReport: blocks(BlockReport.blockReport),
  incrementalBlockReport: blocks(BlockReport.incrementalBlockReport),
  reportBadBlocks: blocks(BlockReport.reportBadBlocks),
  /** `lateMs` is the delay of the tick in ms. */
  tick: (s: NamesystemState, tx: Transaction, request: { readonly lateMs?: number }) =>
    Background.tick(s, tx, request.lateMs),
  work: (s: NamesystemState, tx: Transaction, _request: object) => Background.work(s, tx),
} as const;

export type OpName = keyof typeof OPERATIONS;
export type RequestOf<K extends OpName> = Parameters<(typeof OPERATIONS)[K]>[2];
export type ResultOf<K extends OpName> = ReturnType<(typeof OPERATIONS)[K]>;
export type Command<K extends OpName = OpName> = { [P in K]: { readonly op: P } & RequestOf<P> }[K];

const NO_CHANGES: readonly Change[] = [];

/**
 * The result of a command. A command that failed may still have changed something: `changes` must be stored in any
 * case.
 */
export interface Applied<T> {
  readonly outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: HadoopError };
  readonly changes: readonly Change[];
  readonly effects: readonly Effect[];
}

/**
 * The state of the NameNode as a state machine: a command goes in; its result, changes and effects come out. The state
 * machine uses no clock, disk or socket. Time is an argument, and commands run one after the other.
 *
 * Only a HadoopError becomes an outcome. Any other exception is a bug that may have left the state half changed. It is
 * thrown as a Bug, and every later command and question throws the same Bug. A question changes nothing, but a bug in
 * one shows that the state is not as the code expects, so it ends the NameNode too.
 */
export class Namesystem {
  readonly state: NamesystemState;
  readonly #keepsEvents: boolean;
  #bug: Bug | undefined;

  /**
   * @param options.keepsEvents whether events of the namespace are stored, which is needed only if someone watches them
   */
  constructor(state: NamesystemState, options: { readonly keepsEvents?: boolean } = {}) {
    this.state = state;
    this.#keepsEvents = options.keepsEvents ?? false;
  }

  /**
   * Applies a command.
   * @param now time of the steady clock in ms; it never goes back
   * @param wallMs time of the wall clock in ms, for the times of files
   * @throws Bug, after which nothing of the command may be written or answered
   */
  apply<K extends OpName>(command: Command<K>, now: number, wallMs = now): Applied<ResultOf<K>> {
    if (this.#bug !== undefined) throw this.#bug;
    const { state } = this;
    const tx = new Transaction(now, state.sequence + 1, wallMs, this.#keepsEvents);
    const run = OPERATIONS[command.op] as (s: NamesystemState, tx: Transaction, request: Command<K>) => ResultOf<K>;
    try {
      const outcome = outcomeOf(run, state, tx, command);
      if (!tx.isEmpty) state.sequence++;
      state.blockManager.safeMode.checkCounts();
      if (dearInvariants) checkChanged(state, tx);
      return { outcome, changes: tx.isEmpty ? NO_CHANGES : this.#changesOf(tx), effects: tx.effects };
    } catch (cause) {
      throw this.end(command.op, command, cause);
    }
  }

  /**
   * Answers a question without changing anything.
   * @returns the answer, and in `sequence` the number of the last command whose changes the answer shows
   * @throws HadoopError of the question, Bug
   */
  read<Q, T>(
    question: (s: NamespaceState, reading: Reading, request: Q) => T,
    request: Q,
    now: number,
    wallMs = now,
  ): { value: T; sequence: number } {
    if (this.#bug !== undefined) throw this.#bug;
    const reading = new Reading(now, wallMs);
    try {
      const value = question(this.state.namespace, reading, request);
      return { value, sequence: reading.sequence };
    } catch (cause) {
      throw cause instanceof HadoopError ? cause : this.end(question.name, request, cause);
    }
  }

  /**
   * Answers a question to the whole state, named for the message of a bug.
   * @throws HadoopError of the question, Bug
   */
  inspect<T>(name: string, question: (state: NamesystemState) => T): T {
    if (this.#bug !== undefined) throw this.#bug;
    try {
      return question(this.state);
    } catch (cause) {
      throw cause instanceof HadoopError ? cause : this.end(name, {}, cause);
    }
  }

  #changesOf(tx: Transaction): Change[] {
    const { state } = this;
    const changes = changesOf(tx, state.hardState);
    if (tx.events.length === 0) return changes;
    changes.push(...eventChanges(tx.events, state.lastEvent));
    state.lastEvent += tx.events.length;
    return changes;
  }

  /**
   * Ends the state machine: no command is applied and no question answered any more. Returns the first bug, if there
   * are several.
   */
  end(operation: string, request: unknown, cause: unknown): Bug {
    this.#bug ??= new Bug(operation, request, cause);
    return this.#bug;
  }
}

/**
 * Runs an operation.
 * @throws any exception that is not a HadoopError
 */
function outcomeOf<C, T>(
  run: (s: NamesystemState, tx: Transaction, command: C) => T,
  state: NamesystemState,
  tx: Transaction,
  command: C,
): Applied<T>['outcome'] {
  try {
    return { ok: true, value: run(state, tx, command) };
  } catch (error) {
    if (error instanceof HadoopError) return { ok: false, error };
    throw error;
  }
}
