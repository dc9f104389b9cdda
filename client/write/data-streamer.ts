/** The driver of a file's write process: carries out the decisions of the WritePipeline. */
import type { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { Packet } from '../../protocol/datatransfer/data-transfer.ts';
import { Bug } from '../../runtime/bug.ts';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { blockName } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import type { StepTeller } from '../dfs/explain.ts';
import type { AppendPoint, PipelineEffect, PipelineEvent } from './pipeline-events.ts';
import { PipelineLink } from './pipeline-link.ts';
import { writePipelineOptions } from './pipeline-options.ts';
import { WritePipeline } from './write-pipeline.ts';
import { WriteWaiters } from './write-waiters.ts';
import { type NameNodeEffect, WriterCalls } from './writer-calls.ts';

/** The file being written, as the NameNode answered create() or append(). */
export interface OpenFile {
  readonly path: string;
  readonly fileId: number;
  readonly replication: number;
  readonly blockSizeBytes: number;
  readonly append?: AppendPoint | undefined;
}

/** The number of DataNodes for which the wait for an ack allows before there is a pipeline. */
const PIPELINE_NODES_DEFAULT = 3;

/**
 * Carries out the decisions of a WritePipeline: calls of the NameNode (WriterCalls), the connection to the DataNodes
 * (PipelineLink), the timer; and lets the file's user wait for it (WriteWaiters).
 */
export class DataStreamer {
  readonly #client: DfsClient;
  readonly #file: OpenFile;
  readonly #teller: StepTeller;
  readonly #pipeline: WritePipeline;
  readonly #calls: WriterCalls;
  readonly #link: PipelineLink;
  readonly #waiters = new WriteWaiters();
  readonly #onEnd: () => void;
  #timer: NodeJS.Timeout | undefined;
  #timerAtMs = Number.POSITIVE_INFINITY;
  #pipelineNodes = PIPELINE_NODES_DEFAULT;
  #error: Error | undefined;
  #ended = false;
  /** True while a new block or generation stamp is only in the NameNode's memory: hflush makes it durable. */
  #blocksToPersist = false;

  /** @param onEnd called once, when the file is closed or given up */
  constructor(client: DfsClient, file: OpenFile, checksum: DataChecksum, teller: StepTeller, onEnd: () => void) {
    this.#client = client;
    this.#file = file;
    this.#teller = teller;
    this.#onEnd = onEnd;
    this.#pipeline = new WritePipeline(writePipelineOptions(client, file));
    this.#calls = new WriterCalls(client, file, teller);
    this.#link = new PipelineLink(client, file, checksum, teller, (event) => this.#step(event));
  }

  /** Waits while the queues are full, then queues a packet. @throws the error that made the write fail */
  async queue(packet: Packet): Promise<void> {
    while (this.#pipeline.isFull() && !this.#error) await this.#waiters.room();
    if (this.#error) throw this.#error;
    if (!packet.lastPacketInBlock) {
      this.#teller.tellSome(4, () => `packet ${packet.seqno} of ${packet.data.length} bytes`);
    }
    this.#step({ kind: 'packet', packet });
  }

  /**
   * Resolves when every DataNode of the pipeline has the packet, and the NameNode knows the block; with `updateLength`
   * also its length so far.
   * @throws InterruptedIOException when the ack does not come in time; the write goes on
   */
  async flushThrough(seqno: number, updateLength = false): Promise<void> {
    this.#step({ kind: 'hflush' });
    if (this.#error) throw this.#error;
    await this.#acked(seqno);
    if (this.#error) throw this.#error;
    // An fsync call that is under way may make this flush's block durable.
    await this.#calls.persisted();
    if (this.#blocksToPersist || updateLength) await this.#persist();
  }

  async #persist(): Promise<void> {
    this.#blocksToPersist = false;
    try {
      await this.#calls.fsync(this.#pipeline.lastBlockBytes ?? -1);
    } catch (e) {
      // The next flush has to make the block durable.
      this.#blocksToPersist = true;
      throw e;
    }
  }

  /** Waits for an ack as long as Hadoop: dfs.datanode.socket.write.timeout and 5 s for each DataNode; forever if that is 0. */
  async #acked(seqno: number): Promise<void> {
    const acked = this.#waiters.acked(seqno);
    if (!acked) return;
    const { clock, conf } = this.#client;
    const beganMs = clock.monotonicMs();
    const timeoutMs = this.#client.writeTimeoutMs(this.#pipelineNodes);
    const seconds = Math.trunc(timeoutMs / 1000);
    const message = `No ack received after ${seconds}s and a timeout of ${seconds}s`;
    const giveUp = () => this.#waiters.giveUp(acked, hadoopError('InterruptedIOException', message));
    const timer = timeoutMs > 0 ? setTimeout(giveUp, timeoutMs) : undefined;
    try {
      await acked.promise;
    } finally {
      clearTimeout(timer);
    }
    const tookMs = clock.monotonicMs() - beganMs;
    const slowMs = conf.get('dfs.client.slow.io.warning.threshold.ms');
    if (tookMs > slowMs) {
      const took = `Slow waitForAckedSeqno took ${Math.round(tookMs)}ms (threshold=${slowMs}ms)`;
      this.#client.warn(`${took}. File being written: ${this.#file.path}`);
    }
  }

  /**
   * Resolves when everything up to the last packet is acked and the NameNode has completed the file.
   * @throws InterruptedIOException as flushThrough(), but then the write is given up
   */
  async close(lastSeqno: number): Promise<void> {
    if (this.#error) throw this.#error;
    const closed = this.#waiters.closed();
    this.#step({ kind: 'close' });
    const acked = this.#acked(lastSeqno).catch((e: unknown) => this.abort(HadoopError.from(e)));
    await Promise.all([acked, closed]);
  }

  /** Gives the write up: every call that waits for it and every later call fails with `reason`. */
  abort(reason = hadoopError('ClosedChannelException', `The write of ${this.#file.path} was given up`)): void {
    if (!this.#ended) this.#fail(reason);
  }

  #step(event: PipelineEvent): void {
    if (this.#ended) return;
    for (const effect of this.#effectsOf(event)) this.#perform(effect);
    if (this.#waiters.isRoomWanted && !this.#pipeline.isFull()) this.#waiters.thereIsRoom();
    this.#armTimer();
  }

  /** A machine that throws may be half changed: the write fails with the bug, and nothing more is sent. */
  #effectsOf(event: PipelineEvent): readonly PipelineEffect[] {
    try {
      return this.#pipeline.step(event, this.#client.clock.monotonicMs());
    } catch (e) {
      this.#fail(new Bug(`WritePipeline.step of ${this.#file.path}`, event, e));
      return [];
    }
  }

  #perform(effect: PipelineEffect): void {
    switch (effect.kind) {
      case 'send':
        this.#link.send(effect.packet);
        this.#tellSent(effect.packet);
        return;
      case 'sendHeartbeat':
        this.#link.sendHeartbeat();
        return;
      case 'acked':
        this.#waiters.ackedThrough(effect.seqno);
        return;
      case 'connect':
        this.#blocksToPersist = true;
        this.#pipelineNodes = effect.nodes.length;
        void this.#link.connect(effect);
        return;
      case 'disconnect':
        this.#link.disconnect();
        return;
      case 'transferBlock':
        void this.#link.transfer(effect);
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
        this.#waiters.fileIsClosed();
        return;
      case 'failed':
        this.#fail(effect.error);
        return;
      default:
        this.#ask(effect);
    }
  }

  /** Feeds the NameNode's answer or refusal back to the pipeline. */
  #ask(effect: NameNodeEffect): void {
    this.#calls.perform(effect).then(
      (event) => this.#step(event),
      (e) => this.#step({ kind: 'refused', during: effect.kind, error: HadoopError.from(e) }),
    );
  }

  #fail(error: Error): void {
    this.#error = error;
    this.#end();
    this.#waiters.fail(error);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#link.close();
    clearTimeout(this.#timer);
    this.#onEnd();
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
}
