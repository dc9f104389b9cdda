// The codecs of Hadoop: what one writes, it reads, and other programs read it too; damage is an error.
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Codec } from '../../../client/codecs/codec.ts';
import { classNameOf, codecNamed, codecOf } from '../../../client/codecs/codecs.ts';
import { decompress, engineOf } from '../../../client/codecs/decompress.ts';
import { zstdEngine } from '../../../client/codecs/zstd.ts';

const NAMES = ['gzip', 'deflate', 'bzip2', 'snappy', 'lz4', 'zstandard'];
/** Their streams have no checksum, in Hadoop neither. */
const WITHOUT_CHECKSUM = ['snappy', 'lz4', 'zstandard'];

/** Text that compresses, of any length up to about `max` bytes. */
const text = (max: number) =>
  fc
    .tuple(fc.array(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 20 }), fc.nat(max))
    .map(([words, length]) =>
      Buffer.from(words.join(' ').repeat(1 + Math.ceil(length / words.join(' ').length))).subarray(0, length),
    );

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(codec: Codec, bytes: Uint8Array, size: number): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(pieces(bytes, size), codec, { file: 'f' })) parts.push(part);
  return Buffer.concat(parts);
}

async function written(codec: Codec, bytes: Uint8Array, size: number): Promise<Buffer> {
  const compressor = (await engineOf(codec)).compressor();
  const parts: Uint8Array[] = [];
  for await (const piece of pieces(bytes, size)) parts.push(await compressor.write(piece));
  parts.push(await compressor.end());
  return Buffer.concat(parts);
}

test('a codec is named by its class or a short name, as in CompressionCodecFactory.getCodecByName', () => {
  for (const name of ['org.apache.hadoop.io.compress.BZip2Codec', 'BZip2Codec', 'bzip2', 'BZIP2', 'bz2']) {
    expect(codecNamed(name).suffix).toBe('.bz2');
  }
  expect(classNameOf(codecNamed('snappy'))).toBe('org.apache.hadoop.io.compress.SnappyCodec');
  expect(codecNamed('DeflateCodec').suffix).toBe('.deflate');
  expect(() => codecNamed('com.example.Codec')).toThrow('Compression codec com.example.Codec was not found.');
  expect(() => codecNamed('com.hadoop.compression.lzo.LzopCodec')).toThrow('Calf does not have it');
});

describe.each(NAMES)('%s', (name) => {
  const codec = codecNamed(name);

  test('reads what it has written, in pieces of any size, and joined', async () => {
    await fc.assert(
      fc.asyncProperty(
        text(3000),
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        async (bytes, a, b) => {
          const one = await written(codec, bytes, a);
          expect((await read(codec, one, b)).equals(bytes)).toBe(true);
          expect((await read(codec, Buffer.concat([one, one]), b)).equals(Buffer.concat([bytes, bytes]))).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('reads whole in memory what it has compressed in memory', async () => {
    const engine = await engineOf(codec);
    for (const bytes of [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(2_000_000, 'hello world, '), noise(900_000)]) {
      const compressed = engine.compress(bytes);
      expect(engine.decompress(compressed).equals(bytes)).toBe(true);
      expect((await read(codec, compressed, 70_000)).equals(bytes)).toBe(true);
    }
  });

  test('a file that is cut off is an EOFException, as DecompressorStream throws', async () => {
    const bytes = (await engineOf(codec)).compress(noise(1000));
    for (const length of [1, 5, 20, bytes.length - 1]) {
      await expect(read(codec, bytes.subarray(0, length), 64)).rejects.toMatchObject({
        name: 'EOFException',
        message: expect.stringMatching(/^f: the compressed data is damaged near offset \d+: Unexpected end of input/),
      });
    }
  });

  test('a changed byte is an error, or leaves the bytes as they were', async () => {
    const bytes = Buffer.from('the quick brown fox jumps over the lazy dog. '.repeat(30));
    const good = (await engineOf(codec)).compress(bytes);
    let refused = 0;
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad.writeUInt8(bad.readUInt8(at) ^ 0x10, at);
      const outcome = await read(codec, bad, 1000).catch((e: Error) => e);
      if (outcome instanceof Error) {
        expect(outcome.message).toMatch(/^f: the compressed data is damaged near offset \d+: /);
        refused++;
      } else if (!WITHOUT_CHECKSUM.includes(name)) expect(outcome.equals(bytes)).toBe(true);
    }
    expect(refused).toBeGreaterThan(WITHOUT_CHECKSUM.includes(name) ? 5 : good.length / 2);
  });
});

function noise(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

describe('other programs', () => {
  const has = (program: string): boolean => spawnSync(program, ['--version'], { input: '' }).error === undefined;

  test.skipIf(!has('bzip2'))('bzip2 reads many blocks, and its own files are read', async () => {
    const bytes = Buffer.concat([noise(1_500_000), Buffer.alloc(3_000_000, 'a'), Buffer.from('end')]);
    const codec = codecNamed('bzip2');
    const ours = await written(codec, bytes, 100_000);
    expect(spawnSync('bzip2', ['-dc'], { input: ours, maxBuffer: 1e9 }).stdout.equals(bytes)).toBe(true);
    const theirs = spawnSync('bzip2', ['-c', '-3'], { input: bytes, maxBuffer: 1e9 }).stdout;
    expect((await read(codec, theirs, 65_536)).equals(bytes)).toBe(true);
  });

  test.skipIf(!has('zstd'))('zstd reads the frames, and its own files are read', async () => {
    const bytes = Buffer.concat([noise(1_500_000), Buffer.alloc(3_000_000, 'a'), Buffer.from('end')]);
    const theirs = spawnSync('zstd', ['-c'], { input: bytes, maxBuffer: 1e9 }).stdout;
    // Without Node's functions, as on versions that have none.
    for (const engine of [await zstdEngine({}), await zstdEngine()]) {
      const codec = { ...codecNamed('zstandard'), load: async () => engine };
      const ours = await written(codec, bytes, 100_000);
      expect(spawnSync('zstd', ['-dc'], { input: ours, maxBuffer: 1e9 }).stdout.equals(bytes)).toBe(true);
      expect((await read(codec, theirs, 65_536)).equals(bytes)).toBe(true);
      const bad = Buffer.from(theirs);
      bad.writeUInt8(bad.readUInt8(bad.length - 1) ^ 1, bad.length - 1);
      await expect(read(codec, bad, 65_536)).rejects.toThrow(/checksum/);
    }
  });
});

test('the codec of a file is found by the end of its name', () => {
  expect(codecOf('part-r-00000.snappy')?.name).toBe('SnappyCodec');
});
