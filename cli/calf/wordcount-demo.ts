/** `calf wordcount`: a word count from start to end, on a cluster of its own. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { runExample } from '../../mapreduce/engines/job-client.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { createByteBar } from '../terminal/progress.ts';

const MIB = 2 ** 20;
const DEFAULT_TEXT_BYTES = 100 * MIB;
const BLOCK_BYTES = 16 * MIB;
const CHUNK_BYTES = MIB;
const TOP_WORDS = 20;
const REDUCERS = 2;

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** A local file, or made-up text, that is put into HDFS. */
interface Source {
  readonly name: string;
  readonly sizeBytes: number;
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

function fileSource(file: string): Source {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new Error(`${file}: ${stat ? 'not a file' : 'no such file'}`);
  const read = () => fs.createReadStream(file, { highWaterMark: CHUNK_BYTES });
  return { name: path.basename(file), sizeBytes: stat.size, chunks: read };
}

/** Returns Calf's own documentation, repeated until it fills several blocks. */
function documentationSource(): Source {
  const start = path.dirname(fileURLToPath(import.meta.url));
  const root = [start, path.join(start, '..'), path.join(start, '../..')].find((d) =>
    fs.existsSync(path.join(d, 'README.md')),
  );
  if (!root) throw new Error('README.md is not beside the programs: name files to count');
  const texts = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md']
    .map((f) => path.join(root, f))
    .filter((f) => fs.existsSync(f));
  const once = Buffer.concat(texts.map((f) => fs.readFileSync(f)));
  const chunk = Buffer.concat(Array<Buffer>(Math.max(1, Math.round(CHUNK_BYTES / once.length))).fill(once));
  const repeats = Math.ceil(DEFAULT_TEXT_BYTES / chunk.length);
  return {
    name: 'documentation.txt',
    sizeBytes: repeats * chunk.length,
    chunks: () => Array<Buffer>(repeats).fill(chunk),
  };
}

async function put(hdfs: DistributedFileSystem, source: Source): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const bar = process.stderr.isTTY ? await createByteBar(process.stderr, source.name, source.sizeBytes) : undefined;
  {
    await using out = await hdfs.create(`/in/${source.name}`, { blockSizeBytes: BLOCK_BYTES, replication: 3 });
    for await (const chunk of source.chunks()) {
      await out.write(chunk);
      bar?.add(chunk.length);
    }
  }
  bar?.stop();
  const seconds = (systemClock.monotonicMs() - startedMs) / 1000;
  const blocks = await hdfs.getFileBlockLocations(`/in/${source.name}`);
  const rate = (source.sizeBytes / MIB / seconds).toFixed(0);
  say(
    `Put ${source.name}: ${(source.sizeBytes / MIB).toFixed(1)} MB in ${blocks.length} blocks of ${BLOCK_BYTES / MIB} MB, ` +
      `3 replicas each, ${seconds.toFixed(1)} s (${rate} MB/s)`,
  );
}

/** Returns the most frequent words of the job's output, the most frequent first. */
async function topWords(hdfs: DistributedFileSystem): Promise<[word: string, count: number][]> {
  let top: [string, number][] = [];
  for await (const status of hdfs.listStatus('/out')) {
    if (!path.basename(status.path).startsWith('part-')) continue;
    await using input = await hdfs.open(status.path);
    const text = new TextDecoder();
    let rest = '';
    for await (const chunk of input.stream()) {
      const lines = (rest + text.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const tab = line.lastIndexOf('\t');
        top.push([line.slice(0, tab), Number(line.slice(tab + 1))]);
      }
      top = top.sort((a, b) => b[1] - a[1]).slice(0, TOP_WORDS);
    }
  }
  return top;
}

/** Starts a cluster, counts the words of files, and stops the cluster. Sets the process's exit code. */
export async function wordCountDemo(files: readonly string[]): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const elapsed = () => `${((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1)} s`;
  const sources = files.length > 0 ? files.map(fileSource) : [documentationSource()];
  await using cluster = await MiniCluster.start();
  say(`Started a NameNode, 3 DataNodes, a JobTracker and 3 TaskTrackers in ${elapsed()}: ${cluster.uri}`);
  await using hdfs = cluster.fileSystem();
  for (const source of sources) await put(hdfs, source);
  const args = ['/in', '/out'];
  const conf = cluster.conf.clone().set('mapreduce.job.reduces', REDUCERS);
  const status = await runExample('wordcount', { args, conf });
  if (status === 0) {
    say(`\nThe ${TOP_WORDS} most frequent words:`);
    for (const [word, count] of await topWords(hdfs)) say(`${String(count).padStart(10)}  ${word}`);
    say(`\nAll of it took ${elapsed()}`);
  }
  process.exitCode = status;
}
