// Lists the decoders of the wire that are fuzzed.
import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { readConfigurationXml, writeConfigurationXml } from '../../conf/xml.ts';
import { encodeBlockList, REPLICA_STATES } from '../../datanode/link/block-report.ts';
import { decodeMetaHeader, encodeMetaHeader } from '../../datanode/replicas/meta-header.ts';
import { decodeBlockReport } from '../../namenode/blocks/block-report.ts';
import { DelimitedDecoder, encodeOp, PacketDecoder } from '../../protocol/datatransfer/data-transfer.ts';
import {
  IpcConnectionContextProto,
  PipelineAckProto,
  RequestHeaderProto,
  RpcRequestHeaderProto,
  RpcResponseHeaderProto,
  RpcSaslProto,
} from '../../protocol/gen/messages.ts';
import {
  CallId,
  ClientFrameDecoder,
  frameReader,
  readDelimited,
  ServerFrameDecoder,
} from '../../protocol/rpc/frame.ts';
import { checkHeader, decode, decodeRequest, FatalError } from '../../protocol/rpc/server-checks.ts';
import { ALL_METHODS, MESSAGE_TYPES } from './message-types.ts';
import { split } from './mutate.ts';
import type { SeededRandom } from './random.ts';
import { clientStream, delimited, OP_HEADERS, packetStream, serverStream } from './samples.ts';
import type { Schema } from './schema-bytes.ts';

/** Recorded bytes of real connections, by direction. */
export interface Captures {
  /** Bytes that clients and DataNodes sent to RPC servers: one item a connection, from its first byte. */
  readonly toRpcServer: readonly Buffer[];
  readonly fromRpcServer: readonly Buffer[];
  /** Bytes sent to the data transfer ports of DataNodes: one item a connection. */
  readonly toXceiver: readonly Buffer[];
  readonly fromXceiver: readonly Buffer[];
}

/** One decoder under test: makes good frames, and decodes frames. */
export interface DecoderTarget {
  readonly name: string;
  /** Weight of this target: its part of all frames is in proportion. */
  readonly share: number;
  /** Set if the good frames are whole connections, of which the decoder understands only a part. */
  readonly refusesSome?: boolean;
  good(random: SeededRandom): Buffer;
  /** Decodes bytes. @throws the decoder's refusal, or an AssertionError if two decodings differ */
  run(bytes: Buffer, random: SeededRandom): void;
}

const FRAME_BYTES_MAX = 1024 * 1024;
const LARGE_FRAME_BYTES = 4 * 1024 * 1024;
const METHODS_BY_NAME = new Map(ALL_METHODS.map((m) => [`${m.protocol}/${m.name}`, m]));

/** Returns the decoders of the wire. */
export function wireTargets(schema: Schema, captures: Captures): DecoderTarget[] {
  const captured = (list: readonly Buffer[], make: (random: SeededRandom) => Buffer) => (random: SeededRandom) =>
    list.length > 0 && random.oneIn(2) ? random.pick(list) : make(random);
  return [
    {
      name: 'messages',
      share: 24,
      good: (random) => {
        const index = random.below(MESSAGE_TYPES.length);
        const type = MESSAGE_TYPES[index];
        const head = Buffer.alloc(2);
        head.writeUInt16BE(index);
        return Buffer.concat([head, type ? schema.bytesOf(type.name, random) : Buffer.alloc(0)]);
      },
      run: (bytes) => {
        const type = MESSAGE_TYPES[bytes.length < 2 ? 0 : bytes.readUInt16BE(0) % MESSAGE_TYPES.length];
        if (type === undefined) return;
        const message = type.decode(bytes.subarray(2));
        const again = type.decode(type.encode(message));
        assert(isDeepStrictEqual(again, message), `${type.name} changes when it is encoded and decoded`);
      },
    },
    {
      name: 'RPC frames to a server, SASL',
      share: 14,
      good: captured(captures.toRpcServer, (random) => serverStream(schema, ALL_METHODS, random)),
      run: (bytes, random) => {
        const whole = serverFrames([bytes]);
        assert.deepEqual(serverFrames(split(bytes, random)), whole, 'frames depend on how their bytes arrive');
      },
    },
    {
      name: 'RPC frames to a client',
      share: 8,
      good: captured(captures.fromRpcServer, (random) => clientStream(schema, ALL_METHODS, random)),
      run: (bytes, random) => {
        const decoder = new ClientFrameDecoder(FRAME_BYTES_MAX);
        for (const piece of split(bytes, random)) {
          decoder.push(piece);
          for (let next = decoder.next(); next?.kind === 'frame'; next = decoder.next()) {
            readAnswer(next.bytes, random);
          }
        }
      },
    },
    {
      name: 'data transfer ops',
      refusesSome: true,
      share: 7,
      good: captured(captures.toXceiver, (random) => {
        const [opcode, type] = random.pick(OP_HEADERS);
        return encodeOp(opcode, type, type.decode(schema.bytesOf(type.name, random)));
      }),
      run: (bytes, random) => {
        const [, type] = OP_HEADERS.find(([opcode]) => opcode === bytes[2]) ?? random.pick(OP_HEADERS);
        pieceByPiece(new DelimitedDecoder(type, FRAME_BYTES_MAX), bytes.subarray(3), random);
      },
    },
    {
      name: 'packets',
      share: 8,
      good: (random) => Buffer.concat(packetStream(random)),
      run: (bytes, random) => pieceByPiece(new PacketDecoder(), bytes, random),
    },
    {
      name: 'acks and delimited messages',
      refusesSome: true,
      share: 6,
      good: captured(captures.fromXceiver, (random) => {
        const acks = Array.from({ length: 1 + random.below(5) }, () =>
          delimited(schema.bytesOf('hadoop.hdfs.PipelineAckProto', random)),
        );
        return Buffer.concat(acks);
      }),
      run: (bytes, random) => pieceByPiece(new DelimitedDecoder(PipelineAckProto, FRAME_BYTES_MAX), bytes, random),
    },
    {
      name: 'block reports',
      share: 6,
      good: (random) => {
        const replicas = Array.from({ length: random.below(8) }, () => ({
          blockId: random.pick([1073741825, 1, -5, 2 ** 40]) + random.below(9),
          bytesOnDisk: random.below(2 ** 28),
          generationStamp: 1001 + random.below(500),
          state: random.pick(REPLICA_STATES),
        }));
        return Buffer.concat(encodeBlockList(replicas).buffers);
      },
      run: (bytes, random) => {
        const inBuffers = { blocks: [], numberOfBlocks: 1, blocksBuffers: split(bytes, random) };
        for (const part of decodeBlockReport(inBuffers, 3)) assert(part.length <= 3);
        const blocks = Array.from({ length: Math.floor(bytes.length / 6) }, (_, i) => bytes.readIntBE(i * 6, 6));
        refusesOrReturns(() => [...decodeBlockReport({ blocks, blocksBuffers: [] }, 3)]);
      },
    },
    {
      name: 'large frames',
      share: 0.01,
      refusesSome: true,
      good: (random) => {
        const type = random.pick(MESSAGE_TYPES);
        const unit = random.oneIn(2) ? schema.bytesOf(type.name, random) : random.bytes(1 + random.below(4));
        return unit.length === 0 ? unit : Buffer.alloc(LARGE_FRAME_BYTES, unit);
      },
      run: (bytes, random) => {
        const type = random.pick(MESSAGE_TYPES);
        type.decode(type.encode(type.decode(bytes)));
      },
    },
    {
      name: 'meta headers',
      share: 2,
      good: (random) =>
        Buffer.concat([encodeMetaHeader({ type: 'CRC32C', bytesPerChecksum: 512 }), random.bytes(random.below(64))]),
      run: (bytes) => {
        const spec = decodeMetaHeader(bytes, 'blk_1.meta');
        assert(Number.isSafeInteger(spec.bytesPerChecksum) && spec.bytesPerChecksum > 0);
      },
    },
    {
      name: 'configuration XML',
      share: 1,
      good: (random) =>
        Buffer.from(
          writeConfigurationXml({
            'dfs.replication': random.below(9),
            'dfs.blocksize': random.pick(['128m', '1048576', '${dfs.replication}', 'x&<>"\'']),
            'fs.defaultFS': 'hdfs://127.0.0.1:8020',
          }),
        ),
      run: (bytes) => {
        try {
          const conf = new Configuration();
          for (const { name, value } of readConfigurationXml(bytes.toString(), 'core-site.xml')) conf.set(name, value);
          for (const name of ['dfs.replication', 'dfs.blocksize', 'fs.defaultFS'] as const) conf.get(name);
        } catch (e) {
          assert(e instanceof ConfigurationError, `a configuration file is refused by ${String(e)}`);
        }
      },
    },
  ];
}

/** Runs a further decoding of the same input, which may return or refuse the input, but not throw a TypeError. */
function refusesOrReturns(look: () => unknown): void {
  try {
    look();
  } catch (e) {
    if (!(e instanceof Error) || e instanceof TypeError) throw e;
  }
}

function pieceByPiece(decoder: { push(chunk: Buffer): void; next(): unknown }, bytes: Buffer, random: SeededRandom) {
  for (const piece of split(bytes, random)) {
    decoder.push(piece);
    while (decoder.next() !== undefined);
  }
}

/** Returns the frames that a server decodes from these pieces, up to the first that ends the connection. */
function serverFrames(pieces: readonly Buffer[]): string[] {
  const decoder = new ServerFrameDecoder(FRAME_BYTES_MAX);
  const seen: string[] = [];
  for (const piece of pieces) {
    decoder.push(piece);
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
      if (next.kind !== 'frame') seen.push(next.kind);
      else {
        const outcome = readCall(next.bytes);
        seen.push(outcome);
        if (outcome.startsWith('fatal')) return seen;
      }
    }
  }
  return seen;
}

/** Decodes a frame as the server's connection does: header, then SASL, context or call. */
function readCall(bytes: Buffer): string {
  const reader = frameReader(bytes);
  try {
    const header = decode(reader, RpcRequestHeaderProto);
    checkHeader(header);
    if (header.callId === CallId.SASL) decode(reader, RpcSaslProto);
    else if (header.callId === CallId.CONNECTION_CONTEXT) decode(reader, IpcConnectionContextProto);
    else if (header.callId >= 0) {
      const { declaringClassProtocolName, methodName } = decode(reader, RequestHeaderProto);
      const method = METHODS_BY_NAME.get(`${declaringClassProtocolName}/${methodName}`);
      if (method === undefined) return 'unknown method';
      refusesOrReturns(() => decodeRequest(method, reader));
      return method.name;
    }
    return `out of band ${header.callId}`;
  } catch (e) {
    if (!(e instanceof FatalError)) throw e;
    return `fatal ${e.message}`;
  }
}

function readAnswer(bytes: Buffer, random: SeededRandom): void {
  const reader = frameReader(bytes);
  const header = readDelimited(reader, RpcResponseHeaderProto);
  // Decodes as the response of any method: a decoder must survive bytes of another method.
  if (header.status === 0) refusesOrReturns(() => readDelimited(reader, random.pick(ALL_METHODS).response));
}
