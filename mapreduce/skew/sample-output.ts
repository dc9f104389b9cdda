/** The shares of the reduces in a map's output, and the heaviest keys of the largest share, found by reading a little of it. */
import fs from 'node:fs';
import { excerpt } from '../job/job-errors.ts';
import type { MapShares } from '../job/messages.ts';
import type { HeavyKey } from '../job/shuffle-status.ts';
import { VarintReader } from '../sort/byte-sink.ts';
import { decodeKey } from '../sort/key-codec.ts';
import type { SegmentCodec } from '../sort/segment.ts';
import type { SegmentRange, SpillFile } from '../sort/spill-file.ts';

/** Jobs with more reduces are not watched: the reports would be long. */
const REDUCES_MAX = 1000;
/** Chunks of 64 KiB that are read. */
const CHUNKS = 16;
/** A key is heavy from this share of its reduce's bytes on. */
const HEAVY_SHARE = 0.05;
const KEYS_MAX = 5;
/** Keys are looked for in a share that is this many times the mean. */
const LARGE = 2;

const LENGTH_BYTES = 4;
const CRC_BYTES = 4;

/** Returns undefined if there is nothing to compare. */
export function mapShares(output: SpillFile, codec: SegmentCodec | undefined): MapShares | undefined {
  const { index } = output;
  if (index.length < 2 || index.length > REDUCES_MAX) return undefined;
  const bytes = index.map(({ rawLength }) => rawLength);
  const total = bytes.reduce((sum, n) => sum + n, 0);
  const largest = Math.max(...bytes);
  const reduce = bytes.indexOf(largest);
  const range = index[reduce];
  const isLarge = largest >= (LARGE * total) / bytes.length;
  return { bytes, keys: range && isLarge ? heavyKeys(output.path, range, codec, reduce) : [] };
}

/** Reads some chunks of a segment, evenly spread over it. Its records are sorted: a heavy key fills chunks of its own. */
function heavyKeys(
  file: string,
  range: SegmentRange,
  codec: SegmentCodec | undefined,
  reduce: number,
): readonly HeavyKey[] {
  const descriptor = fs.openSync(file, 'r');
  try {
    const starts = chunkStarts(descriptor, range);
    const step = Math.max(1, starts.length / CHUNKS);
    const sampled = new Map<string, number>();
    let total = 0;
    for (let i = 0; i < starts.length; i += step) {
      const data = chunkAt(descriptor, starts[Math.floor(i)] ?? 0, codec);
      for (let at = 0; at < data.length; ) {
        const { keyStart, keyEnd, end } = recordAt(data, at);
        const key = data.toString('latin1', keyStart, keyEnd);
        sampled.set(key, (sampled.get(key) ?? 0) + end - keyStart);
        total += end - keyStart;
        at = end;
      }
    }
    return [...sampled]
      .filter(([, bytes]) => bytes >= HEAVY_SHARE * total)
      .sort(([, a], [, b]) => b - a)
      .slice(0, KEYS_MAX)
      .map(([key, bytes]) => ({ reduce, key: nameOf(key), bytes: Math.round((bytes / total) * range.rawLength) }));
  } finally {
    fs.closeSync(descriptor);
  }
}

function nameOf(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  return excerpt(decodeKey(bytes, 0, bytes.length));
}

/** Returns the places of the segment's chunks. Of each, only the length is read. */
function chunkStarts(descriptor: number, { offset, length }: SegmentRange): number[] {
  const starts: number[] = [];
  for (let at = offset; at < offset + length; ) {
    const chunkBytes = readAt(descriptor, at, LENGTH_BYTES).readUInt32BE();
    if (chunkBytes === 0) break;
    starts.push(at);
    at += LENGTH_BYTES + chunkBytes + CRC_BYTES;
  }
  return starts;
}

function chunkAt(descriptor: number, start: number, codec: SegmentCodec | undefined): Buffer {
  const length = readAt(descriptor, start, LENGTH_BYTES).readUInt32BE();
  const data = readAt(descriptor, start + LENGTH_BYTES, length);
  return codec ? codec.decompress(data) : data;
}

/** Finds a record as SegmentReader does. */
function recordAt(data: Buffer, at: number): { keyStart: number; keyEnd: number; end: number } {
  const varint = new VarintReader();
  varint.position = at;
  const keyLength = varint.read(data);
  const valueLength = varint.read(data);
  const keyStart = varint.position;
  return { keyStart, keyEnd: keyStart + keyLength, end: keyStart + keyLength + valueLength };
}

function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  while (at < length) {
    const read = fs.readSync(descriptor, bytes, at, length - at, position + at);
    if (read === 0) throw new Error('A map output is cut off');
    at += read;
  }
  return bytes;
}
