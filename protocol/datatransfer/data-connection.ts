import type net from 'node:net';
import { hadoopError } from '../../runtime/errors.ts';
import { PipelineAckProto } from '../gen/messages.ts';
import type { MessageType } from '../message.ts';
import { networkError } from '../network-errors.ts';
import type { ByteQueue } from '../sockets/byte-queue.ts';
import { connectSocket } from '../sockets/connect-socket.ts';
import { SocketReader } from '../sockets/socket-reader.ts';
import {
  DelimitedDecoder,
  encodeOp,
  encodePacket,
  MESSAGE_BYTES_MAX,
  type Packet,
  PacketDecoder,
  type ReceivedPacket,
} from './data-transfer.ts';

/** Sending waits while more than this is unsent: some packets ahead keep the socket busy, and memory stays flat. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Receiving stops while this much has arrived that nobody asked for. */
const UNREAD_BYTES_MAX = 2 * 1024 * 1024;

interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One TCP connection that speaks DataTransferProtocol, on either side. One receive and any number of sends may be in
 * progress at a time; sends keep their order. A failed or timed out connection fails every operation from then on.
 */
export class DataConnection {
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly #socket: net.Socket;
  readonly #reader: SocketReader;
  readonly #queue: ByteQueue;
  readonly #packets: PacketDecoder;
  readonly #acks: DelimitedDecoder<PipelineAckProto>;
  #wakeReceiver: (() => void) | undefined;
  readonly #wakeSenders: (() => void)[] = [];
  #ended = false;
  #error: Error | undefined;

  /**
   * @param options `timeoutMs`: to connect, and later without a byte; 0 waits forever. `signal` drops the connection
   * @throws the socket's error, or one with code ETIMEDOUT
   */
  static async connect({ signal, ...options }: ConnectOptions): Promise<DataConnection> {
    const reader = new SocketReader();
    const { onread } = reader;
    const socket = await connectSocket({ ...options, noDelay: true, allowHalfOpen: true, onread }, signal);
    return new DataConnection(socket, { timeoutMs: options.timeoutMs, reader });
  }

  /** Takes over a socket; one that a server accepted, before anything was read from it. */
  constructor(accepted: net.Socket, options: { timeoutMs?: number | undefined; reader?: SocketReader } = {}) {
    this.#reader = options.reader ?? new SocketReader();
    const socket = options.reader === undefined ? this.#reader.adopt(accepted) : this.#reader.attach(accepted);
    this.#socket = socket;
    this.#queue = this.#reader.queue;
    this.#packets = new PacketDecoder(this.#queue, this.#reader.buffers);
    this.#acks = new DelimitedDecoder(PipelineAckProto, MESSAGE_BYTES_MAX, this.#queue);
    this.#reader.onBytes = () => {
      if (this.#wakeReceiver === undefined) return this.#queue.length <= UNREAD_BYTES_MAX;
      this.#wakeReceiver();
      return true;
    };
    this.remoteAddress = address(socket.remoteAddress, socket.remotePort);
    this.localAddress = address(socket.localAddress, socket.localPort);
    socket.setNoDelay(true);
    socket.on('drain', () => this.#wakeAllSenders());
    socket.on('end', () => {
      this.#ended = true;
      this.#wakeReceiver?.();
    });
    socket.on('error', (e) => this.#fail(e));
    socket.on('close', () => this.#fail(networkError('EOF', `Connection to ${this.remoteAddress} closed`)));
    socket.on('timeout', () => {
      const waited = `${socket.timeout} millis timeout while waiting for channel to be ready. ch : ${this.remoteAddress}`;
      this.destroy(networkError('ETIMEDOUT', waited));
    });
    this.setTimeout(options.timeoutMs ?? 0);
  }

  /** Resolves to undefined when the peer has closed and no op has begun. */
  async receiveOp(): Promise<{ version: number; opcode: number } | undefined> {
    return this.#receive(() => {
      if (this.#queue.length < 3) return undefined;
      const bytes = this.#queue.take(3);
      return { version: bytes.readInt16BE(0), opcode: bytes.readInt8(2) };
    }, true);
  }

  sendOp<T>(opcode: number, type: MessageType<T>, header: T): Promise<void> {
    return this.#send([encodeOp(opcode, type, header)]);
  }

  async receiveMessage<T>(type: MessageType<T>, maxBytes = MESSAGE_BYTES_MAX): Promise<T> {
    const decoder = new DelimitedDecoder(type, maxBytes, this.#queue);
    return this.#receive(() => decoder.next());
  }

  sendMessage<T>(type: MessageType<T>, message: T): Promise<void> {
    return this.#send([type.encodeDelimited(message)]);
  }

  /** The packet's buffers are views of the memory that the socket read into; they stay valid until its release(). */
  async receivePacket(): Promise<ReceivedPacket> {
    return (await this.receivePackets(0))[0] as ReceivedPacket;
  }

  /** The next packet with those that have come with it, up to about `bytesMax`, none behind a block's last. */
  async receivePackets(bytesMax: number): Promise<ReceivedPacket[]> {
    const { buffers } = this.#reader;
    buffers.expectLarge();
    let packet = this.#packets.next();
    for (; packet === undefined; packet = this.#packets.next()) await this.#moreBytes();
    const packets = [packet];
    for (let bytes = packet.data.length; bytes < bytesMax && !packet.lastPacketInBlock; bytes += packet.data.length) {
      const next = this.#packets.next();
      if (next === undefined) break;
      packets.push(next);
      packet = next;
    }
    buffers.recycle(this.#queue.length);
    return packets;
  }

  /** Resolves when the socket has room for more; the packet's buffers must not be changed before it is sent. */
  sendPacket(packet: Packet): Promise<void> {
    return this.#send(encodePacket(packet));
  }

  /**
   * Sends bytes as they are, such as a received packet's `raw`.
   * @param onSent called when their memory is no longer needed, be it that they are sent or never will be
   */
  sendRaw(buffers: readonly Uint8Array[], onSent?: () => void): Promise<void> {
    return this.#send(buffers, onSent);
  }

  async receiveAck(): Promise<PipelineAckProto> {
    return this.#receive(() => this.#acks.next());
  }

  /** The next ack with those that have come with it. */
  async receiveAcks(): Promise<PipelineAckProto[]> {
    const acks = [await this.receiveAck()];
    for (let ack = this.#acks.next(); ack !== undefined; ack = this.#acks.next()) acks.push(ack);
    return acks;
  }

  sendAck(ack: PipelineAckProto): Promise<void> {
    return this.#send([PipelineAckProto.encodeDelimited(ack)]);
  }

  /** Fails the connection after this long without a byte in or out; 0 waits forever. */
  setTimeout(timeoutMs: number): void {
    this.#socket.setTimeout(timeoutMs);
  }

  /** What setTimeout() was told; 0: none. */
  get timeoutMs(): number {
    return this.#socket.timeout ?? 0;
  }

  get destroyed(): boolean {
    return this.#error !== undefined;
  }

  /** Bytes that the system has not taken yet. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  /** Drops the connection; waiting operations fail with `error`. */
  destroy(error?: Error): void {
    this.#fail(error ?? networkError('EOF', `Connection to ${this.remoteAddress} closed`));
  }

  /** Sends what is unsent, then closes. */
  async end(): Promise<void> {
    if (this.#error !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.destroySoon();
    });
  }

  async #receive<T>(decode: () => T | undefined): Promise<T>;
  async #receive<T>(decode: () => T | undefined, mayEnd: true): Promise<T | undefined>;
  async #receive<T>(decode: () => T | undefined, mayEnd = false): Promise<T | undefined> {
    for (;;) {
      const item = decode();
      if (item !== undefined) return item;
      if (mayEnd && this.#queue.length === 0 && (this.#ended || isEof(this.#error))) return undefined;
      await this.#moreBytes();
    }
  }

  /** Resolves when there is more to decode. */
  async #moreBytes(): Promise<void> {
    if (this.#ended || this.#error !== undefined) {
      throw this.#error ?? hadoopError('EOFException', `Premature EOF: ${this.remoteAddress} closed the connection`);
    }
    this.#reader.resume();
    await new Promise<void>((resolve) => {
      this.#wakeReceiver = resolve;
    });
    this.#wakeReceiver = undefined;
  }

  #send(buffers: readonly Uint8Array[], onSent?: () => void): Promise<void> {
    if (this.#error !== undefined) {
      onSent?.();
      return Promise.reject(this.#error);
    }
    const socket = this.#socket;
    if (buffers.length > 1) socket.cork();
    for (const [i, buffer] of buffers.entries()) socket.write(buffer, i === buffers.length - 1 ? onSent : undefined);
    if (buffers.length > 1) socket.uncork();
    if (socket.writableLength <= UNSENT_BYTES_MAX) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#wakeSenders.push(() => (this.#error === undefined ? resolve() : reject(this.#error)));
    });
  }

  #wakeAllSenders(): void {
    for (const wake of this.#wakeSenders.splice(0)) wake();
  }

  #fail(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#socket.destroy();
    this.#wakeReceiver?.();
    this.#wakeAllSenders();
  }
}

function address(ip: string | undefined, port: number | undefined): string {
  return `${(ip ?? 'unknown').replace(/^::ffff:/, '')}:${port ?? 0}`;
}

function isEof(e: Error | undefined): boolean {
  return e !== undefined && 'code' in e && e.code === 'EOF';
}
