// Ops, packets and acks of DataTransferProtocol, compared with bytes that Hadoop takes and sends.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DelimitedDecoder,
  encodeOp,
  encodePacket,
  Op,
  PACKET_BYTES_MAX,
  type Packet,
  PacketDecoder,
} from '../../../protocol/datatransfer/data-transfer.ts';
import { ClientReadStatusProto, PacketHeaderProto, PipelineAckProto, Status } from '../../../protocol/gen/messages.ts';

const packet = fc.record({
  offsetInBlock: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  seqno: fc.oneof(fc.integer({ min: -2, max: 10 }), fc.maxSafeNat()),
  lastPacketInBlock: fc.boolean(),
  syncBlock: fc.boolean(),
  checksums: fc.uint8Array({ maxLength: 16 }).map((b) => Buffer.from(b)),
  data: fc.uint8Array({ maxLength: 64 }).map((b) => Buffer.from(b)),
});

function decodeAll(bytes: Buffer, step: number) {
  const decoder = new PacketDecoder();
  const packets = [];
  for (let at = 0; at < bytes.length; at += step) {
    decoder.push(bytes.subarray(at, at + step));
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) packets.push(next);
  }
  return packets;
}

/** Returns a packet's bytes with the given encoding of its header. */
function packetOf(
  header: Uint8Array,
  payloadBytes: number,
  payload = Buffer.alloc(Math.max(0, payloadBytes - 4)),
): Buffer {
  const prefix = Buffer.alloc(6);
  prefix.writeInt32BE(payloadBytes, 0);
  prefix.writeInt16BE(header.length, 4);
  return Buffer.concat([prefix, header, payload]);
}

const HEADER = { offsetInBlock: 5, seqno: 7, lastPacketInBlock: false, dataLen: 3, syncBlock: false };

describe('packets', () => {
  test('survive any chunking', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 5 }), fc.integer({ min: 1, max: 100 }), (packets, step) => {
        const bytes = Buffer.concat(packets.flatMap(encodePacket));
        const decoded = decodeAll(bytes, step);
        expect(decoded.map(({ raw: _, release: __, ...p }) => p)).toEqual(packets);
        expect(Buffer.concat(decoded.flatMap((p) => p.raw))).toEqual(bytes);
      }),
    );
  });

  test("have the header that protobuf gives, and Hadoop's layout", () => {
    fc.assert(
      fc.property(packet, (p) => {
        const [head] = encodePacket(p) as [Buffer];
        const { syncBlock, ...header } = { ...p, dataLen: p.data.length };
        // Hadoop leaves the field syncBlock out if the value is false.
        const expected = PacketHeaderProto.encode(syncBlock ? { ...header, syncBlock } : header);
        expect(head.subarray(6).toString('hex')).toBe(Buffer.from(expected).toString('hex'));
        expect(head.readInt16BE(4)).toBe(expected.length);
        expect(head.readInt32BE(0)).toBe(4 + p.checksums.length + p.data.length);
      }),
    );
  });

  // The bytes of the last packet of a block of 200,000 bytes, written by hand. A pipeline of Hadoop 3.4.2 acked them.
  test('match bytes that Hadoop accepts', () => {
    const empty = Buffer.alloc(0);
    const last: Packet = {
      offsetInBlock: 200_000,
      seqno: 4,
      lastPacketInBlock: true,
      syncBlock: false,
      checksums: empty,
      data: empty,
    };
    expect(Buffer.concat(encodePacket(last)).toString('hex')).toBe(
      '00000004' + '0019' + '09400d030000000000' + '110400000000000000' + '1801' + '2500000000',
    );
  });

  test('are read with any encoding of the header', () => {
    const fields = PacketHeaderProto.encode(HEADER);
    const syncFirst = Buffer.concat([Buffer.from([0x28, 1]), fields.subarray(0, 25)]);
    const unknownField = Buffer.concat([fields, Buffer.from([0x78, 1])]);
    for (const [header, syncBlock] of [
      [syncFirst, true],
      [unknownField, false],
      [fields, false],
    ] as const) {
      const [decoded] = decodeAll(packetOf(header, 4 + 4 + 3), 3);
      expect(decoded).toMatchObject({ offsetInBlock: 5, seqno: 7, syncBlock });
      expect([decoded?.checksums.length, decoded?.data.length]).toEqual([4, 3]);
    }
  });

  test.each([
    ['payload length below 4', packetOf(PacketHeaderProto.encode(HEADER), 3), /payload size: 3/],
    ['negative payload length', packetOf(PacketHeaderProto.encode(HEADER), -1), /payload size: -1/],
    [
      'payload over 16 MiB',
      packetOf(PacketHeaderProto.encode(HEADER), PACKET_BYTES_MAX + 1, Buffer.alloc(0)),
      /payload size: 16777217/,
    ],
    ['header over its limit', packetOf(Buffer.alloc(1025), 4), /header size: 1025/],
    ['negative header length', Buffer.from([0, 0, 0, 4, 0xff, 0xff]), /header size: -1/],
    [
      'more data than payload',
      packetOf(PacketHeaderProto.encode({ ...HEADER, dataLen: 4 }), 4 + 3),
      /data length is 4/,
    ],
    [
      'negative data length',
      packetOf(PacketHeaderProto.encode({ ...HEADER, dataLen: -1 }), 4 + 3),
      /data length is -1/,
    ],
    ['a header that is no protobuf', packetOf(Buffer.alloc(25, 0xff), 4), /Invalid packet header/],
    ['a header without its fields', packetOf(Buffer.alloc(0), 4), /Invalid packet header/],
  ])('with %s are refused', (_, bytes, message) => {
    expect(() => decodeAll(bytes, 2)).toThrow(message);
  });

  test('of random bytes never do worse than an IOException', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const small = Buffer.concat([Buffer.from([0, 0, 0]), bytes]); // A length that is small enough to be valid.
        try {
          decodeAll(small, 5);
        } catch (e) {
          expect(e).toMatchObject({ javaClass: 'java.io.IOException' });
        }
      }),
    );
  });
});

describe('delimited messages', () => {
  test('survive any chunking', () => {
    const ack = fc.record({
      seqno: fc.integer(),
      reply: fc.array(fc.constantFrom(...Object.values(Status)), { maxLength: 4 }),
      downstreamAckTimeNanos: fc.maxSafeNat(),
      flag: fc.array(fc.nat(), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(ack, { maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (acks, step) => {
        const decoder = new DelimitedDecoder(PipelineAckProto);
        const bytes = Buffer.concat(acks.map((a) => PipelineAckProto.encodeDelimited(a)));
        const decoded = [];
        for (let at = 0; at < bytes.length; at += step) {
          decoder.push(bytes.subarray(at, at + step));
          for (let next = decoder.next(); next !== undefined; next = decoder.next()) decoded.push(next);
        }
        expect(decoded).toEqual(acks);
      }),
    );
  });

  // The bytes were captured from a Hadoop 3.4.2 pipeline of three nodes. In zigzag encoding, seqno 1 is 2.
  test("match Hadoop's ack", () => {
    const ack = { seqno: 1, reply: [0, 0, 0] as Status[], downstreamAckTimeNanos: 429_891, flag: [0, 0, 0] };
    expect(Buffer.from(PipelineAckProto.encodeDelimited(ack)).toString('hex')).toBe(
      '11' + '0802' + '100010001000' + '18c39e1a' + '2203000000',
    );
  });

  test.each([
    ['over the limit', Buffer.from([0x81, 0x08])],
    ['of a length without end', Buffer.from([0x80, 0x80, 0x80, 0x80, 0x80, 0x80])],
    ['of garbage', Buffer.from([2, 0xff, 0xff])],
    ['without their fields', Buffer.from([0])],
  ])('%s are refused', (_, bytes) => {
    const decoder = new DelimitedDecoder(ClientReadStatusProto, 1024);
    decoder.push(bytes);
    expect(() => decoder.next()).toThrow(expect.objectContaining({ javaClass: 'java.io.IOException' }));
  });
});

test('an op starts with version 28 and its code', () => {
  const bytes = encodeOp(Op.READ_BLOCK, ClientReadStatusProto, { status: Status.CHECKSUM_OK });
  expect(bytes.toString('hex')).toBe('001c' + '51' + '020806');
});
