/** The part of the write pipeline that rebuilds a broken pipeline. */
import type { DatanodeInfoProto, TokenProto } from '../../protocol/gen/messages.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { type AllocatedBlock, nodeList, type PipelineNode } from '../dfs/allocated-block.ts';
import { blockName } from '../dfs/block-format.ts';
import type { Breakage } from './block-streaming.ts';
import type { Emit, OpenBlock, PipelineEvent, SetupFailure } from './pipeline-events.ts';
import { samePlace } from './pipeline-nodes.ts';
import { mayGoOnWithout, noMoreDatanodes, type ReplaceDatanodeRule, wantsReplacement } from './replace-datanode.ts';

/**
 * The state in which the recovery began. APPEND: an append goes on in a finalized replica, without a connection yet.
 * CLOSING: all data of the block is acked, only its last packet is not.
 */
export type RecoveryOrigin = 'APPEND' | 'STREAMING' | 'CLOSING';

export interface RecoveryOptions {
  readonly replication: number;
  readonly replaceDatanode: ReplaceDatanodeRule;
  readonly datanodeRestartTimeoutMs: number;
  /** Returns whether a DataNode is on this host: the writer waits only for the restart of a local DataNode. */
  readonly isLocal: (node: DatanodeInfoProto) => boolean;
  readonly origin: RecoveryOrigin;
  /** The file was opened by an append to its last block. */
  readonly isAppend: boolean;
  readonly isHflushed: boolean;
  /** Returns the number of the next connect effect. */
  readonly nextConnection: () => number;
  readonly emit: Emit;
}

export interface RebuiltPipeline {
  readonly open: OpenBlock;
  readonly origin: RecoveryOrigin;
  /** What the new pipeline has told since it stands, such as that it broke again before the NameNode knew of it. */
  readonly early: readonly PipelineEvent[];
}

/** The stages, in their order. When a node fails again, the order begins anew at STAMPING or before. */
type Stage =
  | { readonly kind: 'AWAITING_RESTART'; readonly retryAtMs: number }
  | { readonly kind: 'ADDING_DATANODE'; readonly tries: number }
  | {
      readonly kind: 'TRANSFERRING';
      readonly tries: number;
      readonly grown: readonly PipelineNode[];
      readonly target: PipelineNode;
    }
  | { readonly kind: 'STAMPING' }
  | { readonly kind: 'RECONNECTING'; readonly generationStamp: number }
  | { readonly kind: 'UPDATING_PIPELINE'; readonly generationStamp: number }
  | ({ readonly kind: 'REBUILT' } & RebuiltPipeline)
  | { readonly kind: 'FAILED'; readonly error: HadoopError };

type Transferring = Extract<Stage, { kind: 'TRANSFERRING' }>;

/** The stage that DataNodes are told: at the first connection, and after a failed connection. */
const SETUP_STAGES = {
  APPEND: ['APPEND', 'APPEND_RECOVERY'],
  STREAMING: ['STREAMING_RECOVERY', 'STREAMING_RECOVERY'],
  CLOSING: ['CLOSE_RECOVERY', 'CLOSE_RECOVERY'],
} as const;

const TRANSFER_TRIES_MAX = 3;
const RESTART_RETRY_MS = 4000;

/**
 * Rebuilds a block's pipeline after a failure: the bad DataNode is left out, replaced if the policy says so (the
 * newcomer gets a copy of the replica so far), a new generation stamp makes the bad node's replica stale, the nodes
 * are connected under it, and the NameNode is told. An append begins the same way, with no bad DataNode. Pure, as
 * WritePipeline, which it is a part of; Hadoop's DataStreamer.setupPipelineForAppendOrRecovery.
 */
export class PipelineRecovery {
  readonly #options: RecoveryOptions;
  readonly #emit: Emit;
  #open: OpenBlock;
  #stage: Stage = { kind: 'STAMPING' };
  #restarting: { node: PipelineNode; deadlineMs: number } | undefined;
  /** Nodes left out because they restart: good again for later pipelines when this one stands. */
  #leftToRestart: DatanodeInfoProto[] = [];
  /** Whether a connection has failed: the DataNodes take an append that is tried again for a recovery. */
  #retries: boolean;
  readonly #early: PipelineEvent[] = [];

  constructor(options: RecoveryOptions, open: OpenBlock) {
    this.#options = options;
    this.#emit = options.emit;
    this.#open = open;
    this.#retries = options.origin !== 'APPEND';
  }

  get stage(): Stage {
    return this.#stage;
  }

  get bytesAcked(): number | undefined {
    return this.#open.block.numBytes;
  }

  get tickAtMs(): number | undefined {
    return this.#stage.kind === 'AWAITING_RESTART' ? this.#stage.retryAtMs : undefined;
  }

  /** Returns whether the writer waits for a node that restarts: if it is on this host or the only node. */
  isWorthWaiting(place: number): boolean {
    const { nodes } = this.#open;
    const node = nodes[place];
    return nodes.length === 1 || (node !== undefined && this.#options.isLocal(node.info));
  }

  /** Begins an append: adds a DataNode if the policy asks for it. */
  beginAppend(): void {
    this.#maybeAddDatanode();
  }

  /** Begins a recovery after a node failed. */
  begin({ place, error, restarts }: Breakage, now: number): void {
    if (!restarts) this.#removeNode(place, error);
    else if (this.isWorthWaiting(place)) this.#beginWaiting(place, now);
    else this.#leaveToRestart(place, error);
  }

  step(event: PipelineEvent, now: number): void {
    if (event.kind === 'refused') {
      if (event.during === 'getAdditionalDatanode') this.#goOnWithout(event.error);
      else this.#becomeFailed(event.error);
      return;
    }
    const stage = this.#stage;
    switch (stage.kind) {
      case 'AWAITING_RESTART':
        if (event.kind === 'tick' && now >= stage.retryAtMs) this.#maybeAddDatanode();
        return;
      case 'ADDING_DATANODE':
        if (event.kind === 'datanodeAdded') this.#handleDatanodeAdded(event.allocated, stage.tries);
        return;
      case 'TRANSFERRING':
        if (event.kind === 'transferred') this.#handleTransferred(stage.grown);
        else if (event.kind === 'transferFailed') this.#handleTransferFailed(stage, event.error);
        return;
      case 'STAMPING':
        if (event.kind === 'stamped') this.#handleStamped(event.generationStamp, event.token);
        return;
      case 'RECONNECTING':
        if (event.kind === 'connected') this.#handleConnected(stage.generationStamp);
        else if (event.kind === 'connectFailed') this.#handleConnectFailed(event.failure, now);
        return;
      case 'UPDATING_PIPELINE':
        if (event.kind === 'ack' || event.kind === 'disconnected') this.#early.push(event);
        else if (event.kind === 'pipelineUpdated') this.#becomeRebuilt(stage.generationStamp);
        return;
    }
  }

  #removeNode(place: number, error: HadoopError): void {
    const { nodes, block } = this.#open;
    const bad = nodes[place];
    if (this.#isRestarting(bad)) this.#restarting = undefined;
    if (!bad || nodes.length <= 1) {
      const message = `All datanodes [${nodeList(nodes)}] are bad. Aborting...`;
      this.#becomeFailed(hadoopError('IOException', message, error));
      return;
    }
    const which = `datanode ${place} (${nodeList([bad])}) is bad: ${error.message}`;
    const message = `Error Recovery for ${blockName(block)} in pipeline [${nodeList(nodes)}]: ${which}`;
    this.#emit({ kind: 'warn', message });
    const left = nodes.filter((_, i) => i !== place);
    this.#open = { ...this.#open, nodes: left, failed: [...this.#open.failed, bad.info] };
    this.#maybeAddDatanode();
  }

  #maybeAddDatanode(): void {
    const { replication, replaceDatanode, isAppend, isHflushed, origin } = this.#options;
    const facts = { replication, nodesLeft: this.#open.nodes.length, isAppend, isHflushed };
    // A block that was closing is complete on the other nodes; the NameNode replicates it later.
    if (origin !== 'CLOSING' && wantsReplacement(replaceDatanode.policy, facts)) this.#sendAddDatanode(0);
    else this.#sendStamp();
  }

  #sendAddDatanode(tries: number): void {
    const { block, nodes, failed } = this.#open;
    this.#stage = { kind: 'ADDING_DATANODE', tries };
    this.#emit({ kind: 'getAdditionalDatanode', block, existing: nodes, excludes: failed });
  }

  #handleDatanodeAdded(allocated: AllocatedBlock, tries: number): void {
    const { nodes, block, bytesSent } = this.#open;
    const target = allocated.nodes.find((n) => !nodes.some((o) => samePlace(o.info, n.info)));
    const source = nodes[tries % nodes.length];
    if (!target || !source) {
      this.#goOnWithout(noMoreDatanodes(this.#options.replaceDatanode.policy, allocated.nodes, nodes));
      return;
    }
    this.#stage = { kind: 'TRANSFERRING', tries, grown: allocated.nodes, target };
    this.#emit({ kind: 'transferBlock', block, token: allocated.token, source, target, bytesSent });
  }

  /** Handles a replacement that can't be had: the rule says whether the remaining nodes are enough. */
  #goOnWithout(error: HadoopError): void {
    const left = this.#open.nodes.length;
    if (!mayGoOnWithout(this.#options.replaceDatanode, left)) {
      this.#becomeFailed(error);
      return;
    }
    this.#emit({ kind: 'warn', message: `Going on with ${left} DataNodes: ${error.message}` });
    this.#sendStamp();
  }

  #handleTransferred(grown: readonly PipelineNode[]): void {
    this.#open = { ...this.#open, nodes: grown };
    this.#sendStamp();
  }

  #handleTransferFailed({ tries, target }: Transferring, error: HadoopError): void {
    this.#open = { ...this.#open, failed: [...this.#open.failed, target.info] };
    if (tries + 1 < TRANSFER_TRIES_MAX) this.#sendAddDatanode(tries + 1);
    else this.#goOnWithout(error);
  }

  #sendStamp(): void {
    this.#stage = { kind: 'STAMPING' };
    this.#emit({ kind: 'updateBlockForPipeline', block: this.#open.block });
  }

  #handleStamped(generationStamp: number, token: TokenProto): void {
    this.#open = { ...this.#open, token };
    const { block, nodes, bytesSent } = this.#open;
    const connection = this.#options.nextConnection();
    this.#stage = { kind: 'RECONNECTING', generationStamp };
    const stage = SETUP_STAGES[this.#options.origin][this.#retries ? 1 : 0];
    const facts = { newGenerationStamp: generationStamp, bytesAcked: block.numBytes ?? 0, bytesSent };
    this.#emit({ kind: 'connect', connection, stage, block, token, nodes, ...facts });
  }

  #handleConnected(generationStamp: number): void {
    this.#restarting = undefined;
    const { block, nodes, failed } = this.#open;
    this.#open = { ...this.#open, failed: failed.filter((f) => !this.#leftToRestart.some((l) => samePlace(l, f))) };
    this.#stage = { kind: 'UPDATING_PIPELINE', generationStamp };
    this.#emit({ kind: 'updatePipeline', oldBlock: block, newBlock: { ...block, generationStamp }, nodes });
  }

  #handleConnectFailed(failure: SetupFailure, now: number): void {
    this.#retries = true;
    this.#emit({ kind: 'disconnect' });
    const { nodes } = this.#open;
    const restarting = this.#restarting;
    // A failure that names no node is taken for that of the restarting node, or else of the first node.
    const place =
      failure.badNode ??
      Math.max(
        0,
        nodes.findIndex((n) => this.#isRestarting(n)),
      );
    if (restarting) {
      if (this.#isRestarting(nodes[place]) && now < restarting.deadlineMs) this.#awaitRestart(now);
      else this.#removeNode(place, failure.error);
    } else this.begin({ place, error: failure.error, restarts: failure.restarting }, now);
  }

  #beginWaiting(place: number, now: number): void {
    const node = this.#open.nodes[place];
    if (!node) throw new Error(`no node ${place} in the pipeline restarts`);
    this.#restarting = { node, deadlineMs: now + this.#options.datanodeRestartTimeoutMs };
    this.#awaitRestart(now);
  }

  #isRestarting(node: PipelineNode | undefined): boolean {
    return this.#restarting !== undefined && node !== undefined && samePlace(node.info, this.#restarting.node.info);
  }

  #leaveToRestart(place: number, error: HadoopError): void {
    const node = this.#open.nodes[place];
    if (node) this.#leftToRestart.push(node.info);
    this.#removeNode(place, error);
  }

  #awaitRestart(now: number): void {
    const delayMs = Math.min(this.#options.datanodeRestartTimeoutMs, RESTART_RETRY_MS);
    this.#stage = { kind: 'AWAITING_RESTART', retryAtMs: now + delayMs };
  }

  #becomeRebuilt(generationStamp: number): void {
    const open = { ...this.#open, block: { ...this.#open.block, generationStamp } };
    this.#stage = { kind: 'REBUILT', open, origin: this.#options.origin, early: this.#early };
  }

  #becomeFailed(error: HadoopError): void {
    this.#stage = { kind: 'FAILED', error };
  }
}
