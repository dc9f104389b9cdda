// Compressed files as Hadoop reads them: joined streams are one file, and damage is an error with the file and the offset.
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codecNamed, codecOf } from '../../../client/codecs/codecs.ts';
import { decompress } from '../../../client/codecs/decompress.ts';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(name: string, bytes: Uint8Array, size = 7, ignoreTrailing = false): Promise<string> {
  const codec = codecOf(name);
  if (!codec) throw new Error(`${name} has no codec`);
  const parts: Uint8Array[] = [];
  for await (const chunk of decompress(pieces(bytes, size), codec, { file: name, ignoreTrailing })) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const one = gzipSync('hello\nworld\n');
const zlib = deflateSync('hello\nworld\n');
const changed = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(copy.length + at) ^ 1, copy.length + at);
  return copy;
};
const junk = Buffer.from('this is trailing garbage of some length');

test('the codec is found by the end of the name, as CompressionCodecFactory does', () => {
  const names = ['/a/b.gz', '/a.gz/b', 'x.deflate', 'x.bz2', 'x.zst', 'x.lz4', 'x.snappy', 'x.GZ', 'gz', 'x.gz.txt'];
  expect(names.map((name) => codecOf(name)?.name)).toEqual([
    'GzipCodec',
    undefined,
    'DefaultCodec',
    'BZip2Codec',
    'ZStandardCodec',
    'Lz4Codec',
    'SnappyCodec',
    undefined,
    undefined,
    undefined,
  ]);
});

// Each outcome is the one of Hadoop 3.4.2's codecs (without native libraries) for the same bytes.
describe('files as Hadoop reads them', () => {
  test.each([
    ['one.gz', one, 'hello\nworld\n'],
    ['joined.gz', Buffer.concat([one, gzipSync('more\n')]), 'hello\nworld\nmore\n'],
    ['emptystream.gz', gzipSync(''), ''],
    ['one.deflate', zlib, 'hello\nworld\n'],
    ['joined.deflate', Buffer.concat([zlib, deflateSync('more\n')]), 'hello\nworld\nmore\n'],
    ['emptystream.deflate', deflateSync(''), ''],
    ['one.br', brotliCompressSync('hello\n'), 'hello\n'],
  ])('%s', async (name, bytes, text) => {
    for (const size of [1, 2, 7, 1000]) expect(await read(name, bytes, size)).toBe(text);
  });

  const eof = 'Unexpected end of input stream';
  test.each([
    ['empty.gz', Buffer.alloc(0), eof],
    ['cut.gz', one.subarray(0, -3), eof],
    ['cut2.gz', Buffer.concat([one, one.subarray(0, 6)]), eof],
    ['cutbody.gz', one.subarray(0, one.length / 2), eof],
    ['zeros.gz', Buffer.concat([one, Buffer.alloc(10)]), 'not a gzip file'],
    ['onebyte.gz', Buffer.concat([one, Buffer.from('x')]), eof],
    ['junk.gz', Buffer.concat([one, junk]), 'not a gzip file'],
    ['plain.gz', Buffer.from('hello, this is no compressed file at all'), 'not a gzip file'],
    ['crc.gz', changed(one, -6), 'gzip stream CRC failure'],
    ['size.gz', changed(one, -2), "stored gzip size doesn't match decompressed size"],
    ['empty.deflate', Buffer.alloc(0), eof],
    ['cut.deflate', zlib.subarray(0, -3), eof],
    ['onebyte.deflate', Buffer.concat([zlib, Buffer.from('x')]), eof],
    ['junk.deflate', Buffer.concat([zlib, junk]), 'incorrect header check'],
    ['plain.deflate', junk, 'incorrect header check'],
    ['crc.deflate', changed(zlib, -2), 'incorrect data check'],
  ])('%s is refused', async (name, bytes, message) => {
    for (const size of [1, 5, 1000]) {
      const failure = await read(name, bytes, size).then(
        () => new Error('was read'),
        (e: Error) => e,
      );
      expect(failure.message).toMatch(/^\S+: the compressed data is damaged near offset \d+: /);
      expect(failure.message.startsWith(`${name}: `) && failure.message.endsWith(`: ${message}`), failure.message).toBe(
        true,
      );
    }
  });

  test('the offset of the damage is one of the file', async () => {
    const big = gzipSync(Buffer.alloc(300_000, 'abc'));
    const bytes = Buffer.concat([big, junk]);
    await expect(read('x.gz', bytes, 64)).rejects.toThrow(`near offset ${big.length + 10}: not a gzip file`);
  });

  // Java's GZIPInputStream, by which Hadoop's -text reads.
  test('other bytes after gzip data are ignored where they may be', async () => {
    expect(await read('x.gz', Buffer.concat([one, junk]), 7, true)).toBe('hello\nworld\n');
    expect(await read('x.gz', Buffer.concat([one, one]), 7, true)).toBe('hello\nworld\nhello\nworld\n');
    await expect(read('x.gz', Buffer.concat([junk, one]), 7, true)).rejects.toThrow('not a gzip file');
    await expect(read('x.gz', one.subarray(0, -3), 7, true)).rejects.toThrow(eof);
  });
});

test('any streams joined give their bytes, in pieces of any size', async () => {
  const part = fc
    .array(fc.constantFrom('a', 'bc', '\n', 'é'.repeat(300)), { maxLength: 50 })
    .map((all) => all.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<[string, (text: string) => Buffer]>(['x.gz', gzipSync], ['x.deflate', deflateSync]),
      fc.array(part, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 500 }),
      async ([name, compress], texts, size) => {
        expect(await read(name, Buffer.concat(texts.map((text) => compress(text))), size)).toBe(texts.join(''));
      },
    ),
    { numRuns: 50 },
  );
});

test('a reader that stops closes the source', async () => {
  let closed = false;
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield gzipSync('hello');
    } finally {
      closed = true;
    }
  };
  for await (const chunk of decompress(source(), codecNamed('gzip'), { file: 'x.gz' })) if (chunk.length > 0) break;
  expect(closed).toBe(true);
});

test('a failure of the source is thrown as it is', async () => {
  const source = async function* (): AsyncGenerator<Uint8Array> {
    yield one.subarray(0, 15);
    throw new Error('the DataNode is gone');
  };
  const all = async (): Promise<void> => {
    for await (const chunk of decompress(source(), codecNamed('gzip'), { file: 'x.gz' }))
      expect(chunk.length).toBeGreaterThan(0);
  };
  await expect(all()).rejects.toThrow('the DataNode is gone');
});
