// Lists the decoders of files on disk that are fuzzed.
import assert from 'node:assert/strict';
import { ByteSink } from '../../mapreduce/sort/byte-sink.ts';
import { decodeKey, encodeKey } from '../../mapreduce/sort/key-codec.ts';
import { readFromBytes, SegmentReader, SegmentVerifier, SegmentWriter } from '../../mapreduce/sort/segment.ts';
import { decodeValue, encodeValue } from '../../mapreduce/sort/value-codec.ts';
import { type Change, fileOfBlockKey, inodeKey } from '../../namenode/command/change.ts';
import { FIRST_COUNTERS } from '../../namenode/command/counters.ts';
import { newFile } from '../../namenode/namespace/inode.ts';
import { decodeBlock, decodeCounters, decodeINode, encodeCounters } from '../../namenode/store/edits.ts';
import {
  encodeRecord,
  RECORD_ALIGNMENT,
  type RecordSeal,
  sealRecord,
} from '../../namenode/store/journal/edit-record.ts';
import { contentAfter } from '../../namenode/store/journal/journal-run.ts';
import type { DecoderTarget } from './decoder-targets.ts';
import { split } from './mutate.ts';
import type { SeededRandom } from './random.ts';

const INODES = [
  { p: 16385, n: 'file', o: 'alice', g: 'staff', m: 0o644, t: 1700000000000, r: 3, b: 134217728 },
  { p: 16385, n: 'open', o: 'alice', g: 'staff', m: 0o644, t: 1, a: 2, r: 3, b: 1048576, u: ['DFSClient_1', 'host'] },
  { p: 16385, n: 'dir', o: 'alice', g: 'staff', m: 0o755, t: 1700000000000 },
];

const file = newFile({
  id: 16386,
  name: 'file',
  owner: 'alice',
  group: 'staff',
  permission: 0o644,
  modificationTimeMs: 0,
  accessTimeMs: 0,
  replication: 3,
  blockSizeBytes: 1048576,
});

/** Returns the decoders of files on disk: the NameNode's store, and the segments and records of MapReduce. */
export function storeTargets(): DecoderTarget[] {
  return [
    {
      name: 'keys and values of the store',
      share: 5,
      good: (random) => Buffer.from(goodValue(random)),
      run: (bytes) => {
        const kind = String.fromCharCode(bytes[0] ?? 0);
        const value = bytes.toString('utf8', 1);
        if (kind === '0') decodeINode(inodeKey(16386), value, (name) => name);
        else if (kind === '1') decodeBlock(value, file);
        else decodeCounters(value);
        fileOfBlockKey(`block/${value}`);
      },
    },
    {
      name: 'edit journal',
      share: 3,
      refusesSome: true,
      good: journal,
      run: (bytes) => {
        const half = bytes.length >> 1;
        const parts = [bytes.subarray(0, half - (half % RECORD_ALIGNMENT)), bytes.subarray(half)];
        const files = parts.map((part) => ({ name: 'edits', seal: SEAL, bytes: part }));
        const { records } = contentAfter(0, files, undefined);
        for (const [i, { number }] of records.entries()) assert.equal(number, i + 1);
      },
    },
    {
      name: 'segments of the shuffle',
      share: 6,
      good: segment,
      run: (bytes, random) => {
        const verifier = new SegmentVerifier(bytes.length);
        let refused = false;
        try {
          for (const piece of split(bytes, random)) verifier.feed(piece);
          verifier.end();
        } catch (e) {
          if (!(e instanceof Error) || e.name !== 'SegmentError') throw e;
          refused = true;
        }
        const reader = new SegmentReader(readFromBytes(bytes));
        while (reader.next());
        // A reader stops at the end mark; only the verifier refuses bytes after it.
        if (refused) return;
      },
    },
    {
      name: 'keys and values of records',
      share: 5,
      good: (random) => {
        const sink = new ByteSink();
        sink.byte(random.below(2));
        if (sink.bytes[0] === 0) encodeKey(anyKey(random, 0), sink);
        else encodeValue(anyKey(random, 0), sink);
        return Buffer.from(sink.bytes.subarray(0, sink.length));
      },
      run: (bytes) => {
        if (bytes[0] === 0) decodeKey(bytes, 1, bytes.length);
        else decodeValue(bytes, 1, bytes.length);
      },
    },
  ];
}

const SEAL: RecordSeal = { mark: 0x12345678, crcSeed: 7 };

/** Returns a journal with records from number 1 on, followed by a record of an older run. */
function journal(random: SeededRandom): Buffer {
  const target = Buffer.alloc(4096);
  const records: Buffer[] = [];
  for (let number = 1; number <= 1 + random.below(4); number++) {
    const changes = Array.from({ length: random.below(3) }, (): Change => {
      const value = goodValue(random);
      return random.oneIn(4) ? { type: 'del', key: 'inode/1' } : { type: 'put', key: `inode/${number}`, value };
    });
    const length = encodeRecord(target, random.oneIn(20) ? number + 7 : number, changes);
    sealRecord(target, SEAL);
    records.push(Buffer.from(target.subarray(0, length)));
  }
  return Buffer.concat(records);
}

function goodValue(random: SeededRandom): string {
  if (random.oneIn(3)) return `1${JSON.stringify([1073741825, 1001, 134217728, 0, ['uuid-1', 'uuid-2']])}`;
  return random.oneIn(3)
    ? `2${encodeCounters({ ...FIRST_COUNTERS, lostBlockIds: [[1073741900, 1073741930]], lostGenStamps: [[1100, 1130]] })}`
    : `0${JSON.stringify(random.pick(INODES))}`;
}

function segment(random: SeededRandom): Buffer {
  const pieces: Buffer[] = [];
  const writer = new SegmentWriter((bytes) => void pieces.push(Buffer.from(bytes)));
  for (let records = random.below(6); records > 0; records--) {
    const key = random.bytes(random.below(20));
    const value = random.bytes(random.below(200));
    writer.append(key, 0, key.length, value, 0, value.length);
  }
  writer.close();
  return Buffer.concat(pieces);
}

function anyKey(random: SeededRandom, depth: number): unknown {
  switch (random.below(depth > 3 ? 6 : 8)) {
    case 0:
      return null;
    case 1:
      return random.oneIn(2);
    case 2:
      return random.uint32() - 2 ** 31;
    case 3:
      return random.uint32() / 7;
    case 4:
      return random.pick(['', 'word', 'ä€😀', '\0\0', 'x'.repeat(100)]);
    case 5:
      return new Uint8Array(random.bytes(random.below(10)));
    case 6:
      return Array.from({ length: random.below(4) }, () => anyKey(random, depth + 1));
    default:
      return { a: random.below(10), b: 'text' };
  }
}
