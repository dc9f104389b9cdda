import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CutPacket, PacketCutter } from '../../client/packet-cutter.ts';

const options = { blockSizeBytes: 4096, packetSizeBytes: 1024, bytesPerChecksum: 512 };
const bytes = (length: number, from = 0) => Buffer.from(Array.from({ length }, (_, i) => (from + i) % 251));
const shape = (packets: readonly CutPacket[]) =>
  packets.map((p) => `${p.seqno}@${p.offsetInBlock}+${p.data.length}${p.lastPacketInBlock ? ' last' : ''}`);

describe('PacketCutter', () => {
  it('cuts full packets as views of what was written', () => {
    const chunk = bytes(2048);
    const packets = [...new PacketCutter(options).cut(chunk)];
    expect(shape(packets)).toEqual(['0@0+1024', '1@1024+1024']);
    expect(packets.every((p) => p.data.buffer === chunk.buffer)).toBe(true);
  });

  it('ends each full block with an empty last packet, and the file too', () => {
    const cutter = new PacketCutter({ ...options, blockSizeBytes: 1536 });
    expect(shape([...cutter.cut(bytes(2000))])).toEqual(['0@0+1024', '1@1024+512', '2@1536+0 last']);
    expect(shape([...cutter.close()])).toEqual(['3@0+464', '4@464+0 last']);
  });

  it('makes no packet of an empty file, and none after a block that ended with the file', () => {
    expect([...new PacketCutter(options).close()]).toEqual([]);
    const cutter = new PacketCutter(options);
    expect(shape([...cutter.cut(bytes(4096))]).at(-1)).toBe('4@4096+0 last');
    expect([...cutter.close()]).toEqual([]);
  });

  it('sends an unfinished checksum chunk again after a flush, because its checksum changes', () => {
    const cutter = new PacketCutter(options);
    expect(shape([...cutter.cut(bytes(700))])).toEqual([]);
    expect(shape([...cutter.flush(false)])).toEqual(['0@0+700']);
    expect([...cutter.flush(false)]).toEqual([]);
    expect(shape([...cutter.cut(bytes(900, 700))])).toEqual(['1@512+1024']);
    expect(shape([...cutter.close()])).toEqual(['2@1536+64', '3@1600+0 last']);
  });

  it('closes right after a flush without sending the chunk again', () => {
    const cutter = new PacketCutter(options);
    expect([...cutter.cut(bytes(700))]).toEqual([]);
    expect(shape([...cutter.flush(true)])).toEqual(['0@0+700']);
    expect(shape([...cutter.flush(true)])).toEqual(['1@700+0']);
    expect(shape([...cutter.close()])).toEqual(['2@700+0 last']);
  });

  it('refuses sizes that checksums do not fit', () => {
    expect(() => new PacketCutter({ ...options, blockSizeBytes: 1000 })).toThrow(RangeError);
  });

  it('gives back what was written, whatever the pieces and flushes', () => {
    const piece = fc.record({ length: fc.nat(3000), flush: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const cutter = new PacketCutter(options);
        const packets: CutPacket[] = [];
        let written = 0;
        for (const { length, flush } of pieces) {
          packets.push(...cutter.cut(bytes(length, written)));
          if (flush) packets.push(...cutter.flush(false));
          written += length;
        }
        packets.push(...cutter.close());
        expect(fileOf(packets).equals(bytes(written))).toBe(true);
        expect(packets.map((p) => p.seqno)).toEqual(packets.map((_, i) => i));
        for (const p of packets) {
          expect(p.offsetInBlock % 512 === 0 || p.lastPacketInBlock).toBe(true);
          expect(p.offsetInBlock + p.data.length).toBeLessThanOrEqual(options.blockSizeBytes);
        }
      }),
    );
  });
});

/** What a DataNode would have: later packets overwrite, a last packet ends the block. */
function fileOf(packets: readonly CutPacket[]): Buffer {
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(0);
  for (const p of packets) {
    block = Buffer.concat([block.subarray(0, p.offsetInBlock), p.data]);
    if (!p.lastPacketInBlock) continue;
    blocks.push(block);
    block = Buffer.alloc(0);
  }
  return Buffer.concat([...blocks, block]);
}
