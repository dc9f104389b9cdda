// A reduce gets its segments over HTTP, and notices every failure.
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { Counters } from '../../../mapreduce/job/counters.ts';
import { FetchError, fetchSegment } from '../../../mapreduce/shuffle/fetch-segment.ts';
import { fetchSegments } from '../../../mapreduce/shuffle/fetch-segments.ts';
import { MergeManager } from '../../../mapreduce/shuffle/merge-manager.ts';
import { type MapOutputsListener, Shuffle, type ShuffleRun } from '../../../mapreduce/shuffle/shuffle.ts';
import { decodeKey } from '../../../mapreduce/sort/key-codec.ts';
import { bytewiseOrder } from '../../../mapreduce/sort/key-order.ts';
import { MapOutput } from '../../../mapreduce/sort/map-output.ts';
import { writeMapOutputIndex } from '../../../mapreduce/sort/map-output-index.ts';
import { Merge } from '../../../mapreduce/sort/merge.ts';
import { SegmentFiles } from '../../../mapreduce/sort/spill-file.ts';
import { ShuffleServer } from '../../../mapreduce/tasktracker/shuffle-server.ts';
import { ANSWER_PROOF, answerProof, parseAuthorization } from '../../../runtime/http/proof.ts';
import { SharedSecret } from '../../../runtime/http/shared-secret.ts';
import { type Logger, silentLogger } from '../../../runtime/log.ts';
import { signedFetch } from '../../runtime/http/signed-fetch.ts';

const JOB = 'job_1_0001';
const ATTEMPT = 'attempt_1_0001_m_000000_0';
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-shuffle-'));
const directory = path.join(root, JOB, ATTEMPT);
const fetched = path.join(root, 'fetched.out');
let server: ShuffleServer;
const errors: string[] = [];
const log = { ...silentLogger, error: (_facts: unknown, message: string) => errors.push(message) } as unknown as Logger;

beforeEach(async () => {
  server = await ShuffleServer.start({
    host: '127.0.0.1',
    port: 0,
    log,
    names: [],
    jobToken: (jobId) => `token of ${jobId}`,
    jobDirectory: (jobId) => path.join(root, jobId),
  });
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
beforeEach(() => errors.splice(0));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const jobToken = `token of ${JOB}`;
const { mac } = SharedSecret.prototype;
const mergeManager = (conf: Configuration, into = root): MergeManager =>
  new MergeManager({ conf, directory: into, order: bytewiseOrder, codec: undefined, counters: new Counters() });
const location = (reduce: number) => ({ mapIndex: 0, attemptId: ATTEMPT, url: server.url, reduce, jobToken });
const ask = async (reduce: number) =>
  await signedFetch(new SharedSecret(jobToken), `${server.url}/mapOutput?map=${ATTEMPT}&reduce=${reduce}`);

/** Returns the header by which a server that knows the token answers a request, which is given as its header or its text. */
function proof(request: string | undefined, length: number, status = 200): string {
  const authorization = /authorization: (.*)/.exec(request ?? '')?.[1] ?? request;
  const { nonce = '' } = parseAuthorization(authorization) ?? {};
  return answerProof(new SharedSecret(jobToken), nonce, status, { length });
}

async function failure(reduce: number, attemptId = ATTEMPT): Promise<FetchError> {
  const error = await fetchSegment({ ...location(reduce), attemptId }, fetched, () => true).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(FetchError);
  return error as FetchError;
}

describe('shuffle', () => {
  it.each([
    ['in memory', true],
    ['on disk', false],
  ])('brings a segment whole, %s', async (_where, memory) => {
    const segment = await fetchSegment(location(1), fetched, () => memory);
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
    const refusals = [
      ['?map=../../etc&reduce=0', 'querystring/map must match pattern'],
      [`?map=${ATTEMPT}&reduce=-1`, 'querystring/reduce must match pattern'],
      [`?map=${ATTEMPT}&map=${ATTEMPT}&reduce=0`, 'querystring/map must be string'],
      [`?map=${ATTEMPT}`, "must have required property 'reduce'"],
    ] as const;
    for (const [query, message] of refusals) {
      const answer = await fetch(`${server.url}/mapOutput${query}`);
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining(message)]);
    }
  });

  it('gives a segment to no task of another job', async () => {
    const other = { ...location(0), jobToken: 'token of job_1_0002' };
    const error = await fetchSegment(other, fetched, () => true).catch((e: unknown) => e);
    expect(error).toMatchObject({
      kind: 'IO_ERROR',
      message: expect.stringMatching(/: status 401: .*The request is signed with another secret/),
    });
  });

  it.each([
    ['none', () => undefined],
    ['that of another length', (authorization?: string) => proof(authorization, 10)],
    ['that of another status', (authorization?: string, length = 0) => proof(authorization, length, 206)],
    ['that of another request', (_authorization?: string, length = 0) => proof('', length)],
  ])('takes no segment from a server whose proof is %s', async (_which, proofOf) => {
    const segment = Buffer.from(await (await ask(1)).arrayBuffer());
    const taken = http.createServer(({ headers }, response) => {
      const value = proofOf(headers.authorization, segment.length);
      response.writeHead(200, { 'content-length': segment.length, ...(value ? { [ANSWER_PROOF]: value } : {}) });
      response.end(segment);
    });
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const url = `http://127.0.0.1:${(taken.address() as net.AddressInfo).port}`;
    const error = await fetchSegment({ ...location(1), url }, fetched, () => true).catch((e: unknown) => e);
    taken.close();
    expect(error).toMatchObject({
      kind: 'IO_ERROR',
      message: expect.stringContaining('the server does not prove that it knows the token of the job'),
    });
  });

  it('brings a segment whole to a disk that takes it in parts', async () => {
    const handle = await fs.promises.open(path.join(directory, 'file.out'), 'r');
    const prototype = Object.getPrototypeOf(handle) as typeof handle;
    await handle.close();
    const { write } = prototype;
    const half = function (this: typeof handle, bytes: Buffer) {
      return Reflect.apply(write, this, [bytes.subarray(0, bytes.length >> 1)]);
    };
    const spy = vi.spyOn(prototype, 'write').mockImplementation(half as typeof write);
    try {
      const segment = await fetchSegment(location(1), fetched, () => false);
      expect(fs.statSync(fetched).size).toBe(segment.bytes);
    } finally {
      spy.mockRestore();
    }
  });

  // Only the length tells a whole segment from a segment that was cut off.
  it.each([
    ['no content-length', 'transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n', "content-length is ''"],
    ['a content-length that is shorter than the segment', 'content-length: 3\r\n\r\nabc', ''],
  ])('refuses an answer with %s', async (_what, rest, message) => {
    const wrong = net.createServer((socket) => {
      socket.once('data', (request) => {
        socket.end(`HTTP/1.1 200 OK\r\n${ANSWER_PROOF}: ${proof(request.toString(), 3)}\r\n${rest}`);
      });
    });
    wrong.listen(0, '127.0.0.1');
    await once(wrong, 'listening');
    const url = `http://127.0.0.1:${(wrong.address() as net.AddressInfo).port}`;
    let asked = 0;
    const mayUseMemory = (): boolean => ++asked > 0;
    const error = await fetchSegment({ ...location(0), url }, fetched, mayUseMemory).catch((e: unknown) => e);
    wrong.close();
    expect(error).toMatchObject({
      name: 'FetchError',
      kind: 'WRONG_LENGTH',
      message: expect.stringContaining(message),
    });
    // A fetch asks for no memory if it does not know the segment's length.
    expect(asked).toBe(message === '' ? 1 : 0);
  });

  it('says 404 only for an output that is not there: any other failure is 500, and logged', async () => {
    const statusOf = async (reduce: number) => (await ask(reduce)).status;
    expect(await statusOf(0)).toBe(200);
    const index = path.join(directory, 'file.out.index');
    const file = path.join(directory, 'file.out');
    fs.truncateSync(file, 1000);
    expect([await statusOf(1), errors]).toEqual([500, ['A map output can not be read']]);
    fs.rmSync(file);
    expect([await statusOf(0), errors.length]).toEqual([404, 1]);
    fs.rmSync(index);
    expect([await statusOf(0), errors.length]).toEqual([404, 1]);
    fs.mkdirSync(index);
    expect([await statusOf(0), errors.length]).toEqual([500, 2]);
    fs.rmdirSync(index);
  });

  // A fetch is tried again after a FetchError. Any other error ends the reduce.
  it('an answer that breaks off is a failed fetch, whatever it was to say', async () => {
    const broken = net.createServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 500 Oops\r\ncontent-length: 100\r\n\r\nhalf'));
    });
    broken.listen(0, '127.0.0.1');
    await once(broken, 'listening');
    const { port } = broken.address() as net.AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    const error = await fetchSegment({ ...location(0), url }, fetched, () => true).catch((e: unknown) => e);
    broken.close();
    expect(error).toMatchObject({ name: 'FetchError', kind: 'IO_ERROR' });
  });

  it('a fetch that failed gives its memory back', async () => {
    const answer = await ask(1);
    const segment = Buffer.from(await answer.arrayBuffer());
    let requests = 0;
    // The memory holds four segments. After four failed fetches, the fifth must still find room.
    const flaky = http.createServer(({ headers }, response) => {
      const { length } = segment;
      response.writeHead(200, { 'content-length': length, [ANSWER_PROOF]: proof(headers.authorization, length) });
      if (++requests <= 4) response.write(segment.subarray(0, 100), () => response.destroy());
      else response.end(segment);
    });
    flaky.listen(0, '127.0.0.1');
    await once(flaky, 'listening');
    const url = `http://127.0.0.1:${(flaky.address() as net.AddressInfo).port}`;
    let tell: MapOutputsListener = () => undefined;
    let attempts = 0;
    // Each offer is the output of another attempt, which the reduce fetches without a pause.
    const offer = () => tell([{ mapIndex: 0, attemptId: `attempt_1_0001_m_000000_${attempts++}`, url }], []);
    const umbilical = {
      onMapOutputs: (listener: typeof tell) => {
        tell = listener;
        offer();
      },
      fetchFailed: offer,
      progress: () => undefined,
    };
    const conf = new Configuration({
      'mapreduce.reduce.memory.totalbytes': String(4 * segment.length),
      'mapreduce.reduce.shuffle.input.buffer.percent': '1',
      'mapreduce.reduce.shuffle.merge.percent': '1',
    });
    const launch = { job: { maps: 1 }, index: 1 };
    const run = { launch, directory: root, conf, counters: new Counters(), umbilical, jobToken };
    const merges = mergeManager(conf);
    await new Shuffle(run as unknown as ShuffleRun, merges).fetchAll();
    const [fetchedSegment] = await merges.finish();
    flaky.close();
    expect([requests, fetchedSegment?.inMemory]).toEqual([5, true]);
  });

  // Hadoop's Fetcher asks for up to 20 outputs of a host at once, and merges while it fetches (MergeManagerImpl).
  it.each([
    ['in memory', {}],
    ['merged to the disk', { 'mapreduce.reduce.memory.totalbytes': '2000000' }],
    [
      'on the disk, and merged there',
      { 'mapreduce.reduce.memory.totalbytes': '1', 'mapreduce.task.io.sort.factor': '3' },
    ],
  ])('brings the outputs of many maps, %s', async (_where, properties) => {
    const maps = 30;
    const ids = Array.from({ length: maps }, (_, i) => `attempt_1_0001_m_${String(i).padStart(6, '0')}_1`);
    for (const [i, id] of ids.entries()) {
      const own = path.join(root, JOB, id);
      const counters = new Counters();
      const output = new MapOutput({
        directory: own,
        partitions: 1,
        partition: () => 0,
        spillBytes: 1e6,
        mergeFactor: 10,
        counters,
      });
      for (let k = 0; k < 1000; k++) output.collect(k * maps + i, 'x'.repeat(50));
      writeMapOutputIndex(output.close());
    }
    const asked: string[] = [];
    const seen = vi.spyOn(SharedSecret.prototype, 'mac').mockImplementation(function (
      this: SharedSecret,
      ...parts: string[]
    ) {
      asked.push(parts.join(' '));
      return Reflect.apply(mac, this, parts);
    });
    const work = fs.mkdtempSync(path.join(root, 'reduce-'));
    const conf = new Configuration(properties);
    const merges = mergeManager(conf, work);
    const umbilical = {
      onMapOutputs: (listener: MapOutputsListener) =>
        listener(
          ids.map((attemptId, mapIndex) => ({ mapIndex, attemptId, url: server.url })),
          [],
        ),
      fetchFailed: () => expect.unreachable(),
      progress: () => undefined,
    };
    const launch = { job: { maps }, index: 0 };
    const run = { launch, directory: work, conf, counters: new Counters(), umbilical, jobToken };
    await new Shuffle(run as unknown as ShuffleRun, merges).fetchAll();
    seen.mockRestore();
    const segments = await merges.finish();
    const files = new SegmentFiles();
    const merge = new Merge(segments.map((segment) => segment.open(files)));
    const keys: unknown[] = [];
    while (merge.next()) keys.push(decodeKey(merge.current.bytes, merge.current.keyStart, merge.current.keyEnd));
    files.close();
    expect(keys).toEqual(Array.from({ length: 1000 * maps }, (_, i) => i));
    // The files of merged segments are gone.
    expect(fs.readdirSync(work).length).toBe(segments.filter(({ inMemory }) => !inMemory).length);
    expect(new Set(asked.flatMap((text) => /mapOutput\?\S*/.exec(text) ?? [])).size).toBe(2);
  });

  it('one output that is gone costs no other of the same request', async () => {
    const other = 'attempt_1_0001_m_000009_0';
    const sources = [ATTEMPT, other, ATTEMPT].map((attemptId) => ({ ...location(1), attemptId }));
    const outcomes: string[] = [];
    const left = await fetchSegments(sources, {
      file: () => fetched,
      mayUseMemory: () => true,
      fetched: ({ attemptId }, { bytes }) => outcomes.push(`${attemptId} ${bytes > 1000}`),
      failed: ({ attemptId }, { kind }) => outcomes.push(`${attemptId} ${kind}`),
    });
    expect([left, outcomes]).toEqual([[], [`${ATTEMPT} true`, `${other} WRONG_MAP`, `${ATTEMPT} true`]]);
  });

  it('a damaged output fails, and those behind it are asked for again', async () => {
    const file = path.join(directory, 'file.out');
    const bytes = fs.readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
    fs.writeFileSync(file, bytes);
    const sources = [ATTEMPT, ATTEMPT, ATTEMPT].map((attemptId, mapIndex) => ({ ...location(0), attemptId, mapIndex }));
    const outcomes: string[] = [];
    const left = await fetchSegments(sources, {
      file: () => fetched,
      mayUseMemory: () => true,
      fetched: ({ mapIndex }) => outcomes.push(`${mapIndex} fetched`),
      failed: ({ mapIndex }, { kind }) => outcomes.push(`${mapIndex} ${kind}`),
    });
    expect([left.map(({ mapIndex }) => mapIndex), outcomes]).toEqual([[1, 2], ['0 WRONG_LENGTH']]);
  });

  it('tells a server that is gone from one that answers', async () => {
    await server.stop();
    expect(await failure(0)).toMatchObject({ kind: 'CONNECTION' });
  });

  it('reads the file itself where it is on the same disk', async () => {
    const segment = await fetchSegment({ ...location(0), url: `file://${root}` }, fetched, () => true);
    const files = new SegmentFiles();
    expect(segment.open(files).next()).toBe(true);
    files.close();
  });
});
