import * as BlockReport from '../blocks/block-report-op.ts';
import type { BlockManagerState } from '../blocks/block-state.ts';
import type { Change } from '../command/change.ts';
import { Reading } from '../command/reading.ts';
import { type Effect, Transaction } from '../command/transaction.ts';
import * as Datanode from '../datanodes/datanode-op.ts';
import type { DatanodeManagerState } from '../datanodes/datanode-state.ts';
import * as RefreshNodes from '../datanodes/refresh-nodes-op.ts';
import * as Attr from '../namespace/attr-op.ts';
import * as Delete from '../namespace/delete-op.ts';
import * as Mkdir from '../namespace/mkdir-op.ts';
import type { NamespaceState } from '../namespace/namespace-state.ts';
import * as Rename from '../namespace/rename-op.ts';
import { changesOf } from '../store/changes.ts';
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
import * as SafeModeOp from './safe-mode-op.ts';
import type { NamesystemState } from './state.ts';

type Operation<S, R, T> = (s: S, tx: Transaction, request: R) => T;

/** Each operation is given the state of its room alone. */
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

/** Everything that changes the NameNode's state, by Hadoop's names. */
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
  refreshNodes: datanodes(RefreshNodes.refreshNodes),
  setBalancerBandwidth: datanodes(RefreshNodes.setBalancerBandwidth),
  registerDatanode: datanodes(Datanode.registerDatanode),
  heartbeat: datanodes(Datanode.heartbeat),
  blockReport: blocks(BlockReport.blockReport),
  incrementalBlockReport: blocks(BlockReport.incrementalBlockReport),
  reportBadBlocks: blocks(BlockReport.reportBadBlocks),
  /** `lateMs`: by how much later than it should the tick comes. */
  tick: (s: NamesystemState, tx: Transaction, request: { readonly lateMs?: number }) =>
    Background.tick(s, tx, request.lateMs),
  work: (s: NamesystemState, tx: Transaction, _request: object) => Background.work(s, tx),
} as const;

export type OpName = keyof typeof OPERATIONS;
export type RequestOf<K extends OpName> = Parameters<(typeof OPERATIONS)[K]>[2];
export type ResultOf<K extends OpName> = ReturnType<(typeof OPERATIONS)[K]>;
export type Command<K extends OpName = OpName> = { [P in K]: { readonly op: P } & RequestOf<P> }[K];

/** What a command did. A command that failed may have changed something all the same: `changes` are valid in any case. */
export interface Applied<T> {
  readonly outcome: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown };
  readonly changes: readonly Change[];
  readonly effects: readonly Effect[];
}

/**
 * The one state of the NameNode as a state machine: a command in, its result, changes and effects out. No clock, no
 * disk, no socket; time is an argument, and commands run to their end one after the other.
 */
export class Namesystem {
  readonly state: NamesystemState;

  constructor(state: NamesystemState) {
    this.state = state;
  }

  /** `now` never goes back; `wallMs` is what files are dated by. */
  apply<K extends OpName>(command: Command<K>, now: number, wallMs = now): Applied<ResultOf<K>> {
    const { state } = this;
    const tx = new Transaction(now, state.sequence + 1, wallMs);
    const run = OPERATIONS[command.op] as (s: NamesystemState, tx: Transaction, request: Command<K>) => ResultOf<K>;
    let outcome: Applied<ResultOf<K>>['outcome'];
    try {
      outcome = { ok: true, value: run(state, tx, command) };
    } catch (error) {
      outcome = { ok: false, error };
    }
    if (!tx.isEmpty) state.sequence++;
    return { outcome, changes: tx.isEmpty ? [] : changesOf(tx, state.hardState), effects: tx.effects };
  }

  /** Answers a question without changing anything. `sequence`: the last command whose changes the answer shows. */
  read<Q, T>(
    question: (s: NamespaceState, reading: Reading, request: Q) => T,
    request: Q,
    now: number,
    wallMs = now,
  ): { value: T; sequence: number } {
    const reading = new Reading(now, wallMs);
    const value = question(this.state.namespace, reading, request);
    return { value, sequence: reading.sequence };
  }
}
