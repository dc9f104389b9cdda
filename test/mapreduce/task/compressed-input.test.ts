// Jobs over compressed files, as Hadoop's text formats read them by the suffix of the name.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { runExample } from '../../../mapreduce/engines/job-client.ts';
import { localConf, readParts, recordConsole } from '../helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-compressed-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

async function wordCount(name: string, bytes: Uint8Array): Promise<{ status: number; log: string; out: string }> {
  const file = path.join(directory, name);
  fs.writeFileSync(file, bytes);
  const { err, io } = recordConsole();
  const out = `${file}-out`;
  const conf = localConf(directory, 1).set('mapreduce.map.maxattempts', 1);
  const status = await runExample('wordcount', { conf, args: [file, out], ...io });
  return { status, log: err.join('\n'), out };
}

const words = (prefix: string, count: number): string =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}\n`).join('');

it('counts the words of joined gzip files, far beyond the length of the compressed bytes', async () => {
  const bytes = Buffer.concat([gzipSync(words('a', 20_000)), gzipSync(words('b', 3))]);
  const { status, out, log } = await wordCount('cat.gz', bytes);
  expect(log).toContain('Map input records=20003');
  expect(log).toContain(`Bytes Read=${bytes.length}`);
  expect(status).toBe(0);
  const lines = readParts(out)['part-r-00000'];
  expect(lines).toHaveLength(20_003);
  expect(lines?.slice(-3)).toEqual(['b0\t1', 'b1\t1', 'b2\t1']);
});

it('fails for a damaged file, with the file and the offset', async () => {
  const bytes = gzipSync(words('a', 1000)).subarray(0, -10);
  const { status, log, out } = await wordCount('cut.gz', bytes);
  expect(status).toBe(1);
  const file = path.join(directory, 'cut.gz');
  expect(log).toContain(
    `Error: java.io.EOFException: file:${file}: the compressed data is damaged near offset ${bytes.length}: Unexpected end of input stream`,
  );
  expect(fs.existsSync(path.join(out, '_SUCCESS'))).toBe(false);
});

it('refuses a codec that is not supported before anything runs', async () => {
  const { log, out } = await wordCount('x.lzo', Buffer.from('LZO'));
  expect(log).toContain(`InvalidInputException: Input file file:${directory}/x.lzo: Calf has no LzopCodec.`);
  expect(fs.existsSync(out)).toBe(false);
});
