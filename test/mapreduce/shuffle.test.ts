import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Counters } from '../../mapreduce/counters.ts';
import { FetchError, fetchSegment } from '../../mapreduce/fetch-segment.ts';
import { decodeKey } from '../../mapreduce/key-codec.ts';
import { MapOutput } from '../../mapreduce/map-output.ts';
import { writeMapOutputIndex } from '../../mapreduce/map-output-index.ts';
import { ShuffleServer } from '../../mapreduce/shuffle-server.ts';
import { SegmentFiles } from '../../mapreduce/spill-file.ts';

const JOB = 'job_1_0001';
const ATTEMPT = 'attempt_1_0001_m_000000_0';
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-shuffle-'));
const directory = path.join(root, JOB, ATTEMPT);
const fetched = path.join(root, 'fetched.out');
let server: ShuffleServer;

beforeEach(async () => {
  server = await ShuffleServer.start('127.0.0.1', 0, (jobId) => path.join(root, jobId));
  const output = new MapOutput({
    directory,
    partitions: 2,
    partition: (key) => (key as number) % 2,
    spillBytes: 1e6,
    mergeFactor: 10,
    counters: new Counters(),
  });
  for (let i = 0; i < 20_000; i++) output.collect(i, `value ${i}`);
  writeMapOutputIndex(output.close());
});
afterEach(() => server.stop());
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const location = () => ({ mapIndex: 0, attemptId: ATTEMPT, url: server.url });

async function failure(reduce: number, attemptId = ATTEMPT): Promise<FetchError> {
  const error = await fetchSegment({ ...location(), attemptId }, reduce, fetched, () => true).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(FetchError);
  return error as FetchError;
}

describe('shuffle', () => {
  it.each([
    ['in memory', true],
    ['on disk', false],
  ])('brings a segment whole, %s', async (_where, memory) => {
    const segment = await fetchSegment(location(), 1, fetched, () => memory);
    expect(segment.inMemory).toBe(memory);
    const files = new SegmentFiles();
    const reader = segment.open(files);
    const keys: unknown[] = [];
    while (reader.next()) keys.push(decodeKey(reader.bytes, reader.keyStart, reader.keyEnd));
    files.close();
    expect(keys).toEqual(Array.from({ length: 10_000 }, (_, i) => 2 * i + 1));
  });

  it('refuses a segment that was damaged on the disk', async () => {
    const file = path.join(directory, 'file.out');
    const bytes = fs.readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
    fs.writeFileSync(file, bytes);
    expect(await failure(0)).toMatchObject({ kind: 'WRONG_LENGTH', message: expect.stringContaining('checksum') });
  });

  it('names what is wrong with a request', async () => {
    expect(await failure(7)).toMatchObject({ kind: 'WRONG_MAP' });
    expect(await failure(0, 'attempt_1_0001_m_000009_0')).toMatchObject({ kind: 'WRONG_MAP' });
    const bad = await fetch(`${server.url}/mapOutput?map=../../etc&reduce=0`);
    expect(bad.status).toBe(400);
  });

  it('tells a server that is gone from one that answers', async () => {
    await server.stop();
    expect(await failure(0)).toMatchObject({ kind: 'CONNECTION' });
  });

  it('reads the file itself where it is on the same disk', async () => {
    const segment = await fetchSegment({ ...location(), url: `file://${root}` }, 0, fetched, () => true);
    const files = new SegmentFiles();
    expect(segment.open(files).next()).toBe(true);
    files.close();
  });
});
