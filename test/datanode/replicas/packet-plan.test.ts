// The places on disk of a packet's bytes and checksums (Hadoop: BlockReceiver.receivePacket).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planPacket } from '../../../datanode/replicas/packet-plan.ts';

describe('planPacket (Hadoop: BlockReceiver.receivePacket)', () => {
  test('a packet behind the last one is written whole', () => {
    expect(planPacket(0, 0, 1000, 512)).toEqual({ dataSkip: 0, firstChunk: 0, checksumSkip: 0 });
    expect(planPacket(1024, 1024, 10, 512)).toEqual({ dataSkip: 0, firstChunk: 2, checksumSkip: 0 });
  });

  test('a partial chunk sent again from its start, as after hflush, overwrites its checksum', () => {
    expect(planPacket(700, 512, 512, 512)).toEqual({ dataSkip: 188, firstChunk: 1, checksumSkip: 0 });
  });

  test('the rest of a partial chunk, as after append, has its checksum computed with what is on disk', () => {
    expect(planPacket(700, 700, 324, 512)).toEqual({
      dataSkip: 0,
      firstChunk: 1,
      checksumSkip: 1,
      recompute: { chunkStart: 512, diskBytes: 188, packetBytes: 324 },
    });
    expect(planPacket(700, 700, 10, 512)?.recompute).toEqual({ chunkStart: 512, diskBytes: 188, packetBytes: 10 });
  });

  test('a packet that a recovery sends again brings only what is new', () => {
    expect(planPacket(1000, 0, 1000, 512)).toBeUndefined();
    expect(planPacket(1024, 0, 2048, 512)).toEqual({ dataSkip: 1024, firstChunk: 2, checksumSkip: 2 });
    expect(planPacket(1000, 0, 2048, 512)).toEqual({
      dataSkip: 1000,
      firstChunk: 1,
      checksumSkip: 2,
      recompute: { chunkStart: 512, diskBytes: 488, packetBytes: 24 },
    });
  });

  test('a gap, a negative offset and a partial chunk in the middle are refused', () => {
    expect(() => planPacket(10, 11, 1, 512)).toThrow(
      'out-of-sequence packet at offset 11. Expecting packet starting at 10',
    );
    expect(() => planPacket(10, -1, 100, 512)).toThrow('out-of-sequence');
    for (const length of [600, 325]) {
      expect(() => planPacket(700, 700, length, 512)).toThrow('A partial chunk must be sent in an individual packet');
    }
  });

  test('any resend leaves data and checksums as one whole write would', () => {
    const CHUNK = 8;
    /** Returns a checksum that spells the bytes that it covers. */
    const sum = (bytes: readonly number[]) => bytes.join(',');
    const sumsOf = (bytes: readonly number[]) =>
      Array.from({ length: Math.ceil(bytes.length / CHUNK) }, (_, i) => sum(bytes.slice(i * CHUNK, (i + 1) * CHUNK)));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.integer({ min: 1, max: 40 })), { maxLength: 12 }), (sends) => {
        const disk: number[] = [];
        const meta: string[] = [];
        for (const [back, length] of sends) {
          const wish = Math.max(0, disk.length - back);
          // A client's packet starts at a chunk border or at the end of the data.
          const offset = back === 0 ? disk.length : wish - (wish % CHUNK);
          const end =
            offset % CHUNK === 0 ? offset + length : Math.min(offset + length, Math.ceil(offset / CHUNK) * CHUNK);
          const data = Array.from({ length: end - offset }, (_, i) => offset + i);
          const sums = sumsOf(data);
          const plan = planPacket(disk.length, offset, data.length, CHUNK);
          if (!plan) continue;
          const first = plan.recompute
            ? [
                sum([
                  ...disk.slice(plan.recompute.chunkStart),
                  ...data.slice(plan.dataSkip, plan.dataSkip + plan.recompute.packetBytes),
                ]),
              ]
            : [];
          disk.push(...data.slice(plan.dataSkip));
          meta.splice(plan.firstChunk, meta.length, ...first, ...sums.slice(plan.checksumSkip));
        }
        expect(disk).toEqual(disk.map((_, i) => i));
        expect(meta).toEqual(sumsOf(disk));
      }),
    );
  });
});
