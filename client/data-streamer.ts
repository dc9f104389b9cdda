import type { DataChecksum } from '../protocol/checksum.ts';
import type { DataConnection } from '../protocol/data-connection.ts';
import { HEARTBEAT_SEQNO, type Packet } from '../protocol/data-transfer.ts';
import { HadoopError, hadoopError } from '../protocol/errors.ts';
import * as ClientNamenode from '../protocol/gen/client-namenode.ts';
import { blockName, datanodeNames } from './block-format.ts';
import { allocatedBlock, openPipeline, SetupError, transferBlock } from './block-writer.ts';
import type { DfsClient } from './dfs-client.ts';
import type { StepTeller } from './explain.ts';
import { ackFacts } from './pipeline-ack.ts';
import type { AppendPoint, NameNodeEffectKind, PipelineEffect, PipelineEvent } from './pipeline-events.ts';
import { replaceDatanodeRule } from './replace-datanode.ts';
import { WritePipeline } from './write-pipeline.ts';

/** The file being written, as create() or append() answered. */
export interface OpenFile {
  readonly path: string;
  readonly fileId: number;
  readonly replication: number;
  readonly blockSizeBytes: number;
  readonly append?: AppendPoint | undefined;
}

interface AckWaiter {
  readonly seqno: number;
  readonly resolve: () => void;
  readonly reject: (error: HadoopError) => void;
}

type Effect<K extends PipelineEffect['kind']> = Extract<PipelineEffect, { kind: K }>;

const NO_BYTES = Buffer.alloc(0);

/** Carries out what a WritePipeline decides: calls of the NameNode, connections to DataNodes, packets, acks, the timer. */
export class DataStreamer {
  readonly #client: DfsClient;
  readonly #file: OpenFile;
  readonly #checksum: DataChecksum;
  readonly #teller: StepTeller;
  readonly #pipeline: WritePipeline;
  readonly #onEnd: () => void;
  #connection: DataConnection | undefined;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #ackedSeqno = -1;
  #ackWaiters: AckWaiter[] = [];
  #roomWaiters: (() => void)[] = [];
  #closeWaiters: AckWaiter[] = [];
  #error: HadoopError | undefined;
  #ended = false;
  /** A new block or generation stamp is only known to the NameNode's memory: hflush makes it durable there. */
  #blocksToPersist = false;
  /** The fsync call that is under way: its length is of the block that must stay the file's last until then. */
  #persisting: Promise<void> | undefined;

  /** `onEnd` is called once, when the file is closed or given up. */
  constructor(client: DfsClient, file: OpenFile, checksum: DataChecksum, teller: StepTeller, onEnd: () => void) {
    const { conf } = client;
    this.#client = client;
    this.#file = file;
    this.#checksum = checksum;
    this.#teller = teller;
    this.#onEnd = onEnd;
    this.#pipeline = new WritePipeline({
      replication: file.replication,
      packetsInFlightMax: conf.get('dfs.client.write.max-packets-in-flight'),
      replaceDatanode: replaceDatanodeRule(conf),
      setupRetries: conf.get('dfs.client.block.write.retries'),
      locateRetries: conf.get('dfs.client.block.write.locateFollowingBlock.retries'),
      locateDelayMs: conf.get('dfs.client.block.write.locateFollowingBlock.initial.delay.ms'),
      heartbeatIntervalMs: conf.get('dfs.client.socket-timeout') / 2 || Number.POSITIVE_INFINITY,
      datanodeRestartTimeoutMs: conf.get('dfs.client.datanode-restart.timeout'),
      excludeMs: conf.get('dfs.client.write.exclude.nodes.cache.expiry.interval.millis'),
      isLocal: (node) => client.isLocal(node),
      locateDelayMaxMs: conf.get('dfs.client.block.write.locateFollowingBlock.max.delay.ms'),
      ackTimeoutMs: (nodes) => client.readTimeoutMs(nodes),
      congestionMeanMs: conf.get('dfs.client.congestion.backoff.mean.time'),
      congestionMaxMs: conf.get('dfs.client.congestion.backoff.max.time'),
      slowNodeThreshold: conf.get('dfs.client.mark.slownode.as.badnode.threshold'),
      random: () => client.random.next(),
      append: file.append,
    });
  }

  /** Queues a packet, after waiting while the queues are full. @throws what made the write fail */
  async queue(packet: Packet): Promise<void> {
    while (this.#pipeline.isFull() && !this.#error) {
      await new Promise<void>((resolve) => this.#roomWaiters.push(resolve));
    }
    if (this.#error) throw this.#error;
    if (!packet.lastPacketInBlock) {
      this.#teller.tellSome(4, () => `packet ${packet.seqno} of ${packet.data.length} bytes`);
    }
    this.#step({ kind: 'packet', packet });
  }

  /**
   * Resolves when every DataNode of the pipeline has the packet, and the NameNode knows the block; with `updateLength`
   * also its length so far.
   */
  async flushThrough(seqno: number, updateLength = false): Promise<void> {
    this.#step({ kind: 'hflush' });
    if (this.#ackedSeqno < seqno && !this.#error) await this.#acked(seqno);
    if (this.#error) throw this.#error;
    // One that is under way may be what this flush needs.
    while (this.#persisting) await this.#persisting;
    if (!this.#blocksToPersist && !updateLength) return;
    const persisted = this.#persist();
    this.#persisting = Promise.allSettled([persisted]).then(() => {
      this.#persisting = undefined;
    });
    await persisted;
  }

  async #persist(): Promise<void> {
    this.#blocksToPersist = false;
    const { path: src, fileId } = this.#file;
    const { clientName: client } = this.#client;
    const lastBlockLength = this.#pipeline.lastBlockBytes ?? -1;
    try {
      await this.#client.callForWriter(ClientNamenode.fsync, { src, client, lastBlockLength, fileId });
    } catch (e) {
      // The next flush has to make it durable.
      this.#blocksToPersist = true;
      throw e;
    }
  }

  #acked(seqno: number): Promise<void> {
    return new Promise<void>((resolve, reject) => this.#ackWaiters.push({ seqno, resolve, reject }));
  }

  /** Resolves when everything is acked and the NameNode has completed the file. */
  async close(): Promise<void> {
    if (this.#error) throw this.#error;
    const closed = new Promise<void>((resolve, reject) => this.#closeWaiters.push({ seqno: 0, resolve, reject }));
    this.#step({ kind: 'close' });
    await closed;
  }

  /** Gives the write up: what waits for it, and every later call, fails with `reason`. */
  abort(reason = hadoopError('ClosedChannelException', `The write of ${this.#file.path} was given up`)): void {
    if (!this.#ended) this.#fail(reason);
  }

  #step(event: PipelineEvent): void {
    if (this.#ended) return;
    for (const effect of this.#pipeline.step(event, this.#client.clock.monotonicMs())) this.#perform(effect);
    if (this.#roomWaiters.length > 0 && !this.#pipeline.isFull()) this.#wakeRoomWaiters();
    this.#armTimer();
  }

  #perform(effect: PipelineEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#send(effect.packet);
        this.#tellSent(effect.packet);
        return;
      case 'sendHeartbeat':
        this.#send(heartbeat());
        return;
      case 'acked':
        this.#ackedSeqno = effect.seqno;
        this.#wakeAckWaiters();
        return;
      case 'addBlock':
        this.#ask('addBlock', this.#addBlock(effect));
        return;
      case 'abandonBlock':
        this.#ask('abandonBlock', this.#abandonBlock(effect));
        return;
      case 'connect':
        this.#blocksToPersist = true;
        void this.#connect(effect);
        return;
      case 'disconnect':
        this.#connection?.destroy();
        this.#connection = undefined;
        return;
      case 'getAdditionalDatanode':
        this.#ask('getAdditionalDatanode', this.#getAdditionalDatanode(effect));
        return;
      case 'transferBlock':
        void this.#transferBlock(effect);
        return;
      case 'updateBlockForPipeline':
        this.#ask('updateBlockForPipeline', this.#updateBlockForPipeline(effect));
        return;
      case 'updatePipeline':
        this.#ask('updatePipeline', this.#updatePipeline(effect));
        return;
      case 'complete':
        this.#teller.tell(12, this.#file.path);
        this.#ask('complete', this.#complete(effect));
        return;
      case 'blockFinished':
        this.#teller.note(`${blockName(effect.block)} is full or the file ends: ${effect.block.numBytes} bytes`);
        this.#teller.reset();
        return;
      case 'warn':
        this.#teller.note(effect.message);
        this.#client.warn(effect.message);
        return;
      case 'closed':
        this.#end();
        for (const waiter of this.#closeWaiters.splice(0)) waiter.resolve();
        return;
      case 'failed':
        this.#fail(effect.error);
        return;
    }
  }

  // ---- The NameNode's part

  /** Feeds the answer of a call back, or its refusal. */
  #ask(during: NameNodeEffectKind, answer: Promise<PipelineEvent>): void {
    answer.then(
      (event) => this.#step(event),
      (e) => this.#step({ kind: 'refused', during, error: HadoopError.from(e) }),
    );
  }

  async #addBlock(effect: Effect<'addBlock'>): Promise<PipelineEvent> {
    while (this.#persisting) await this.#persisting;
    const { path: src, fileId } = this.#file;
    this.#teller.tell(5, effect.previous ? `after ${blockName(effect.previous)}` : 'the first');
    const { block } = await this.#client.callForWriter(ClientNamenode.addBlock, {
      src,
      clientName: this.#client.clientName,
      previous: effect.previous,
      excludeNodes: [...effect.excludes],
      fileId,
      favoredNodes: [],
      flags: [],
    });
    this.#teller.note(`${blockName(block.b)} on ${datanodeNames(block.locs)}`);
    return { kind: 'blockAdded', allocated: allocatedBlock(block) };
  }

  async #abandonBlock(effect: Effect<'abandonBlock'>): Promise<PipelineEvent> {
    const { path: src, fileId } = this.#file;
    const holder = this.#client.clientName;
    await this.#client.callForWriter(ClientNamenode.abandonBlock, { b: effect.block, src, holder, fileId });
    this.#teller.note(`${blockName(effect.block)} is abandoned`);
    return { kind: 'blockAbandoned' };
  }

  async #getAdditionalDatanode(effect: Effect<'getAdditionalDatanode'>): Promise<PipelineEvent> {
    const { path: src, fileId } = this.#file;
    const { block } = await this.#client.callForWriter(ClientNamenode.getAdditionalDatanode, {
      src,
      blk: effect.block,
      existings: effect.existing.map((n) => n.info),
      excludes: [...effect.excludes],
      numAdditionalNodes: 1,
      clientName: this.#client.clientName,
      existingStorageUuids: effect.existing.map((n) => n.storageId),
      fileId,
    });
    return { kind: 'datanodeAdded', allocated: allocatedBlock(block) };
  }

  async #updateBlockForPipeline({ block }: Effect<'updateBlockForPipeline'>): Promise<PipelineEvent> {
    const { clientName } = this.#client;
    const answer = await this.#client.callForWriter(ClientNamenode.updateBlockForPipeline, { block, clientName });
    const { b, blockToken } = answer.block;
    return { kind: 'stamped', generationStamp: b.generationStamp, token: blockToken };
  }

  async #updatePipeline(effect: Effect<'updatePipeline'>): Promise<PipelineEvent> {
    const { oldBlock, newBlock, nodes } = effect;
    await this.#client.callForWriter(ClientNamenode.updatePipeline, {
      clientName: this.#client.clientName,
      oldBlock,
      newBlock,
      newNodes: nodes.map((n) => n.info.id),
      storageIDs: nodes.map((n) => n.storageId),
    });
    this.#teller.note(
      `the pipeline is rebuilt as ${blockName(newBlock)} on ${datanodeNames(nodes.map((n) => n.info))}`,
    );
    return { kind: 'pipelineUpdated' };
  }

  async #complete({ last }: Effect<'complete'>): Promise<PipelineEvent> {
    while (this.#persisting) await this.#persisting;
    const { path: src, fileId } = this.#file;
    const { clientName } = this.#client;
    const { result } = await this.#client.callForWriter(ClientNamenode.complete, { src, clientName, last, fileId });
    return { kind: 'completed', done: result };
  }

  // ---- The DataNodes' part

  async #connect(effect: Effect<'connect'>): Promise<void> {
    const { connection: number, nodes } = effect;
    let connection: DataConnection;
    try {
      connection = await openPipeline(this.#client, effect, this.#file, this.#checksum);
    } catch (e) {
      const failure = e instanceof SetupError ? e : { restarting: false };
      this.#step({ kind: 'connectFailed', connection: number, failure: { ...failure, error: HadoopError.from(e) } });
      return;
    }
    if (this.#ended) return connection.destroy();
    // From here on the pipeline watches over the acks itself: heartbeats that are sent would count as signs of life.
    connection.setTimeout(0);
    this.#connection = connection;
    this.#teller.tell(6, `client → ${nodes.map((n) => `${n.info.id.ipAddr}:${n.info.id.xferPort}`).join(' → ')}`);
    this.#step({ kind: 'connected', connection: number });
    await this.#receiveAcks(connection, number);
  }

  async #receiveAcks(connection: DataConnection, number: number): Promise<void> {
    try {
      while (this.#connection === connection) {
        const ack = await connection.receiveAck();
        this.#tellAcked(ack.seqno);
        this.#step({ kind: 'ack', connection: number, seqno: ack.seqno, ...ackFacts(ack) });
      }
    } catch (e) {
      this.#step({ kind: 'disconnected', connection: number, error: HadoopError.from(e) });
    }
  }

  #send(packet: Packet): void {
    // The ack window bounds what the socket holds. A failed send is also the end of the acks, which tell of it.
    const ignored = () => undefined;
    this.#connection?.sendPacket(packet).then(ignored, ignored);
  }

  async #transferBlock(effect: Effect<'transferBlock'>): Promise<void> {
    try {
      await transferBlock(this.#client, effect);
      this.#step({ kind: 'transferred' });
    } catch (e) {
      this.#step({ kind: 'transferFailed', error: HadoopError.from(e) });
    }
  }

  // ---- Ends, waiters and the timer

  #fail(error: HadoopError): void {
    this.#error = error;
    this.#connection?.destroy();
    this.#connection = undefined;
    this.#end();
    this.#wakeRoomWaiters();
    for (const waiter of [...this.#ackWaiters.splice(0), ...this.#closeWaiters.splice(0)]) waiter.reject(error);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#onEnd();
  }

  #wakeRoomWaiters(): void {
    for (const wake of this.#roomWaiters.splice(0)) wake();
  }

  #wakeAckWaiters(): void {
    if (this.#ackWaiters.length === 0) return;
    const done = this.#ackWaiters.filter((w) => w.seqno <= this.#ackedSeqno);
    this.#ackWaiters = this.#ackWaiters.filter((w) => w.seqno > this.#ackedSeqno);
    for (const waiter of done) waiter.resolve();
  }

  /** Arms the timer only for an earlier tick than it is armed for; a tick that is not due yet arms it again. */
  #armTimer(): void {
    const atMs = this.#pipeline.tickAtMs ?? Number.POSITIVE_INFINITY;
    if (this.#ended || atMs >= this.#timerAtMs) return;
    clearTimeout(this.#timer);
    this.#timerAtMs = atMs;
    this.#timer = setTimeout(
      () => {
        this.#timerAtMs = Number.POSITIVE_INFINITY;
        this.#step({ kind: 'tick' });
      },
      Math.max(1, atMs - this.#client.clock.monotonicMs()),
    );
  }

  #tellSent(packet: Packet): void {
    if (!this.#teller.isOn || packet.lastPacketInBlock) return;
    this.#teller.tellSome(7, () => `packet ${packet.seqno}`);
    this.#teller.tellSome(8, () => `packet ${packet.seqno}`);
    this.#teller.tellSome(9, () => `packet ${packet.seqno}`);
  }

  #tellAcked(seqno: number): void {
    if (seqno !== HEARTBEAT_SEQNO) this.#teller.tellSome(10, () => `packet ${seqno}`);
  }
}

function heartbeat(): Packet {
  const seqno = HEARTBEAT_SEQNO;
  return { seqno, offsetInBlock: 0, lastPacketInBlock: false, syncBlock: false, checksums: NO_BYTES, data: NO_BYTES };
}
