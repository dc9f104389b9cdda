/** Sends the acks of one block upstream, to the node or client before this node. */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { PipelineAckProto, Status } from '../../protocol/gen/messages.ts';
import { networkError } from '../../protocol/network-errors.ts';
import { Bug } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { deferred, settled } from '../../runtime/promises.ts';
import type { StoredReplica } from '../replicas/stored-replica.ts';
import type { DatanodeFaults } from '../volumes/faults.ts';
import { AckQueue, type AckStep, type PendingPacket, UNKNOWN_SEQNO } from './ack-queue.ts';

export interface ResponderOptions {
  readonly replica: StoredReplica;
  readonly upstream: DataConnection;
  /** Connection to the next node; undefined at the pipeline's tail. */
  readonly mirror: DataConnection | undefined;
  /** Makes the block final; runs before the block's last ack is sent. */
  readonly finalize: () => Promise<void>;
  readonly onMirrorError: (error: Error) => void;
  /** Called if this node has to leave the pipeline. */
  readonly onFailure: (error: Error) => void;
  readonly faults: DatanodeFaults | undefined;
  /** Returns a status with this node's flags. */
  readonly flagOf: (status: Status) => number;
}

/**
 * Sends the acks of one block upstream (Hadoop: PacketResponder). `done` resolves when the last packet's ack is sent,
 * and rejects when this node has to leave the pipeline.
 */
export class PacketResponder {
  readonly done: Promise<void>;
  readonly #options: ResponderOptions;
  readonly #queue: AckQueue;
  readonly #done = deferred();
  #pumping = false;
  #finished = false;
  /** True once the fault `drop-acks` has thrown an ack away. */
  #losesAcks = false;

  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#queue = new AckQueue(options.mirror === undefined, options.flagOf);
    this.done = this.#done.promise;
    // The receiver awaits `done` only when it has all packets. A failure before that must not count as unhandled.
    void settled(this.done);
    if (options.mirror) void this.#receiveAcks(options.mirror);
  }

  enqueue(packet: PendingPacket): void {
    this.#queue.enqueue(packet);
  }

  /** Notes that the oldest packets not yet written are on disk, or are refused with `status`. */
  writeCompleted(count: number, status?: Status): void {
    try {
      for (let i = 0; i < count; i++) this.#queue.writeCompleted(status);
      this.#wake();
    } catch (e) {
      this.#leave(this.#bug('writeCompleted', e));
    }
  }

  mirrorFailed(): void {
    this.#queue.mirrorFailed();
    this.#wake();
  }

  /** Sends the writer a status that is no packet's ack (Hadoop: sendOOBResponse). */
  async sendOob(status: Status): Promise<void> {
    if (this.#finished) return;
    const flag = [this.#options.flagOf(status)];
    const ack = { seqno: UNKNOWN_SEQNO, reply: [status], downstreamAckTimeNanos: 0, flag };
    await this.#send([PipelineAckProto.encodeDelimited(ack)]);
  }

  /** Ends the responder, which sends no further ack. */
  fail(error: unknown): void {
    this.#finished = true;
    this.#done.reject(error);
  }

  async #receiveAcks(mirror: DataConnection): Promise<void> {
    // The socket's time limit starts anew with each packet sent. This limit ends a node that takes packets but acks none.
    const { timeoutMs } = mirror;
    const silent = (): void =>
      mirror.destroy(networkError('ETIMEDOUT', `${timeoutMs} millis without an ack of ${mirror.remoteAddress}`));
    const limit = timeoutMs > 0 ? setTimeout(silent, timeoutMs) : undefined;
    try {
      while (!this.#finished && !this.#queue.isDownstreamDone) {
        for (const ack of await mirror.receiveAcks()) this.#downstreamAck(ack);
        limit?.refresh();
        this.#wake();
      }
    } catch (e) {
      const err = this.#error('receiveAcks', e);
      if (this.#finished) return;
      if (err instanceof Bug) return this.#leave(err);
      this.#options.onMirrorError(err);
      this.mirrorFailed();
    } finally {
      clearTimeout(limit);
    }
  }

  #downstreamAck(ack: PipelineAckProto): void {
    try {
      this.#queue.downstreamAck(ack);
    } catch (e) {
      throw this.#bug('downstreamAck', e);
    }
  }

  /** Sends the ready acks at the end of this turn of the event loop: acks sent together wake the writer only once. */
  #wake(): void {
    if (this.#pumping || this.#finished) return;
    this.#pumping = true;
    setImmediate(() => {
      this.#pump().catch((e: unknown) => this.#leave(this.#error('pump', e)));
    });
  }

  /** Has this node leave the pipeline. */
  #leave(error: Error): void {
    this.fail(error);
    this.#options.onFailure(error);
  }

  /** Sends the acks that are ready in one piece. Acks that become ready meanwhile are sent in a further round. */
  async #pump(): Promise<void> {
    while (!this.#finished) {
      const acks: Uint8Array[] = [];
      for (let step = this.#next(); step; step = this.#next()) {
        if (step.type === 'selfDestruct')
          throw hadoopError('IOException', 'The next node says that its data is corrupt');
        const { packet, ack, success } = step;
        if (packet && success) this.#options.replica.apply({ type: 'ack', endOffset: packet.endOffset });
        const refused = ack.reply[0] === Status.ERROR_CHECKSUM;
        if (refused || packet?.lastPacketInBlock) return this.#end(step, acks, refused);
        acks.push(PipelineAckProto.encodeDelimited(ack));
      }
      if (acks.length === 0) break;
      await this.#send(acks.length === 1 ? acks : [Buffer.concat(acks)]);
    }
    // No await lies between the empty queue and this line, so no wake-up is lost.
    this.#pumping = false;
  }

  /** Returns the next step of the ack queue. @throws IOException for an ack out of order; Bug */
  #next(): AckStep | undefined {
    try {
      return this.#queue.next();
    } catch (e) {
      throw this.#bug('next', e);
    }
  }

  /** Returns the failure of the writer's or the mirror's connection as it is, and any other exception as a Bug. */
  #error(operation: string, thrown: unknown): Error {
    const { bugs, name: block } = this.#options.replica;
    return bugs.ofWork(`PacketResponder.${operation}`, { block }, thrown);
  }

  /** Returns the error to throw in place of an exception of the ack queue. */
  #bug(operation: string, thrown: unknown): Error {
    const { bugs, name: block } = this.#options.replica;
    return bugs.ofMachine(`AckQueue.${operation}`, { block, waiting: this.#queue.length }, thrown);
  }

  /** Sends the acks that are due and then the block's last ack, before which the block is made final. */
  async #end({ ack }: Extract<AckStep, { type: 'ack' }>, acks: Uint8Array[], refused: boolean): Promise<void> {
    if (ack.reply[0] === Status.SUCCESS) await this.#options.finalize();
    acks.push(PipelineAckProto.encodeDelimited(ack));
    await this.#send([Buffer.concat(acks)]);
    this.#finished = true;
    if (refused) this.#done.reject(hadoopError('IOException', 'The received data did not match its checksums'));
    else this.#done.resolve();
  }

  async #send(acks: Uint8Array[]): Promise<void> {
    const { faults, upstream } = this.#options;
    const resumed = faults?.whilePaused();
    if (resumed) await resumed;
    // After a lost ack no further ack is sent, so the node or client upstream gives this node up after its time limit.
    this.#losesAcks ||= faults?.dropsAcks === true;
    if (!this.#losesAcks) await upstream.sendRaw(acks);
  }
}
