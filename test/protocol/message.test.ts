import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BlockReportContextProto } from '../../protocol/gen/messages.ts';

const report = { totalRpcs: 1, curRpc: 0, id: 7 };

// A NameNode compares the lease of a block report with what it gave, a random Java long.
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

test('it is a varint like any other: -1 has ten bytes, and bytes cut short are an error', () => {
  const bytes = BlockReportContextProto.encode({ ...report, leaseId: '-1' });
  expect(Buffer.from(bytes.subarray(-11)).toString('hex')).toBe('20ffffffffffffffffff01');
  expect(() => BlockReportContextProto.decode(bytes.subarray(0, -1))).toThrow();
});
