// Helps the end-to-end tests: runs programs as processes, writes whole files, and opens raw connections.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import pino from 'pino';
import { expect } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { MiniCluster } from '../../cluster/mini-cluster.ts';
import { distProgram } from '../../runtime/dist.ts';
import { RawClient } from '../protocol/rpc/rpc-support.ts';
import { until } from '../support/until.ts';

export interface ProgramResult {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

export interface ProgramOptions {
  readonly confDir?: string;
  readonly cwd?: string;
}

/** Runs a built program, such as `hdfs`, as a process of its own, without input. */
export async function run(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { confDir, cwd } = options;
  const env = { ...process.env, ...(confDir === undefined ? {} : { HADOOP_CONF_DIR: confDir }) };
  const child = spawn(process.execPath, [distProgram(program), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  const [status, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { status, out, err };
}

export async function readAll(fs: DistributedFileSystem, path: string): Promise<Buffer> {
  await using input = await fs.open(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.stream()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export async function writeAll(fs: DistributedFileSystem, path: string, bytes: Buffer): Promise<void> {
  await using out = await fs.create(path, { overwrite: false });
  // Writes a copy, because the stream owns a chunk once it is written.
  await out.write(Buffer.from(bytes));
}

/**
 * Returns the ports of the last block's DataNodes in pipeline order.
 * @param lines the steps that a client told to its option `explain`
 */
export function lastPipeline(lines: readonly string[]): number[] {
  const line = lines.findLast((l) => l.startsWith('write 6.')) ?? '';
  return [...line.matchAll(/:(\d+)/g)].map((m) => Number(m[1]));
}

/** Acknowledged files, which every bad input must leave whole. The cluster must accept another file after it. */
export class Acknowledged {
  readonly #cluster: MiniCluster;
  readonly #files = new Map<string, Buffer>();

  constructor(cluster: MiniCluster) {
    this.#cluster = cluster;
  }

  /** Writes one more file with every DataNode in its pipeline, then reads all of them back with a new client. */
  async check(): Promise<void> {
    await using fs = this.#cluster.fileSystem();
    const path = `/acknowledged/${this.#files.size}`;
    const bytes = randomBytes(200_000);
    await writeAll(fs, path, bytes);
    this.#files.set(path, bytes);
    for (const [file, expected] of this.#files) {
      expect((await readAll(fs, file)).equals(expected), `${file} is whole`).toBe(true);
    }
  }
}

/** Returns the number of a DataNode's open data transfer connections, from its /jmx. */
export async function xceiverCount(httpAddress: { host: string; port: number }): Promise<number> {
  const query = 'qry=Hadoop:service=DataNode,name=DataNodeInfo';
  const response = await fetch(`http://${httpAddress.host}:${httpAddress.port}/jmx?${query}`);
  const { beans } = (await response.json()) as { beans: { XceiverCount: number }[] };
  return beans[0]?.XceiverCount ?? Number.NaN;
}

/** Returns a log that keeps its warnings and errors. */
export function keptLog() {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  return { logger, text: () => lines.join(''), clear: () => void lines.splice(0) };
}

/** Sends bytes. Resolves with all bytes received until the server closes the connection. */
export async function exchange(port: number, ...bytes: Uint8Array[]): Promise<Buffer> {
  const client = new RawClient(port).write(...bytes);
  await client.ended;
  return client.received;
}

/** Resolves when that many DataNodes have told of free space by their heartbeats: a new file may have a replica on each. */
export async function untilRoomOn(hdfs: DistributedFileSystem, datanodes: number): Promise<void> {
  await until(async () => {
    const live = await hdfs.getDatanodeReport('LIVE');
    return live.filter(({ remaining = 0 }) => remaining > 0).length === datanodes;
  }, `${datanodes} DataNodes whose heartbeats tell of free space`);
}
