// 64-bit fields of messages keep all their digits and their signs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockReportContextProto, FsyncRequestProto, PacketHeaderProto } from '../../protocol/gen/messages.ts';
import { LONG_MAX } from '../../protocol/message.ts';

const report = { totalRpcs: 1, curRpc: 0, id: 7 };

// A block report carries the id of its lease: a random Java long that the NameNode compares exactly.
test('a field declared with jstype = JS_STRING keeps every digit of its 64 bits', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
      const leaseId = String(value);
      expect(BlockReportContextProto.decode(BlockReportContextProto.encode({ ...report, leaseId })).leaseId).toBe(
        leaseId,
      );
    }),
    { examples: [[0n], [-1n], [2n ** 63n - 1n], [-(2n ** 63n)], [2n ** 53n + 1n]] },
  );
});

test('a field declared with jstype = JS_STRING is a varint: -1 has ten bytes, and bytes cut short are an error', () => {
  const bytes = BlockReportContextProto.encode({ ...report, leaseId: '-1' });
  expect(Buffer.from(bytes.subarray(-11)).toString('hex')).toBe('20ffffffffffffffffff01');
  expect(() => BlockReportContextProto.decode(bytes.subarray(0, -1))).toThrow(/^index out of range: /);
});

// A case that the fuzzer found, in batch 80 of seed 1211029457.
test("Java's Long.MAX_VALUE is written as itself, whatever the field's encoding", () => {
  const header = PacketHeaderProto.decode(Buffer.from('09010000000000e0ff11ffffffffffffff7f18002500000080', 'hex'));
  expect(header.seqno).toBe(LONG_MAX);
  expect(PacketHeaderProto.decode(PacketHeaderProto.encode(header))).toEqual(header);
  const request = { src: '/f', client: 'c', fileId: LONG_MAX, lastBlockLength: LONG_MAX };
  expect(FsyncRequestProto.decode(FsyncRequestProto.encode(request))).toEqual(request);
});
