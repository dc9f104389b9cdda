// Jobs whose output and map outputs are compressed: mapreduce.output.fileoutputformat.compress, mapreduce.map.output.compress.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codecNamed } from '../../../client/codecs/codecs.ts';
import { engineOf } from '../../../client/codecs/decompress.ts';
import { runExample } from '../../../mapreduce/engines/job-client.ts';
import { localConf, recordConsole } from '../helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-compressed-output-'));
const input = path.join(directory, 'in.txt');
beforeAll(() => fs.writeFileSync(input, 'a b a\n'.repeat(1000)));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

let jobs = 0;
async function wordCount(properties: Readonly<Record<string, string>>) {
  const { err, io } = recordConsole();
  const out = path.join(directory, `out${jobs++}`);
  const conf = localConf(directory, 1).set('mapreduce.map.maxattempts', 1);
  for (const [name, value] of Object.entries(properties)) conf.set(name, value);
  const status = await runExample('wordcount', { conf, args: [input, out], ...io });
  return { status, out, log: err.join('\n') };
}

const COMPRESS = 'mapreduce.output.fileoutputformat.compress';
const MAP_COMPRESS = 'mapreduce.map.output.compress';

it.each([
  ['org.apache.hadoop.io.compress.GzipCodec', 'part-r-00000.gz'],
  ['org.apache.hadoop.io.compress.BZip2Codec', 'part-r-00000.bz2'],
  ['snappy', 'part-r-00000.snappy'],
])('the output has the codec %s and its suffix, the map outputs too', async (codec, file) => {
  const { status, out, log } = await wordCount({
    [COMPRESS]: 'true',
    [`${COMPRESS}.codec`]: codec,
    [MAP_COMPRESS]: 'true',
    [`${MAP_COMPRESS}.codec`]: codec,
  });
  expect(log).toContain('Reduce output records=2');
  expect(status).toBe(0);
  expect(
    fs
      .readdirSync(out)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['_SUCCESS', file]);
  const bytes = fs.readFileSync(path.join(out, file));
  expect((await engineOf(codecNamed(codec))).decompress(bytes).toString()).toBe('a\t2000\nb\t1000\n');
  expect(log).toContain(`Bytes Written=${bytes.length}`);
});

it("the default codec is Hadoop's DefaultCodec", async () => {
  const { out } = await wordCount({ 'mapred.output.compress': 'true' });
  const bytes = fs.readFileSync(path.join(out, 'part-r-00000.deflate'));
  expect((await engineOf(codecNamed('DefaultCodec'))).decompress(bytes).toString()).toBe('a\t2000\nb\t1000\n');
});

it.each([
  [{ [COMPRESS]: 'true', [`${COMPRESS}.codec`]: 'com.example.NoCodec' }, `${COMPRESS}.codec`],
  [{ [MAP_COMPRESS]: 'true', [`${MAP_COMPRESS}.codec`]: 'com.example.NoCodec' }, `${MAP_COMPRESS}.codec`],
  [{ 'io.compression.codecs': 'GzipCodec,com.example.NoCodec' }, 'io.compression.codecs'],
])('a codec that is not there is refused by name before the job runs: %j', async (properties, property) => {
  const { status, out, log } = await wordCount(properties);
  expect(log).toContain(`${property}: Compression codec com.example.NoCodec was not found.`);
  expect(status).not.toBe(0);
  expect(fs.existsSync(out)).toBe(false);
});
