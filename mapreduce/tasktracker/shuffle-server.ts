/**
 * Serves the outputs of a tracker's maps to the tasks of their job: `GET /mapOutput?map=attempt_…&reduce=N` is the
 * segment of one reduce. `map=attempt_…,attempt_…` gives those of several maps, each behind its length.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { errorCode } from '../../runtime/errors.ts';
import { fits } from '../../runtime/http/fits.ts';
import { HttpServer } from '../../runtime/http/http-server.ts';
import { SharedSecret } from '../../runtime/http/shared-secret.ts';
import type { Logger } from '../../runtime/log.ts';
import { parseAttemptId } from '../job/job-id.ts';
import { MapOutputQuery } from '../job/messages.ts';
import { readMapOutput } from '../sort/map-output-index.ts';
import type { SegmentRange, SpillFile } from '../sort/spill-file.ts';

/** Segments of up to this size are read with one call. */
const WHOLE_BYTES_MAX = 1024 * 1024;
/** Bytes of the length before each of several segments (mapreduce/shuffle/fetch-segments.ts). */
const HEADER_BYTES = 8;

interface FoundRange {
  readonly output: SpillFile;
  readonly range: SegmentRange;
}

export interface ShuffleServerOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  /** Names by which callers may reach the server beside its address and those of this machine. */
  readonly names: readonly string[];
  /** Returns the directory that has one directory for each attempt of the job. */
  jobDirectory(jobId: string): string;
  /** Returns the token with which the tasks of the job sign their requests. */
  jobToken(jobId: string): string;
}

export class ShuffleServer {
  readonly #server: HttpServer;
  readonly #log: Logger;
  #address = { host: '', port: 0 };

  private constructor({ names, jobDirectory, jobToken, log }: ShuffleServerOptions) {
    this.#log = log;
    this.#server = new HttpServer({ names });
    this.#server.routes.get<{ Querystring: MapOutputQuery }>(
      '/mapOutput',
      { preValidation: fits('querystring', MapOutputQuery), config: { proves: 'length' } },
      async ({ query: { map, reduce }, raw }, reply) => {
        const missing = () => reply.code(404).send({ message: `No output of ${map} for reduce ${reduce}` });
        const maps = map.split(',');
        // The ids become parts of paths.
        const parsed = parseAttemptId(maps[0] ?? '');
        if (!parsed || maps.some((id) => parseAttemptId(id)?.jobId !== parsed.jobId)) return missing();
        const token = new SharedSecret(jobToken(parsed.jobId));
        const only = `Only tasks of ${parsed.jobId} get its map outputs`;
        const reason = this.#server.signedRequests.accept(raw, token, only);
        if (reason) throw reason;
        if (maps.length > 1) {
          const { length, body } = await this.#segments(jobDirectory(parsed.jobId), maps, Number(reduce));
          return reply.type('application/octet-stream').header('content-length', length).send(Readable.from(body));
        }
        const segment = await this.#segment(path.join(jobDirectory(parsed.jobId), map), Number(reduce));
        if (!segment) return missing();
        return reply.type('application/octet-stream').header('content-length', segment.length).send(segment.body);
      },
    );
  }

  /** @throws BindException */
  static async start(options: ShuffleServerOptions): Promise<ShuffleServer> {
    const server = new ShuffleServer(options);
    server.#address = await server.#server.listen(options.port, options.host);
    return server;
  }

  get url(): string {
    return `http://${this.#address.host}:${this.#address.port}`;
  }

  get port(): number {
    return this.#address.port;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** Returns the segments of several maps, each behind its length. One that can't be had has the length -1. */
  async #segments(
    jobDirectory: string,
    maps: readonly string[],
    reduce: number,
  ): Promise<{ readonly length: number; readonly body: AsyncGenerator<Uint8Array> }> {
    const ranges = await Promise.all(maps.map((map) => this.#range(path.join(jobDirectory, map), reduce)));
    const length = ranges.reduce((sum, found) => sum + HEADER_BYTES + (found?.range.length ?? 0), 0);
    return { length, body: this.#contents(ranges) };
  }

  async *#contents(ranges: readonly (FoundRange | undefined)[]): AsyncGenerator<Uint8Array> {
    for (const found of ranges) {
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeBigInt64BE(BigInt(found?.range.length ?? -1));
      yield header;
      if (!found) continue;
      const content = await this.#open(found.output, found.range);
      if (Buffer.isBuffer(content)) yield content;
      else yield* content;
    }
  }

  /** Returns undefined for an output that is not there, or can't be read. */
  async #range(directory: string, reduce: number): Promise<FoundRange | undefined> {
    try {
      const output = await readMapOutput(directory);
      const range = output.index[reduce];
      // The file may be gone, and its index not.
      await fs.promises.access(output.path);
      return range && { output, range };
    } catch (err) {
      if (errorCode(err) !== 'ENOENT') this.#log.error({ err, directory, reduce }, 'A map output can not be read');
      return undefined;
    }
  }

  /** Returns undefined if the map has no output there. @throws Error if the output is there and can't be read */
  async #segment(
    directory: string,
    reduce: number,
  ): Promise<{ readonly length: number; readonly body: Buffer | fs.ReadStream } | undefined> {
    try {
      const output = await readMapOutput(directory);
      const range = output.index[reduce];
      if (!range) return undefined;
      return { length: range.length, body: await this.#open(output, range) };
    } catch (err) {
      if (errorCode(err) === 'ENOENT') return undefined;
      this.#log.error({ err, directory, reduce }, 'A map output can not be read');
      throw err;
    }
  }

  async #open({ path: file }: SpillFile, { offset, length }: SegmentRange): Promise<Buffer | fs.ReadStream> {
    if (length <= WHOLE_BYTES_MAX) return await readRange(file, offset, length);
    const handle = await fs.promises.open(file, 'r');
    const stream = handle.createReadStream({ start: offset, end: offset + length - 1 });
    // The answer has begun, so the reduce sees a connection that breaks off.
    stream.on('error', (err) => this.#log.error({ err, file }, 'A map output can not be read to its end'));
    return stream;
  }
}

/** @throws Error for a file that ends within the range */
async function readRange(file: string, offset: number, length: number): Promise<Buffer> {
  const handle = await fs.promises.open(file, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    if (bytesRead < length) throw new Error(`${file} ends at byte ${offset + bytesRead}, before its index says so`);
    return bytes;
  } finally {
    await handle.close();
  }
}
