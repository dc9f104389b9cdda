// The bytes that executables get: the InputWriter classes of Hadoop.
import { expect, it } from 'vitest';
import { pairWriter } from '../../../mapreduce/streaming/input-writers.ts';
import { type Datum, type Kinds, textOf } from '../../../mapreduce/streaming/kinds.ts';

function written(form: string, kinds: Kinds, key: Datum, value: Datum, ignoresKey = false): string {
  const parts: Uint8Array[] = [];
  const target = { write: (bytes: Uint8Array) => parts.push(bytes) };
  pairWriter(form, target, { kinds, separator: Buffer.from('\t'), ignoresKey }).write(key, value);
  return Buffer.concat(parts).toString('latin1');
}

const LINE: Kinds = { key: 'long', value: 'text' };
const TEXT: Kinds = { key: 'text', value: 'text' };
const RAW: Kinds = { key: 'bytes', value: 'bytes' };
const text = (content: string): Buffer => Buffer.from(content, 'latin1');

it('text: key, separator and value as their bytes, a number as its digits', () => {
  expect(written('text', TEXT, text('k\xff'), text('v'))).toBe('k\xff\tv\n');
  expect(written('TEXT', LINE, 12, text('v'))).toBe('12\tv\n');
  expect(written('text', LINE, 12, text('v'), true)).toBe('v\n');
  expect(written('keyonlytext', TEXT, text('k'), text('v'))).toBe('k\n');
  expect(written('text', { key: 'text', value: 'none' }, text('k'), null)).toBe('k\t(null)\n');
});

it('rawbytes: a length and the content of BytesWritable, or a Writable as it is serialized', () => {
  expect(written('rawbytes', RAW, text('k'), text(''))).toBe('\0\0\0\x01k\0\0\0\0');
  expect(written('rawbytes', LINE, 258, text('v'))).toBe('\0\0\0\x08\0\0\0\0\0\0\x01\x02\0\0\0\x02\x01v');
  expect(written('rawbytes', TEXT, text(''), text('x'.repeat(200))).slice(5, 11)).toBe('\0\0\0\xca\x8f\xc8');
});

it('typedbytes: a type, a length and the content', () => {
  expect(written('typedbytes', LINE, 1, text('v'))).toBe('\x04\0\0\0\0\0\0\0\x01\x07\0\0\0\x01v');
  expect(written('typedbytes', RAW, text('k'), text(''))).toBe('\0\0\0\0\x01k\0\0\0\0\0');
});

it('the output has the text that Java makes of each class', () => {
  expect(textOf('bytes', text('\x00a\xff'))).toBe('00 61 ff');
  const typed = (hex: string): string => textOf('typed', Buffer.from(hex, 'hex'));
  expect(typed('0300000005')).toBe('5');
  expect(typed('063ff8000000000000')).toBe('1.5');
  expect(typed('064197d78400000000')).toBe('1.0E8');
  expect(typed('053dcccccd')).toBe('0.1');
  expect(typed('0201')).toBe('true');
  expect(typed('08000000020300000001070000000161')).toBe('[1, a]');
  expect(typed('0a00000002070000000162030000000207000000016103000000ff')).toBe('{a=255, b=2}');
  expect(typed('000000000261ff')).toBe('61ff');
});
