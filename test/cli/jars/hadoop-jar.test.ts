// Which programs `hadoop jar` runs: Hadoop's own jars by name when they are not there, by their manifest when they are.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { jarKind } from '../../../cli/jars/hadoop-jar.ts';
import { zipFile } from '../../mapreduce/cache/zip-file.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'jar-kind-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));

function jar(name: string, manifest?: string): string {
  const file = path.join(directory, name);
  zipFile(file, manifest === undefined ? { 'a.txt': 'x' } : { 'a.txt': 'x', 'META-INF/MANIFEST.MF': manifest });
  return file;
}

const STREAMING = 'Manifest-Version: 1.0\r\nMain-Class: org.apache.hadoop.streaming.HadoopStr\r\n eaming\r\n';
const EXAMPLES = 'Main-Class: org.apache.hadoop.examples.ExampleDriver\n';

it.each([
  ['hadoop-streaming-3.4.2.jar', 'streaming'],
  ['/opt/hadoop/share/hadoop/tools/lib/hadoop-streaming-*.jar', 'streaming'],
  ['hadoop-mapreduce-examples-3.4.2.jar', 'examples'],
  ['mine.jar', 'missing'],
  ['job.mts', 'job'],
])('%s, which is not there, is: %s', async (file, kind) => expect(await jarKind(file)).toBe(kind));

it('a jar that is there is known by its main class', async () => {
  expect(await jarKind(jar('renamed.jar', STREAMING))).toBe('streaming');
  expect(await jarKind(jar('other.jar', EXAMPLES))).toBe('examples');
  expect(await jarKind(jar('hadoop-streaming-own.jar', 'Main-Class: com.example.Main\n'))).toBe('java');
  expect(await jarKind(jar('plain.jar'))).toBe('java');
  expect(await jarKind(jar('hadoop-streaming-plain.jar'))).toBe('streaming');
  const empty = path.join(directory, 'hadoop-streaming-empty.jar');
  fs.writeFileSync(empty, '');
  expect(await jarKind(empty)).toBe('streaming');
});
