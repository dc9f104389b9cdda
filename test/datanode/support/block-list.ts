/** Reads block lists as a NameNode does (Hadoop: BlockListAsLongs). */
import { REPLICA_STATES, type ReportedReplica } from '../../../datanode/link/block-report.ts';

/** Returns a storage's replicas from the buffers of a full block report. */
export function decodeBlockList(blocksBuffers: readonly Uint8Array[], numberOfBlocks = 0): ReportedReplica[] {
  const bytes = Buffer.concat(blocksBuffers);
  let at = 0;
  // Numbers have up to 64 bits. Only bigint holds them exactly.
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const zigzag = (value: bigint): bigint => (value >> 1n) ^ -(value & 1n);
  const replicas = Array.from({ length: numberOfBlocks }, () => {
    const blockId = Number(zigzag(varint()));
    const bytesOnDisk = Number(varint());
    const generationStamp = Number(varint());
    const state = REPLICA_STATES[Number(varint())];
    if (state === undefined) throw new Error(`replica ${blockId} is in an unknown state`);
    return { blockId, bytesOnDisk, generationStamp, state };
  });
  if (at !== bytes.length) throw new Error(`${bytes.length - at} bytes are left behind ${numberOfBlocks} replicas`);
  return replicas;
}
