import type { Packet } from '../protocol/data-transfer.ts';
import { type HadoopError, hadoopError, isHadoopError } from '../protocol/errors.ts';
import { type DatanodeInfoProto, type ExtendedBlockProto, Status, type TokenProto } from '../protocol/gen/messages.ts';
import { AckQueue } from './ack-queue.ts';
import { blockName } from './block-format.ts';
import { statusName } from './op-status.ts';
import { ExcludedNodes, nodeList, samePlace } from './pipeline-nodes.ts';
import type { AllocatedBlock, PipelineEffect, PipelineEvent, PipelineNode, SetupFailure } from './pipeline-events.ts';
import { type ReplaceDatanodeRule, wantsReplacement } from './replace-datanode.ts';
import { retryDelaysMs } from './retry-delays.ts';

export interface WritePipelineOptions {
  /** The file, for messages. */
  readonly source: string;
  readonly replication: number;
  /** dfs.client.write.max-packets-in-flight: packets in both queues together. */
  readonly packetsInFlightMax: number;
  readonly replaceDatanode: ReplaceDatanodeRule;
  /** dfs.client.block.write.retries */
  readonly setupRetries: number;
  /** dfs.client.block.write.locateFollowingBlock.retries and .initial.delay.ms */
  readonly locateRetries: number;
  readonly locateDelayMs: number;
  /** Half of dfs.client.socket-timeout: a quiet pipeline is sent a heartbeat so often. */
  readonly heartbeatIntervalMs: number;
  /** dfs.client.datanode-restart.timeout */
  readonly datanodeRestartTimeoutMs: number;
  /** dfs.client.write.exclude.nodes.cache.expiry.interval.millis */
  readonly excludeMs: number;
  /** Whether a DataNode is on this host: only then is its restart waited for. */
  readonly isLocal: (node: DatanodeInfoProto) => boolean;
}

/** Where the writer stands. While a block is open, `#open` holds it. */
type Stage =
  /** No block is open. */
  | { readonly kind: 'IDLE' }
  | { readonly kind: 'ADDING_BLOCK'; readonly tries: number; readonly retryAtMs?: number }
  | { readonly kind: 'ABANDONING' }
  | { readonly kind: 'CONNECTING' }
  | { readonly kind: 'STREAMING' }
  /** The empty last packet of the block is on its way; all before it are acked. */
  | { readonly kind: 'CLOSING' }
  // Recovery, in this order; each of them remembers whether the block was CLOSING in `#wasClosing`.
  | { readonly kind: 'AWAITING_RESTART'; readonly retryAtMs: number }
  | { readonly kind: 'ADDING_DATANODE'; readonly tries: number }
  | { readonly kind: 'TRANSFERRING'; readonly tries: number; readonly grown: readonly PipelineNode[]; readonly target: PipelineNode }
  | { readonly kind: 'STAMPING' }
  | { readonly kind: 'RECONNECTING'; readonly generationStamp: number }
  | { readonly kind: 'UPDATING_PIPELINE'; readonly generationStamp: number; readonly lost?: HadoopError }
  // The end.
  | { readonly kind: 'COMPLETING'; readonly tries: number; readonly retryAtMs?: number }
  | { readonly kind: 'CLOSED' }
  | { readonly kind: 'FAILED'; readonly error: HadoopError };

interface OpenBlock {
  /** numBytes is what every DataNode has acked. */
  block: ExtendedBlockProto;
  token: TokenProto;
  nodes: readonly PipelineNode[];
  bytesSent: number;
}

const RECOVERIES_MAX = 5;
const TRANSFER_TRIES_MAX = 3;
const RESTART_RETRY_MS = 4000;
const HEARTBEAT_SEQNO = -1;
const OOB_RESTART: readonly Status[] = [Status.OOB_RESTART];

/**
 * The write process of one file as a state machine: what the DataStreamer and its responder decide in Hadoop. Packets
 * wait in the data queue, are sent, wait in the ack queue until every DataNode has acked, and on a failure go back to
 * the front of the data queue while the pipeline is rebuilt under a new generation stamp. It performs nothing: step()
 * takes one event and returns the effects, in order, for the driver (write-stream.ts).
 */
export class WritePipeline {
  readonly #options: WritePipelineOptions;
  readonly #retryDelaysMs: readonly number[];
  readonly #dataQueue: Packet[] = [];
  readonly #ackQueue: AckQueue<Packet>;
  readonly #excluded: ExcludedNodes;
  #stage: Stage = { kind: 'IDLE' };
  #open: OpenBlock | undefined;
  /** The block before the open one, with its final length; what addBlock and complete commit. */
  #finished: ExtendedBlockProto | undefined;
  /** Nodes that failed in the open block's pipeline. */
  #failed: DatanodeInfoProto[] = [];
  #restarting: { place: number; deadlineMs: number } | undefined;
  #setupTries = 0;
  #recoveries = 0;
  #wasClosing = false;
  #isHflushed = false;
  #closeAsked = false;
  #connection = 0;
  #heartbeatAtMs = 0;
  #effects: PipelineEffect[] = [];

  constructor(options: WritePipelineOptions) {
    this.#options = options;
    this.#retryDelaysMs = retryDelaysMs(options.locateDelayMs, options.locateRetries);
    this.#ackQueue = new AckQueue(options.packetsInFlightMax);
    this.#excluded = new ExcludedNodes(options.excludeMs);
  }

  get stage(): Stage['kind'] {
    return this.#stage.kind;
  }

  /** Whether the writer must wait before it queues another packet. */
  isFull(): boolean {
    return this.#dataQueue.length + this.#ackQueue.size >= this.#options.packetsInFlightMax;
  }

  get queued(): { readonly data: number; readonly ack: number } {
    return { data: this.#dataQueue.length, ack: this.#ackQueue.size };
  }

  /** When a 'tick' is due, if at all. */
  get tickAtMs(): number | undefined {
    if (this.#stage.kind === 'STREAMING' || this.#stage.kind === 'CLOSING') return this.#heartbeatAtMs;
    return 'retryAtMs' in this.#stage ? this.#stage.retryAtMs : undefined;
  }

  step(event: PipelineEvent, nowMs: number): PipelineEffect[] {
    this.#effects = [];
    if (this.#stage.kind !== 'CLOSED' && this.#stage.kind !== 'FAILED') this.#handle(event, nowMs);
    return this.#effects;
  }

  #handle(event: PipelineEvent, now: number): void {
    switch (event.kind) {
      case 'packet':
        this.#dataQueue.push(event.packet);
        return this.#stage.kind === 'IDLE' ? this.#maybeAddBlock(now) : this.#maybeSend(now);
      case 'hflush':
        this.#isHflushed = true;
        return;
      case 'close':
        this.#closeAsked = true;
        if (this.#stage.kind === 'IDLE') this.#maybeAddBlock(now);
        return;
      case 'tick':
        return this.#handleTick(now);
      case 'blockAdded':
        return this.#handleBlockAdded(event.allocated, now);
      case 'blockAbandoned':
        return this.#sendAddBlock(0, now);
      case 'completed':
        return this.#handleCompleted(event.done, now);
      case 'refused':
        return this.#handleRefused(event.during, event.error, now);
      case 'connected':
        if (event.connection === this.#connection) this.#handleConnected(now);
        return;
      case 'connectFailed':
        if (event.connection === this.#connection) this.#handleConnectFailed(event.failure, now);
        return;
      case 'disconnected':
        if (event.connection === this.#connection) this.#handleDisconnected(event.error, now);
        return;
      case 'ack':
        if (event.connection === this.#connection) this.#handleAck(event.seqno, event.replies, now);
        return;
      case 'datanodeAdded':
        return this.#handleDatanodeAdded(event.allocated);
      case 'transferred':
        return this.#handleTransferred();
      case 'transferFailed':
        return this.#handleTransferFailed(event.error);
      case 'stamped':
        return this.#handleStamped(event.generationStamp, event.token);
      case 'pipelineUpdated':
        return this.#handlePipelineUpdated(now);
    }
  }

  // ---- A new block: addBlock, pipeline set-up, and abandonBlock when that fails

  #maybeAddBlock(now: number): void {
    if (this.#dataQueue.length > 0) this.#sendAddBlock(0, now);
    else if (this.#closeAsked) this.#sendComplete(0);
    else this.#stage = { kind: 'IDLE' };
  }

  #sendAddBlock(tries: number, now: number): void {
    this.#stage = { kind: 'ADDING_BLOCK', tries };
    this.#effects.push({ kind: 'addBlock', previous: this.#finished, excludes: this.#excluded.present(now) });
  }

  #handleBlockAdded(allocated: AllocatedBlock, now: number): void {
    this.#open = { ...allocated, block: { ...allocated.block, numBytes: 0 }, bytesSent: 0 };
    this.#failed = [];
    this.#restarting = undefined;
    if (allocated.nodes.length === 0) {
      this.#handleConnectFailed({ restarting: false, error: hadoopError('IOException', 'No DataNodes') }, now);
      return;
    }
    this.#stage = { kind: 'CONNECTING' };
    this.#connect('CREATE', 0);
  }

  #connect(stage: 'CREATE' | 'STREAMING_RECOVERY' | 'CLOSE_RECOVERY', newGenerationStamp: number): void {
    const { block, token, nodes, bytesSent } = this.#openBlock();
    this.#effects.push({
      kind: 'connect',
      connection: ++this.#connection,
      stage,
      block,
      token,
      nodes,
      newGenerationStamp,
      bytesAcked: block.numBytes ?? 0,
      bytesSent,
    });
  }

  #handleConnected(now: number): void {
    this.#restarting = undefined;
    if (this.#stage.kind === 'RECONNECTING') {
      const { generationStamp } = this.#stage;
      const { block, nodes } = this.#openBlock();
      this.#stage = { kind: 'UPDATING_PIPELINE', generationStamp };
      this.#effects.push({ kind: 'updatePipeline', oldBlock: block, newBlock: { ...block, generationStamp }, nodes });
    } else if (this.#stage.kind === 'CONNECTING') {
      this.#setupTries = 0;
      this.#becomeStreaming(now);
    }
  }

  #handleConnectFailed(failure: SetupFailure, now: number): void {
    const open = this.#openBlock();
    const place = failure.badNode ?? 0;
    const node = open.nodes[place];
    this.#effects.push({ kind: 'disconnect' });
    if (this.#stage.kind === 'RECONNECTING') {
      if (this.#restarting && now < this.#restarting.deadlineMs) this.#awaitRestart(now);
      else if (failure.restarting && this.#isWorthWaiting(place)) this.#beginRestart(place, now);
      else this.#removeNode(this.#restarting?.place ?? place, failure.error);
      return;
    }
    if (node) {
      this.#excluded.add(node.info, now);
      const name = nodeList([node]);
      this.#effects.push({ kind: 'warn', message: `Excluding DataNode ${name}: ${failure.error.message}` });
    }
    this.#open = undefined;
    this.#stage = { kind: 'ABANDONING' };
    this.#effects.push({ kind: 'abandonBlock', block: open.block });
    if (++this.#setupTries > this.#options.setupRetries) {
      this.#becomeFailed(hadoopError('IOException', 'Unable to create new block.', failure.error));
    }
  }

  // ---- Streaming: data queue to ack queue, and acks

  #becomeStreaming(now: number): void {
    this.#stage = { kind: 'STREAMING' };
    this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
    this.#maybeSend(now);
  }

  #maybeSend(now: number): void {
    while (this.#stage.kind === 'STREAMING' && !this.#ackQueue.isFull()) {
      const packet = this.#dataQueue[0];
      if (!packet) return;
      if (packet.lastPacketInBlock) {
        // The DataNodes finalize the block on it, so everything before must be safe with all of them.
        if (!this.#ackQueue.isEmpty()) return;
        this.#stage = { kind: 'CLOSING' };
      }
      this.#dataQueue.shift();
      this.#ackQueue.add(packet);
      const open = this.#openBlock();
      open.bytesSent = Math.max(open.bytesSent, packet.offsetInBlock + packet.data.length);
      this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
      this.#effects.push({ kind: 'send', packet });
    }
  }

  #handleAck(seqno: number, replies: readonly Status[], now: number): void {
    // The farthest bad node is the cause: those before it only pass its failure on.
    const place = replies.findLastIndex((reply) => reply !== Status.SUCCESS);
    const reply = replies[place];
    if (reply !== undefined) {
      if (OOB_RESTART.includes(reply) && this.#isWorthWaiting(place)) return this.#beginRestart(place, now);
      const name = nodeList(this.#openBlock().nodes.slice(place, place + 1));
      return this.#beginRecovery(place, hadoopError('IOException', `Bad response ${statusName(reply)} from ${name}`));
    }
    if (seqno === HEARTBEAT_SEQNO) return;
    const first = this.#ackQueue.first;
    if (first?.seqno !== seqno) {
      const message = `Expected an ack of packet ${first?.seqno ?? 'none'} but got one of ${seqno}`;
      return this.#beginRecovery(0, hadoopError('IOException', message));
    }
    this.#ackQueue.releaseThrough(seqno);
    this.#recoveries = 0;
    const open = this.#openBlock();
    const numBytes = Math.max(open.block.numBytes ?? 0, first.offsetInBlock + first.data.length);
    open.block = { ...open.block, numBytes };
    this.#effects.push({ kind: 'acked', seqno });
    if (first.lastPacketInBlock) this.#finishBlock(now);
    else this.#maybeSend(now);
  }

  #finishBlock(now: number): void {
    const { block } = this.#openBlock();
    this.#effects.push({ kind: 'disconnect' }, { kind: 'blockFinished', block });
    this.#finished = block;
    this.#open = undefined;
    this.#wasClosing = false;
    this.#maybeAddBlock(now);
  }

  // ---- Recovery

  #handleDisconnected(error: HadoopError, now: number): void {
    if (this.#stage.kind === 'STREAMING' || this.#stage.kind === 'CLOSING') this.#beginRecovery(0, error);
    else if (this.#stage.kind === 'UPDATING_PIPELINE') this.#stage = { ...this.#stage, lost: error };
    else if (this.#stage.kind === 'CONNECTING' || this.#stage.kind === 'RECONNECTING') {
      this.#handleConnectFailed({ restarting: false, error }, now);
    }
  }

  /** Puts what is not acked back to the front of the data queue. False when the limit of recoveries is reached. */
  #takeBack(): boolean {
    this.#wasClosing = this.#stage.kind === 'CLOSING';
    this.#effects.push({ kind: 'disconnect' });
    this.#connection++;
    this.#dataQueue.unshift(...this.#ackQueue.takeAll());
    if (++this.#recoveries <= RECOVERIES_MAX) return true;
    const message = `Failing write. Tried pipeline recovery ${RECOVERIES_MAX} times without success.`;
    this.#becomeFailed(hadoopError('IOException', message));
    return false;
  }

  #beginRecovery(place: number, error: HadoopError): void {
    if (this.#takeBack()) this.#removeNode(place, error);
  }

  #isWorthWaiting(place: number): boolean {
    const { nodes } = this.#openBlock();
    const node = nodes[place];
    return nodes.length === 1 || (node !== undefined && this.#options.isLocal(node.info));
  }

  #beginRestart(place: number, now: number): void {
    if (this.#stage.kind !== 'RECONNECTING' && !this.#takeBack()) return;
    this.#restarting = { place, deadlineMs: now + this.#options.datanodeRestartTimeoutMs };
    this.#awaitRestart(now);
  }

  #awaitRestart(now: number): void {
    const delayMs = Math.min(this.#options.datanodeRestartTimeoutMs, RESTART_RETRY_MS);
    this.#stage = { kind: 'AWAITING_RESTART', retryAtMs: now + delayMs };
  }

  #removeNode(place: number, error: HadoopError): void {
    const open = this.#openBlock();
    const bad = open.nodes[place];
    this.#restarting = undefined;
    if (!bad || open.nodes.length <= 1) {
      const message = `All datanodes [${nodeList(open.nodes)}] are bad. Aborting...`;
      return this.#becomeFailed(hadoopError('IOException', message, error));
    }
    const message = `Error Recovery for ${blockName(open.block)} in pipeline [${nodeList(open.nodes)}]: datanode ${place} (${nodeList([bad])}) is bad: ${error.message}`;
    this.#effects.push({ kind: 'warn', message });
    this.#failed.push(bad.info);
    open.nodes = open.nodes.filter((_, i) => i !== place);
    const facts = {
      replication: this.#options.replication,
      nodesLeft: open.nodes.length,
      isAppend: false,
      isHflushed: this.#isHflushed,
    };
    // A block that was closing is complete on the nodes left; the NameNode replicates it.
    if (!this.#wasClosing && wantsReplacement(this.#options.replaceDatanode.policy, facts)) this.#sendAddDatanode(0);
    else this.#sendStamp();
  }

  #sendAddDatanode(tries: number): void {
    const { block, nodes } = this.#openBlock();
    this.#stage = { kind: 'ADDING_DATANODE', tries };
    this.#effects.push({ kind: 'getAdditionalDatanode', block, existing: nodes, excludes: [...this.#failed] });
  }

  #handleDatanodeAdded(allocated: AllocatedBlock): void {
    if (this.#stage.kind !== 'ADDING_DATANODE') return;
    const open = this.#openBlock();
    const { tries } = this.#stage;
    const target = allocated.nodes.find((n) => !open.nodes.some((o) => samePlace(o.info, n.info)));
    const source = open.nodes[tries % open.nodes.length];
    if (!target || !source) {
      const nodes = `Nodes: current=[${nodeList(allocated.nodes)}], original=[${nodeList(open.nodes)}]`;
      const { policy } = this.#options.replaceDatanode;
      return this.#goOnWithout(
        hadoopError(
          'IOException',
          `Failed to replace a bad datanode on the existing pipeline due to no more good datanodes being available to try. (${nodes}). The current failed datanode replacement policy is ${policy}, and a client may configure this via 'dfs.client.block.write.replace-datanode-on-failure.policy' in its configuration.`,
        ),
      );
    }
    this.#stage = { kind: 'TRANSFERRING', tries, grown: allocated.nodes, target };
    const { block, bytesSent } = open;
    this.#effects.push({ kind: 'transferBlock', block, token: allocated.token, source, target, bytesSent });
  }

  #handleTransferred(): void {
    if (this.#stage.kind !== 'TRANSFERRING') return;
    this.#openBlock().nodes = this.#stage.grown;
    this.#sendStamp();
  }

  #handleTransferFailed(error: HadoopError): void {
    if (this.#stage.kind !== 'TRANSFERRING') return;
    const { tries, target } = this.#stage;
    this.#failed.push(target.info);
    if (tries + 1 < TRANSFER_TRIES_MAX) this.#sendAddDatanode(tries + 1);
    else this.#goOnWithout(error);
  }

  /** No replacement is to be had: the rule says whether the nodes that are left will do. */
  #goOnWithout(error: HadoopError): void {
    const { bestEffort, nodesMin } = this.#options.replaceDatanode;
    const left = this.#openBlock().nodes.length;
    if (!bestEffort && !(nodesMin > 0 && left >= nodesMin)) return this.#becomeFailed(error);
    this.#effects.push({ kind: 'warn', message: `Going on with ${left} DataNodes: ${error.message}` });
    this.#sendStamp();
  }

  #sendStamp(): void {
    this.#stage = { kind: 'STAMPING' };
    this.#effects.push({ kind: 'updateBlockForPipeline', block: this.#openBlock().block });
  }

  #handleStamped(generationStamp: number, token: TokenProto): void {
    if (this.#stage.kind !== 'STAMPING') return;
    this.#openBlock().token = token;
    this.#stage = { kind: 'RECONNECTING', generationStamp };
    this.#connect(this.#wasClosing ? 'CLOSE_RECOVERY' : 'STREAMING_RECOVERY', generationStamp);
  }

  #handlePipelineUpdated(now: number): void {
    if (this.#stage.kind !== 'UPDATING_PIPELINE') return;
    const { generationStamp, lost } = this.#stage;
    const open = this.#openBlock();
    open.block = { ...open.block, generationStamp };
    if (this.#wasClosing) {
      // The DataNodes finalized the block when they were connected: its last packet needs no sending.
      const last = this.#dataQueue.shift();
      if (last) this.#effects.push({ kind: 'acked', seqno: last.seqno });
      this.#recoveries = 0;
      return this.#finishBlock(now);
    }
    this.#becomeStreaming(now);
    if (lost) this.#beginRecovery(0, lost);
  }

  // ---- The end, refusals and time

  #sendComplete(tries: number): void {
    this.#stage = { kind: 'COMPLETING', tries };
    this.#effects.push({ kind: 'complete', last: this.#finished });
  }

  #handleCompleted(done: boolean, now: number): void {
    if (this.#stage.kind !== 'COMPLETING') return;
    const { tries } = this.#stage;
    const delayMs = this.#retryDelaysMs[tries];
    if (done) {
      this.#stage = { kind: 'CLOSED' };
      this.#effects.push({ kind: 'closed' });
    } else if (delayMs === undefined) {
      const reason = 'the last block does not have enough number of replicas';
      this.#becomeFailed(hadoopError('IOException', `Unable to close file because ${reason}.`));
    } else this.#stage = { kind: 'COMPLETING', tries, retryAtMs: now + delayMs };
  }

  #handleRefused(during: string, error: HadoopError, now: number): void {
    if (during === 'addBlock' && this.#stage.kind === 'ADDING_BLOCK' && isHadoopError(error, 'NotReplicatedYetException')) {
      const { tries } = this.#stage;
      const delayMs = this.#retryDelaysMs[tries];
      if (delayMs !== undefined) {
        this.#stage = { kind: 'ADDING_BLOCK', tries, retryAtMs: now + delayMs };
        return;
      }
    }
    if (during === 'getAdditionalDatanode') this.#goOnWithout(error);
    else this.#becomeFailed(error);
  }

  #handleTick(now: number): void {
    if (this.tickAtMs === undefined || now < this.tickAtMs) return;
    switch (this.#stage.kind) {
      case 'STREAMING':
      case 'CLOSING':
        this.#heartbeatAtMs = now + this.#options.heartbeatIntervalMs;
        this.#effects.push({ kind: 'sendHeartbeat' });
        return;
      case 'ADDING_BLOCK':
        return this.#sendAddBlock(this.#stage.tries + 1, now);
      case 'COMPLETING':
        return this.#sendComplete(this.#stage.tries + 1);
      case 'AWAITING_RESTART':
        return this.#sendStamp();
    }
  }

  #becomeFailed(error: HadoopError): void {
    this.#stage = { kind: 'FAILED', error };
    this.#effects.push({ kind: 'disconnect' }, { kind: 'failed', error });
  }

  #openBlock(): OpenBlock {
    if (!this.#open) throw new Error(`no block is open in stage ${this.#stage.kind}`);
    return this.#open;
  }
}
