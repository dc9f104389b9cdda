// A client that uses the servers normally and must not notice the attack.
import assert from 'node:assert/strict';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { MiniCluster } from '../../cluster/mini-cluster.ts';
import { SeededRandom } from './random.ts';

const OPERATION_MS_MAX = 60_000;
const FILE_BYTES_MAX = 200_000;

/** Writes, lists, reads back, compares, renames and deletes files, one after the other, during the attack. */
export class Bystander {
  /** Number of operations with the expected result. */
  operations = 0;
  bytesVerified = 0;
  readonly #cluster: MiniCluster;
  #running = true;
  #failure: unknown;
  readonly #ended: Promise<void>;

  constructor(cluster: MiniCluster) {
    this.#cluster = cluster;
    this.#ended = this.#run().catch((e: unknown) => {
      this.#failure = e;
    });
  }

  /** @throws the first failure, if there was one */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Ends after a last round. @throws the first failure, if there was one */
  async stop(): Promise<void> {
    this.#running = false;
    await this.#ended;
    this.check();
  }

  async #run(): Promise<void> {
    const random = new SeededRandom(7);
    for (let round = 0; this.#running; round++) await withLimit(this.#round(round, random));
  }

  /** Runs one round with a new client, because new connections must be served too. */
  async #round(round: number, random: SeededRandom): Promise<void> {
    await using fs = this.#cluster.fileSystem();
    const bytes = random.bytes(1 + random.below(FILE_BYTES_MAX));
    const path = `/bystander/file-${round}`;
    await writeAll(fs, path, bytes);
    this.operations++;
    assert.equal((await fs.getFileStatus(path)).length, bytes.length);
    this.operations++;
    await fs.rename(path, `${path}-renamed`);
    this.operations++;
    assert((await readAll(fs, `${path}-renamed`)).equals(bytes), `${path} is not what was written`);
    this.bytesVerified += bytes.length;
    this.operations++;
    assert(await fs.delete(`${path}-renamed`, false));
    this.operations++;
  }
}

async function withLimit(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`a bystander waited ${OPERATION_MS_MAX} ms`)), OPERATION_MS_MAX);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
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
