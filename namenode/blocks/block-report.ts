/** Decodes the replicas of a full block report (BlockListAsLongs). */
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import type { ReportedReplica } from './block-manager.ts';

/** The upper 16 bits of a reported length are reserved (BlockListAsLongs.NUM_BYTES_MASK). */
const NUM_BYTES_LIMIT = 2 ** 48;
const STATE_MASK = 0x0f;
/** Number of longs before the first replica in the older form, and in the separator between its two lists. */
const LONGS_HEADER = 2;
const LONGS_SEPARATOR = 3;

/**
 * The replicas of one storage's block report, in parts of up to `partSize`. Two forms exist (BlockListAsLongs):
 *
 *   buffers: varints   zigzag(block id) | length | generation stamp | state     for each replica, over all buffers
 *   longs:   finalized count, open count, (id, length, gs)*, -1, -1, -1, (id, length, gs, state)*
 *
 * @throws IOException if the report is cut short
 */
export function* decodeBlockReport(
  report: { blocks: readonly number[]; numberOfBlocks?: number | undefined; blocksBuffers: readonly Uint8Array[] },
  partSize: number,
): Generator<ReportedReplica[]> {
  const replicas = report.numberOfBlocks === undefined ? fromLongs(report.blocks) : fromBuffers(report.blocksBuffers);
  let part: ReportedReplica[] = [];
  for (const replica of replicas) {
    part.push(replica);
    if (part.length < partSize) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}

const cutShort = (): HadoopError => hadoopError('IOException', 'The block report is cut short');

function* fromLongs(longs: readonly number[]): Generator<ReportedReplica> {
  if (longs.length === 0) return;
  const [finalized = 0, open = 0] = longs;
  let at = LONGS_HEADER;
  const next = () => {
    const value = longs[at++];
    if (value === undefined) throw cutShort();
    return value;
  };
  for (let i = 0; i < finalized; i++) yield { id: next(), numBytes: next(), genStamp: next(), state: 0 };
  at += LONGS_SEPARATOR;
  for (let i = 0; i < open; i++) yield { id: next(), numBytes: next(), genStamp: next(), state: next() };
}

function* fromBuffers(buffers: readonly Uint8Array[]): Generator<ReportedReplica> {
  const bytes = buffers.length === 1 && buffers[0] !== undefined ? buffers[0] : Buffer.concat(buffers);
  let at = 0;
  /** Reads one unsigned varint. Exact up to 2^53: ids, lengths and generation stamps stay below. */
  const varint = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw cutShort();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const zigzag = varint();
    const id = zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    const numBytes = varint() % NUM_BYTES_LIMIT;
    const genStamp = varint();
    yield { id, numBytes, genStamp, state: varint() & STATE_MASK };
  }
}
