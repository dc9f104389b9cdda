/** The program that runs a job's maps and reduces on YARN: Hadoop Streaming starts it, with pairs as raw bytes. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Configuration } from '../../conf/configuration.ts';
import { type AnyJob, isJob } from '../api/api.ts';
import { instantiate } from '../files/job-bundle.ts';
import { decodeExactly, decodeText } from '../formats/text.ts';
import { jobConfiguration } from '../job/job-configuration.ts';
import { ByteSink } from '../sort/byte-sink.ts';
import { decodeKey, decodeKeyExactly, encodeKey } from '../sort/key-codec.ts';
import { decodeValue, decodeValueExactly } from '../sort/value-codec.ts';
import { HadoopPipe } from './hadoop-pipe.ts';
import { RawPairs, textIn } from './raw-pairs.ts';
import { ShuffleWriter } from './shuffle-writer.ts';
import { PartWriter, refuse, splitOf, TaskReports, taskContextOf } from './yarn-context.ts';
import { YARN_JOB_FILE, type YarnJob } from './yarn-job.ts';

/** Bytes of a partition's number before each key: the partitioner of Hadoop takes them alone. */
const PREFIX_BYTES = 4;

async function main(phase: string): Promise<void> {
  const own = JSON.parse(fs.readFileSync(YARN_JOB_FILE, 'utf8')) as YarnJob;
  const file = path.resolve('job.mjs');
  const exports = await instantiate(file, createRequire(file));
  const job = exports[own.exportName];
  if (!isJob(job)) throw new Error(`The export '${own.exportName}' is not a job: make it one with job({ … })`);
  const reports = new TaskReports();
  if (phase === 'map') await runMap(job, own, reports);
  else await runReduce(job, own, reports);
  reports.end();
}

async function runMap(job: AnyJob, own: YarnJob, reports: TaskReports): Promise<void> {
  const conf = jobConfiguration(new Configuration(own.conf));
  const { emit, end } = own.reduces === 0 ? intoPart(new PartWriter(job, conf)) : intoShuffle(job, own.prefixes);
  const split = splitOf(process.env);
  let offset = 0;
  const context = {
    ...taskContextOf('map', conf, reports, own.files),
    emit,
    split,
    get fileSystem() {
      return refuse('fileSystem');
    },
    get key() {
      return offset;
    },
    get offset() {
      return offset;
    },
    path: `${split.fsUri}${split.path}`,
  };
  await job.setup?.(context as never);
  for await (const [key, value] of new RawPairs(process.stdin)) {
    offset = Number(key.readBigInt64BE());
    const line = textIn(value);
    if (job.map) await job.map(decodeText(line, 0, line.length), context as never);
    else emit(offset, decodeExactly(line, 0, line.length));
  }
  await job.cleanup?.(context as never);
  end();
}

interface MapTarget {
  emit(key: unknown, value: unknown): void;
  end(): void;
}

const intoPart = (part: PartWriter): MapTarget => ({
  emit: (key, value) => part.write(key, value),
  end: () => part.end(),
});

function intoShuffle(job: AnyJob, prefixes: readonly string[]): MapTarget {
  const pipe = new HadoopPipe();
  const pairs = new ShuffleWriter(job, prefixes, pipe);
  return {
    emit: (key, value) => pairs.add(key, value),
    end() {
      pairs.end();
      pipe.flush();
    },
  };
}

async function runReduce(job: AnyJob, own: YarnJob, reports: TaskReports): Promise<void> {
  const conf = jobConfiguration(new Configuration(own.conf));
  const part = new PartWriter(job, conf);
  const emit = (key: unknown, value: unknown): void => part.write(key, value);
  let current: unknown;
  const context = {
    ...taskContextOf('reduce', conf, reports, own.files),
    emit,
    get fileSystem() {
      return refuse('fileSystem');
    },
    get key() {
      return current;
    },
  };
  await job.setup?.(context as never);
  const shareOf = (key: Buffer): Buffer => (job.group ? encoded(job.group(decodeKey(key, 0, key.length))) : key);
  let group: { share: Buffer; pairs: [Buffer, Buffer][] } | undefined;
  const reduceGroup = async (): Promise<void> => {
    const pairs = group?.pairs ?? [];
    const [first] = pairs;
    if (!first) return;
    // A job without reduce() passes the bytes of text on as they are.
    const [toKey, toValue] = job.reduce ? [decodeKey, decodeValue] : [decodeKeyExactly, decodeValueExactly];
    const values = function* (): Generator<unknown> {
      for (const [key, value] of pairs) {
        current = toKey(key, 0, key.length);
        yield toValue(value, 0, value.length);
      }
    };
    const key = toKey(first[0], 0, first[0].length);
    current = key;
    if (job.reduce) await job.reduce(key, values(), context as never);
    else for (const value of values()) emit(current, value);
  };
  for await (const [prefixed, value] of new RawPairs(process.stdin)) {
    const key = prefixed.subarray(PREFIX_BYTES);
    const share = shareOf(key);
    if (!group?.share.equals(share)) {
      await reduceGroup();
      group = { share, pairs: [] };
    }
    group.pairs.push([key, value]);
  }
  await reduceGroup();
  await job.cleanup?.(context as never);
  part.end();
}

function encoded(key: unknown): Buffer {
  const sink = new ByteSink(64);
  encodeKey(key, sink);
  return Buffer.from(sink.bytes.subarray(0, sink.length));
}

await main(process.argv[2] ?? '');
