// Tests of the header of a journal file.
import { expect, it } from 'vitest';
import { RECORDS_AT, readHeaders, writeHeader } from '../../../../namenode/store/journal/journal-header.ts';

const header = { lengthBytes: 16_384, salt: Buffer.from('0123456789abcdef'), epoch: 2 ** 40 };

function fileWith(): Buffer {
  const file = Buffer.alloc(header.lengthBytes);
  writeHeader(file, header);
  return file;
}

it('both copies say the same', () => {
  expect(readHeaders(fileWith())).toEqual([header, header]);
});

it('one damaged byte anywhere leaves at least one copy, and no wrong one', () => {
  for (let at = 0; at < RECORDS_AT; at++) {
    const file = fileWith();
    file[at] = (file[at] ?? 0) ^ 0x10;
    const headers = readHeaders(file);
    expect(headers.length).toBeGreaterThanOrEqual(1);
    for (const found of headers) expect(found).toEqual(header);
    // The header is 44 bytes long.
    if (at % 4096 < 44) expect(headers).toHaveLength(1);
  }
});

it('a file that is emptied, zeroed, short or of layout 2 has none', () => {
  expect(readHeaders(Buffer.alloc(0))).toEqual([]);
  expect(readHeaders(Buffer.alloc(header.lengthBytes))).toEqual([]);
  expect(readHeaders(fileWith().subarray(0, 30))).toEqual([]);
  expect(readHeaders(Buffer.alloc(header.lengthBytes, 0x70))).toEqual([]);
});
