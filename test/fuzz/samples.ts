// Makes sample messages of every kind, from which the fuzzer makes its frames.
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { encodePacket, Op } from '../../protocol/datatransfer/data-transfer.ts';
import * as Messages from '../../protocol/gen/messages.ts';
import { encodeConnectionContext, encodePing, encodePreamble, encodeSaslRequest } from '../../protocol/rpc/frame.ts';
import type { AnyMethod, AnyType } from './message-types.ts';
import type { SeededRandom } from './random.ts';
import type { Schema } from './schema-bytes.ts';

const SASL_STATES = Object.values(Messages.RpcSaslProto_SaslState);
export const CLIENT_ID = Buffer.from('0123456789abcdef');
const CRC32C = new DataChecksum('CRC32C', 512);

/** Header type of each op of DataTransferProtocol. */
export const OP_HEADERS: readonly (readonly [opcode: number, type: AnyType])[] = [
  [Op.WRITE_BLOCK, Messages.OpWriteBlockProto as AnyType],
  [Op.READ_BLOCK, Messages.OpReadBlockProto as AnyType],
  [Op.TRANSFER_BLOCK, Messages.OpTransferBlockProto as AnyType],
  [Op.BLOCK_CHECKSUM, Messages.OpBlockChecksumProto as AnyType],
  [Op.COPY_BLOCK, Messages.OpCopyBlockProto as AnyType],
  [Op.REPLACE_BLOCK, Messages.OpReplaceBlockProto as AnyType],
  [Op.REQUEST_SHORT_CIRCUIT_FDS, Messages.OpRequestShortCircuitAccessProto as AnyType],
  [Op.REQUEST_SHORT_CIRCUIT_SHM, Messages.ShortCircuitShmRequestProto as AnyType],
];

/** Returns the bytes after their length as a varint. */
export function delimited(bytes: Uint8Array): Buffer {
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** Returns an RPC frame: its length and the parts. */
export function framed(...parts: readonly Uint8Array[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(parts.reduce((sum, part) => sum + part.length, 0));
  return Buffer.concat([length, ...parts]);
}

export function callFrame(method: AnyMethod, request: Uint8Array, callId: number): Buffer {
  const header = Messages.RpcRequestHeaderProto.encodeDelimited({
    rpcKind: Messages.RpcKindProto.RPC_PROTOCOL_BUFFER,
    rpcOp: Messages.RpcRequestHeaderProto_OperationProto.RPC_FINAL_PACKET,
    callId,
    clientId: CLIENT_ID,
    retryCount: 0,
  });
  const named = Messages.RequestHeaderProto.encodeDelimited({
    methodName: method.name,
    declaringClassProtocolName: method.protocol,
    clientProtocolVersion: 1,
  });
  return framed(header, named, delimited(request));
}

export function handshake(user: string): Buffer {
  const protocol = 'org.apache.hadoop.hdfs.protocol.ClientProtocol';
  return Buffer.concat([
    encodePreamble(),
    encodeConnectionContext(CLIENT_ID, { userInfo: { effectiveUser: user }, protocol }),
  ]);
}

/** Returns the bytes of a client's connection: handshake, perhaps SASL, calls with random requests, and pings. */
export function serverStream(schema: Schema, methods: readonly AnyMethod[], random: SeededRandom): Buffer {
  const parts: Buffer[] = [];
  if (random.oneIn(4)) {
    parts.push(encodePreamble(-33), encodeSaslRequest(CLIENT_ID, { state: random.pick(SASL_STATES), auths: [] }));
    parts.push(handshake('fuzz').subarray(7));
  } else parts.push(handshake('fuzz'));
  for (let calls = 1 + random.below(3); calls > 0; calls--) {
    const method = random.pick(methods);
    parts.push(callFrame(method, schema.bytesOf(method.request.name, random), random.below(1000)));
    if (random.oneIn(8)) parts.push(encodePing(CLIENT_ID));
  }
  return Buffer.concat(parts);
}

/** Returns a server's answers: results, failures and SASL. */
export function clientStream(schema: Schema, methods: readonly AnyMethod[], random: SeededRandom): Buffer {
  const parts: Buffer[] = [];
  for (let answers = 1 + random.below(3); answers > 0; answers--) {
    const method = random.pick(methods);
    const header = schema.bytesOf('hadoop.common.RpcResponseHeaderProto', random);
    parts.push(framed(delimited(header), delimited(schema.bytesOf(method.response.name, random))));
  }
  return Buffer.concat(parts);
}

/** Returns packets of a block in order. The last one is empty. */
export function packetStream(random: SeededRandom): Buffer[] {
  const packets: Buffer[] = [];
  let offsetInBlock = 0;
  const count = 1 + random.below(4);
  for (let seqno = 0; seqno <= count; seqno++) {
    const data = seqno === count ? Buffer.alloc(0) : random.bytes(random.pick([1, 511, 512, 513, 1500]));
    const head = { offsetInBlock, seqno, lastPacketInBlock: seqno === count, syncBlock: random.oneIn(4) };
    packets.push(Buffer.concat(encodePacket({ ...head, checksums: CRC32C.compute(data), data })));
    offsetInBlock += data.length;
  }
  return packets;
}
