/** The bytes of DataTransferProtocol: ops, packets and acks, encoded and decoded. Pure. */
import { hadoopError, messageOf } from '../../runtime/errors.ts';
import { nothing } from '../../runtime/promises.ts';
import { PacketHeaderProto } from '../gen/messages.ts';
import type { MessageType } from '../message.ts';
import { ByteQueue } from '../sockets/byte-queue.ts';

/** The version in front of every op; Hadoop has sent it since 0.20. */
export const DATA_TRANSFER_VERSION = 28;

/** Operations of a DataNode (org.apache.hadoop.hdfs.protocol.datatransfer.Op). */
export const Op = {
  WRITE_BLOCK: 80,
  READ_BLOCK: 81,
  READ_METADATA: 82,
  REPLACE_BLOCK: 83,
  COPY_BLOCK: 84,
  BLOCK_CHECKSUM: 85,
  TRANSFER_BLOCK: 86,
  REQUEST_SHORT_CIRCUIT_FDS: 87,
  RELEASE_SHORT_CIRCUIT_FDS: 88,
  REQUEST_SHORT_CIRCUIT_SHM: 89,
  BLOCK_GROUP_CHECKSUM: 90,
  CUSTOM: 127,
} as const;

/** The seqno of a heartbeat, a packet that only keeps the connection alive, and of its ack. */
export const HEARTBEAT_SEQNO = -1;
/** PacketReceiver.MAX_PACKET_SIZE: a longer packet is refused as garbage. */
export const PACKET_BYTES_MAX = 16 * 1024 * 1024;
/** The longest PacketHeaderProto that is taken: it has 27 bytes now, and may get further fields. */
const PACKET_HEADER_BYTES_MAX = 1024;
/** The longest op header, response or ack that is taken. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024;
/** The bytes of the payload length (int32) and the header length (int16). */
const PREFIX_BYTES = 6;
/** The bytes in front of the checksums of a packet without syncBlock. */
export const PACKET_HEAD_BYTES = PREFIX_BYTES + 25;

/** One packet of a block. */
export interface Packet {
  /** The position of `data` in the block. */
  readonly offsetInBlock: number;
  readonly seqno: number;
  /** Whether this packet, which has no data, ends the block. */
  readonly lastPacketInBlock: boolean;
  /** hsync: whether the data must be on the disk before the ack. */
  readonly syncBlock: boolean;
  /** The checksums of the chunks of `data`, one after the other. */
  readonly checksums: Buffer;
  readonly data: Buffer;
}

/** A packet that has arrived. */
export interface ReceivedPacket extends Packet {
  /** The packet's bytes as they arrived, to be forwarded without a change. */
  readonly raw: Buffer[];
  /**
   * Gives the packet's memory back; `checksums`, `data` and `raw` must not be used any more. A packet that is never
   * released is left to the garbage collector, which is slower.
   */
  release(): void;
}

/**
 * Returns the start of an op, with the op's header message behind a varint length:
 *
 *     +---------------+-----------+----------------------------------+
 *     | int16 version | int8 op   | varint, Op…Proto                 |
 *     +---------------+-----------+----------------------------------+
 */
export function encodeOp<T>(opcode: number, type: MessageType<T>, header: T): Buffer {
  const message = type.encodeDelimited(header);
  const bytes = Buffer.allocUnsafe(3 + message.length);
  bytes.writeInt16BE(DATA_TRANSFER_VERSION, 0);
  bytes.writeInt8(opcode, 2);
  bytes.set(message, 3);
  return bytes;
}

/**
 * Returns a packet's bytes for the wire. The payload length counts its own 4 bytes, the checksums and the data:
 *
 *     +----------------------+---------------------+-------------------+-----------+------+
 *     | int32 payload length | int16 header length | PacketHeaderProto | checksums | data |
 *     +----------------------+---------------------+-------------------+-----------+------+
 *
 * The header's fields have fixed lengths, and only the last one may be left out:
 *
 *     +------+------------------------+------+----------------+------+---------+------+------------------+------+---+
 *     | 0x09 | int64 LE offsetInBlock | 0x11 | int64 LE seqno | 0x18 | last    | 0x25 | int32 LE dataLen | 0x28 | 1 |
 *     +------+------------------------+------+----------------+------+---------+------+------------------+------+---+
 *                                                                                 syncBlock, only when true: ^^^^^^
 * The result has the bytes up to the checksums, and then the checksums and the data as they were given.
 */
export function encodePacket(packet: Packet): Buffer[] {
  const { checksums, data } = packet;
  const head = encodePacketHead(packet, checksums.length, data.length);
  return data.length === 0 && checksums.length === 0 ? [head] : [head, checksums, data];
}

/** Returns a packet's bytes in front of its checksums. */
export function encodePacketHead(
  packet: Omit<Packet, 'checksums' | 'data'>,
  checksumsBytes: number,
  dataBytes: number,
): Buffer {
  const headerBytes = packet.syncBlock ? 27 : 25;
  const head = Buffer.allocUnsafe(PREFIX_BYTES + headerBytes);
  head.writeInt32BE(4 + checksumsBytes + dataBytes, 0);
  head.writeInt16BE(headerBytes, 4);
  head[6] = 0x09;
  writeInt64LE(head, packet.offsetInBlock, 7);
  head[15] = 0x11;
  writeInt64LE(head, packet.seqno, 16);
  head[24] = 0x18;
  head[25] = packet.lastPacketInBlock ? 1 : 0;
  head[26] = 0x25;
  head.writeInt32LE(dataBytes, 27);
  if (packet.syncBlock) {
    head[31] = 0x28;
    head[32] = 1;
  }
  return head;
}

/** Writes a safe integer without loss. */
function writeInt64LE(buffer: Buffer, value: number, at: number): void {
  buffer.writeUInt32LE(value >>> 0, at);
  buffer.writeInt32LE(Math.floor(value / 2 ** 32), at + 4);
}

function readInt64LE(buffer: Buffer, at: number): number {
  return buffer.readInt32LE(at + 4) * 2 ** 32 + buffer.readUInt32LE(at);
}

/**
 * Returns the length in bytes of the packet at the queue's start; undefined while its lengths have not arrived.
 * @throws IOException for lengths that no packet can have
 */
export function packetBytes(queue: ByteQueue): number | undefined {
  if (queue.length < PREFIX_BYTES) return undefined;
  const payloadBytes = queue.int32At(0);
  const headerBytes = queue.int16At(4);
  if (payloadBytes < 4 || payloadBytes > PACKET_BYTES_MAX) {
    throw hadoopError('IOException', `Incorrect value for packet payload size: ${payloadBytes}`);
  }
  if (headerBytes < 0 || headerBytes > PACKET_HEADER_BYTES_MAX) {
    throw hadoopError('IOException', `Incorrect value for packet header size: ${headerBytes}`);
  }
  return PREFIX_BYTES - 4 + headerBytes + payloadBytes;
}

/** Decodes one whole packet. Its checksums and data are views of `bytes`. @throws IOException if it is malformed */
export function decodePacket(bytes: Buffer, release: () => void): ReceivedPacket {
  const headerBytes = bytes.readInt16BE(4);
  const body = PREFIX_BYTES + headerBytes;
  const header = decodePacketHeader(bytes, headerBytes);
  const checksumsBytes = bytes.length - body - header.dataLen;
  if (header.dataLen < 0 || checksumsBytes < 0) {
    const message = `Invalid packet: data length is ${header.dataLen}, and data and checksums have ${bytes.length - body} bytes`;
    throw hadoopError('IOException', message);
  }
  return {
    offsetInBlock: header.offsetInBlock,
    seqno: header.seqno,
    lastPacketInBlock: header.lastPacketInBlock,
    syncBlock: header.syncBlock ?? false,
    checksums: bytes.subarray(body, body + checksumsBytes),
    data: bytes.subarray(body + checksumsBytes),
    raw: [bytes],
    release,
  };
}

/** Reads the layout that every known sender uses directly, which is fast, and any other encoding with a protobuf reader. */
function decodePacketHeader(bytes: Buffer, headerBytes: number): PacketHeaderProto {
  const fixed = bytes[6] === 0x09 && bytes[15] === 0x11 && bytes[24] === 0x18 && bytes[26] === 0x25;
  const last = bytes[25] as number;
  const syncs = headerBytes === 27 && bytes[31] === 0x28 && (bytes[32] as number) <= 1;
  if (fixed && last <= 1 && (headerBytes === 25 || syncs)) {
    return {
      offsetInBlock: readInt64LE(bytes, 7),
      seqno: readInt64LE(bytes, 16),
      lastPacketInBlock: last === 1,
      dataLen: bytes.readInt32LE(27),
      syncBlock: syncs && bytes[32] === 1,
    };
  }
  try {
    return PacketHeaderProto.decode(bytes.subarray(PREFIX_BYTES, PREFIX_BYTES + headerBytes));
  } catch (e) {
    throw hadoopError('IOException', `Invalid packet header: ${messageOf(e)}`, e);
  }
}

/** The owner of the memory in which packets lie. */
export interface PacketMemory {
  /** Protects the memory of `piece` from being used again until the returned function is called. */
  hold(piece: Buffer): () => void;
}

/** Decodes packets: push() the bytes that arrive, and then call next() until it returns undefined. */
export class PacketDecoder {
  readonly #queue: ByteQueue;
  readonly #memory: PacketMemory | undefined;

  /** `queue`: may be shared with other decoders of the same connection if they take turns. */
  constructor(queue = new ByteQueue(), memory?: PacketMemory) {
    this.#queue = queue;
    this.#memory = memory;
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** @throws IOException for bytes that can't be a packet */
  next(): ReceivedPacket | undefined {
    const length = packetBytes(this.#queue);
    if (length === undefined || this.#queue.length < length) return undefined;
    const bytes = this.#queue.take(length);
    return decodePacket(bytes, this.#memory?.hold(bytes) ?? nothing);
  }
}

/** Decodes messages behind a varint length: op headers, responses and acks. */
export class DelimitedDecoder<T> {
  readonly #queue: ByteQueue;
  readonly #type: MessageType<T>;
  readonly #bytesMax: number;

  constructor(type: MessageType<T>, bytesMax = MESSAGE_BYTES_MAX, queue = new ByteQueue()) {
    this.#type = type;
    this.#bytesMax = bytesMax;
    this.#queue = queue;
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** @throws IOException if the message is too long or malformed */
  next(): T | undefined {
    const queue = this.#queue;
    let length = 0;
    for (let i = 0; ; i++) {
      if (i >= queue.length) return undefined;
      const byte = queue.at(i);
      if (i < 5) length += (byte & 0x7f) * 2 ** (7 * i);
      if (length > this.#bytesMax || i >= 5) {
        throw hadoopError('IOException', `${this.#type.name} of more than ${this.#bytesMax} bytes`);
      }
      if (byte < 0x80) {
        if (queue.length < i + 1 + length) return undefined;
        queue.take(i + 1);
        // Fields of type bytes are views, and the queue's memory may be used again: the message needs a copy.
        return this.#decode(Buffer.from(queue.take(length)));
      }
    }
  }

  #decode(bytes: Buffer): T {
    try {
      return this.#type.decode(bytes);
    } catch (e) {
      throw hadoopError('IOException', `Malformed ${this.#type.name}: ${messageOf(e)}`, e);
    }
  }
}
