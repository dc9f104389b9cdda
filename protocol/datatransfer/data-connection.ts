/** One TCP connection of either side that speaks DataTransferProtocol. */
import type net from 'node:net';
import { errorCode, hadoopError } from '../../runtime/errors.ts';
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

/** Sends wait while more bytes than this are unsent: some packets ahead keep the socket busy, and memory stays flat. */
const UNSENT_BYTES_MAX = 1024 * 1024;
/** Reading stops while more bytes than this have arrived that no receive has taken. */
const UNREAD_BYTES_MAX = 2 * 1024 * 1024;

interface ConnectOptions {
  readonly host: string;
  readonly port: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One receive and any number of sends may be in progress at a time; sends keep their order. After a failure or a timeout
 * every operation fails.
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
   * @param options `timeoutMs`: limit of connecting, and later of the time without a byte; 0: no limit. `signal` drops the
   *   connection
   * @throws the socket's error, or one with code ETIMEDOUT
   */
  static async connect({ signal, ...options }: ConnectOptions): Promise<DataConnection> {
    const reader = new SocketReader();
    const { onread } = reader;
    const socket = await connectSocket({ ...options, noDelay: true, allowHalfOpen: true, onread }, signal);
    return new DataConnection(socket, { timeoutMs: options.timeoutMs, reader });
  }

  /** Takes over a socket. If a server has accepted the socket, nothing may have been read from it yet. */
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

  /** Resolves to undefined if the peer closes the connection before an op has begun. */
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

  /** The packet's buffers are views of the memory that the socket reads into; they are valid until release(). */
  async receivePacket(): Promise<ReceivedPacket> {
    return (await this.receivePackets(0))[0] as ReceivedPacket;
  }

  /** Returns the next packet and the packets behind it that have arrived: about `bytesMax` bytes, up to a block's last. */
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

  /** Resolves when the socket has room for more. The packet's buffers must not be changed before they are sent. */
  sendPacket(packet: Packet): Promise<void> {
    return this.#send(encodePacket(packet));
  }

  /**
   * Sends bytes as they are, such as a received packet's `raw`.
   * @param onSent called when the buffers' memory is no longer needed: they are sent, or the connection has failed
   */
  sendRaw(buffers: readonly Uint8Array[], onSent?: () => void): Promise<void> {
    return this.#send(buffers, onSent);
  }

  async receiveAck(): Promise<PipelineAckProto> {
    return this.#receive(() => this.#acks.next());
  }

  /** Returns the next ack and the acks behind it that have arrived. */
  async receiveAcks(): Promise<PipelineAckProto[]> {
    const acks = [await this.receiveAck()];
    for (let ack = this.#acks.next(); ack !== undefined; ack = this.#acks.next()) acks.push(ack);
    return acks;
  }

  sendAck(ack: PipelineAckProto): Promise<void> {
    return this.#send([PipelineAckProto.encodeDelimited(ack)]);
  }

  /** Sets the time without a byte in or out after which the connection fails; 0: no limit. */
  setTimeout(timeoutMs: number): void {
    this.#socket.setTimeout(timeoutMs);
  }

  /** The time that setTimeout() has set; 0: no limit. */
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

  /** Closes the connection at once; waiting operations fail with `error`. */
  destroy(error?: Error): void {
    this.#fail(error ?? networkError('EOF', `Connection to ${this.remoteAddress} closed`));
  }

  /** Sends all unsent bytes and then closes the connection. */
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

  /** Resolves when there are more bytes to decode. */
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
  return errorCode(e) === 'EOF';
}
