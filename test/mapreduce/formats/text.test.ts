// Text that is not UTF-8: Java's rule of U+FFFD, and bytes that pass through jobs unchanged.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, describe, expect, it, test } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { runExample, runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { keyValueTextInput } from '../../../mapreduce/formats/key-value-text-input.ts';
import { decodeText, Text } from '../../../mapreduce/formats/text.ts';
import { bytesInput, textInput } from '../../../mapreduce/formats/text-input.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';
import { localConf, recordConsole } from '../helpers.ts';

/** Bytes at which a decoder's decision may change. */
const CLASSES = Buffer.from('00417f808f909fa0a9bfc0c1c2dfe0e1ecedeeeff0f1f3f4f5f7f8ff', 'hex');

/** Returns the CRC-32 of the UTF-16 of all decoded sequences, each followed by AA. */
function digest(length: number, sequence: (i: number) => Buffer | undefined): string {
  let crc = 0;
  let parts: Buffer[] = [];
  for (let i = 0; ; i++) {
    const bytes = sequence(i);
    if (!bytes) break;
    parts.push(Buffer.from(decodeText(bytes, 0, length), 'utf16le').swap16(), Buffer.from([0xaa]));
    if (parts.length < 8192) continue;
    crc = crc32(Buffer.concat(parts), crc);
    parts = [];
  }
  return crc32(Buffer.concat(parts), crc).toString(16);
}

/** Returns the i-th sequence of `length` bytes of CLASSES, in order. */
function ofClasses(i: number, length: number): Buffer | undefined {
  if (i >= CLASSES.length ** length) return undefined;
  return Buffer.from(
    Array.from({ length }, (_, k) => CLASSES[Math.floor(i / CLASSES.length ** (length - 1 - k)) % CLASSES.length] ?? 0),
  );
}

// The digests are those of org.apache.hadoop.io.Text.decode of Hadoop 3.4.2 on Java 17. All 16,777,216 sequences of three
// bytes were compared too: 397886a3.
describe('decodes as Text.decode of Hadoop', () => {
  test('all sequences of one and two bytes', () => {
    expect(digest(1, (i) => (i < 256 ? Buffer.from([i]) : undefined))).toBe('6965624b');
    expect(digest(2, (i) => (i < 65536 ? Buffer.from([i >> 8, i & 0xff]) : undefined))).toBe('45f3f300');
    expect(digest(3, (i) => (i < 65536 ? Buffer.from([i >> 8, i & 0xff, 0x78]) : undefined))).toBe('f30a6e93');
  });

  test('sequences of three and four bytes at the borders of the rules', () => {
    expect(digest(3, (i) => ofClasses(i, 3))).toBe('fc07910a');
    expect(digest(4, (i) => ofClasses(i, 4))).toBe('32d4ae2e');
  });

  test.each([
    ['eda9', 1],
    ['eda980', 1],
    ['eda980edb080', 2],
    ['e9', 1],
    ['c0af', 2],
    ['f09f98', 1],
    ['f8888080', 4],
  ])('%s makes %i U+FFFD', (hex, count) => {
    expect(decodeText(Buffer.from(hex, 'hex'), 0, hex.length / 2)).toBe('\ufffd'.repeat(count));
  });
});

const conf = jobConfiguration(new Configuration());
const split = { kind: 'file', fsUri: '', path: '/f', start: 0, length: 100, hosts: [], names: [] } as const;
const latin1 = Buffer.from('caf\xe9\tol\xe9\nplain\n', 'latin1');

describe('readers', () => {
  it('give a line as text for a map, and as its bytes for a job without one', () => {
    const reader = textInput().createReader(split, conf);
    reader.feed(latin1);
    reader.end();
    reader.next();
    expect(reader.value).toBe('caf\ufffd\tol\ufffd');
    expect(reader.exactValue).toEqual(new Text(new Uint8Array(latin1.subarray(0, 8))));
    reader.next();
    expect([reader.value, reader.exactValue]).toEqual(['plain', 'plain']);
  });

  it('split such a line at its separator', () => {
    const reader = keyValueTextInput().createReader(split, conf);
    reader.feed(latin1);
    reader.end();
    reader.next();
    expect([reader.key, reader.value]).toEqual(['caf\ufffd', 'ol\ufffd']);
    expect(Buffer.from((reader.exactKey as unknown as Text).bytes).toString('latin1')).toBe('caf\xe9');
    reader.next();
    expect([reader.exactKey, reader.exactValue]).toEqual(['plain', '']);
  });

  it('give bytes without decoding, and drop the byte order mark', () => {
    const reader = bytesInput().createReader(split, conf);
    reader.feed(Buffer.concat([Buffer.from('\ufeff'), latin1]));
    reader.end();
    const found: string[] = [];
    while (reader.next()) found.push(Buffer.from(reader.value).toString('latin1'));
    expect(found).toEqual(['caf\xe9\tol\xe9', 'plain']);
  });
});

describe('jobs', () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-text-'));
  afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));
  const at = (name: string): string => path.join(directory, name);
  const part = (name: string): Buffer => fs.readFileSync(path.join(at(name), 'part-r-00000'));

  const lines = ['z\xe9ro\t1', '\xff\xfe', 'b\t\xed\xa9', 'caf\xe9', 'a\tb', 'caf\xe9', '\xc3\xa9t\xe9'].map((text) =>
    Buffer.from(text, 'latin1'),
  );
  const joined = (all: readonly Buffer[]): Buffer => Buffer.concat(all.flatMap((line) => [line, Buffer.from('\n')]));

  it('sort keeps the bytes of lines that are not UTF-8', async () => {
    fs.writeFileSync(at('in'), joined(lines));
    const { io } = recordConsole();
    expect(await runExample('sort', { conf: localConf(directory, 1), args: [at('in'), at('sorted')], ...io })).toBe(0);
    expect(part('sorted').toString('latin1')).toBe(joined(lines.toSorted(Buffer.compare)).toString('latin1'));
  });

  it('a job without map and reduce keeps them too, and its own functions get text', async () => {
    fs.writeFileSync(at('in2'), joined(lines));
    fs.writeFileSync(
      at('identity.ts'),
      `import { job } from 'calf';
       export default job<number, string>({
         partition(_key, value, n) { if (typeof value !== 'string') throw new Error('no text'); return 0 % n; },
       });`,
    );
    const { io, err } = recordConsole();
    const args = [at('in2'), at('same')];
    expect(
      await runJobFile({ file: at('identity.ts'), conf: localConf(directory, 1), args, ...io }),
      err.join('\n'),
    ).toBe(0);
    const values = part('same')
      .toString('latin1')
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(line.indexOf('\t') + 1));
    expect(values).toEqual(lines.map((line) => line.toString('latin1')));
  });

  it('reads records with a delimiter of textinputformat.record.delimiter', async () => {
    fs.writeFileSync(at('in3'), 'one two;two;three');
    const { io } = recordConsole();
    const own = localConf(directory, 1)
      .set('textinputformat.record.delimiter', ';')
      .set('mapreduce.input.linerecordreader.line.maxlength', 6);
    await runExample('wordcount', { conf: own, args: [at('in3'), at('counted')], ...io });
    expect(part('counted').toString()).toBe('three\t1\ntwo\t1\n');
  });
});
