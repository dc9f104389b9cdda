// Tests how bytes are cut into packets, at the borders of packets, blocks and checksum chunks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CutPacket, PacketCutter } from '../../../client/write/packet-cutter.ts';

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

  // Hadoop's BlockReceiver accepts a packet that begins within a chunk only if it has no other chunk.
  it('fills up the chunk that an append found unfinished with a packet of its own', () => {
    const cutter = new PacketCutter({ ...options, startOffset: 700 });
    expect(shape([...cutter.cut(bytes(3000))])).toEqual(['0@700+324', '1@1024+1024', '2@2048+1024']);
    expect(shape([...cutter.close()])).toEqual(['3@3072+628', '4@3700+0 last']);
  });

  it('sends the bytes that an append wrote to an unfinished chunk again after a flush, and never those before them', () => {
    const cutter = new PacketCutter({ ...options, startOffset: 700 });
    expect([...cutter.cut(bytes(100))]).toEqual([]);
    expect(shape([...cutter.flush(false)])).toEqual(['0@700+100']);
    expect([...cutter.cut(bytes(50))]).toEqual([]);
    expect(shape([...cutter.flush(true)])).toEqual(['1@700+150']);
    expect(shape([...cutter.flush(true)])).toEqual(['2@850+0']);
    expect(shape([...cutter.cut(bytes(1000))])).toEqual(['3@700+324']);
    expect(shape([...cutter.close()])).toEqual(['4@1024+826', '5@1850+0 last']);
  });

  it('ends a block that nothing was appended to, and one that a flush ends', () => {
    expect(shape([...new PacketCutter({ ...options, startOffset: 700 }).close()])).toEqual(['0@700+0 last']);
    const cutter = new PacketCutter(options);
    expect(shape([...cutter.cut(bytes(700)), ...cutter.flush(true, true)])).toEqual(['0@0+700', '1@700+0 last']);
    expect([...cutter.flush(true, true)]).toEqual([]);
    expect(shape([...cutter.cut(bytes(10)), ...cutter.flush(false)])).toEqual(['2@0+10']);
    const ended = [...cutter.flush(true, true)];
    expect(shape(ended)).toEqual(['3@10+0 last']);
    expect(ended[0]?.syncBlock).toBe(true);
  });

  // A long run found this bug: the buffer of a packet begun near a block's end was too small in the next block.
  it('loses nothing behind a block that was ended near its end', () => {
    const cutter = new PacketCutter(options);
    const data = bytes(8000);
    const packets = [...cutter.cut(data.subarray(0, 3900)), ...cutter.flush(false), ...cutter.flush(true, true)];
    packets.push(...cutter.cut(data.subarray(3900, 4500)), ...cutter.cut(data.subarray(4500)), ...cutter.close());
    expect(fileOf(packets, 0).equals(data)).toBe(true);
  });

  it('has every block synced at its end when asked to', () => {
    const cutter = new PacketCutter({ ...options, syncBlocks: true });
    const packets = [...cutter.cut(bytes(4097)), ...cutter.close()];
    expect(packets.filter((p) => p.syncBlock).map((p) => p.seqno)).toEqual([4, 6]);
  });

  it('refuses sizes that checksums do not fit', () => {
    expect(() => new PacketCutter({ ...options, blockSizeBytes: 1000 })).toThrow(RangeError);
    expect(() => new PacketCutter({ ...options, startOffset: 4096 })).toThrow(RangeError);
  });

  it('delivers the bytes that were written, for any pieces and flushes', () => {
    const piece = fc.record({ length: fc.nat(3000), flush: fc.boolean(), endBlock: fc.boolean() });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.nat(4095), (pieces, startOffset) => {
        const cutter = new PacketCutter({ ...options, startOffset });
        const packets: CutPacket[] = [];
        let written = 0;
        for (const { length, flush, endBlock } of pieces) {
          packets.push(...cutter.cut(bytes(length, written)));
          if (flush) packets.push(...cutter.flush(false, endBlock));
          written += length;
        }
        packets.push(...cutter.close());
        expect(fileOf(packets, startOffset).equals(bytes(written))).toBe(true);
        expect(packets.map((p) => p.seqno)).toEqual(packets.map((_, i) => i));
        for (const p of packets) {
          const inChunk = p.offsetInBlock % 512;
          expect(inChunk === 0 || p.lastPacketInBlock || p.data.length <= 512 - inChunk).toBe(true);
          expect(p.offsetInBlock + p.data.length).toBeLessThanOrEqual(options.blockSizeBytes);
        }
      }),
    );
  });
});

/**
 * Returns the bytes that a DataNode would have: later packets overwrite earlier ones, and a last packet ends a block.
 */
function fileOf(packets: readonly CutPacket[], startOffset: number): Buffer {
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(startOffset);
  for (const p of packets) {
    block = Buffer.concat([block.subarray(0, p.offsetInBlock), p.data]);
    if (!p.lastPacketInBlock) continue;
    blocks.push(block);
    block = Buffer.alloc(0);
  }
  return Buffer.concat([...blocks, block]).subarray(startOffset);
}
