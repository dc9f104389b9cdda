import fs from 'node:fs';
import path from 'node:path';
import { HttpServer } from '../../runtime/http/http-server.ts';
import { parseAttemptId } from '../job/job-id.ts';
import { readMapOutput } from '../sort/map-output-index.ts';

/** Segments up to this size are read at once. */
const WHOLE_BYTES_MAX = 1024 * 1024;

/** Serves the outputs of a tracker's maps: `GET /mapOutput?map=attempt_…&reduce=N` is the reduce's segment. */
export class ShuffleServer {
  readonly #server = new HttpServer();
  #address = { host: '', port: 0 };

  private constructor(jobDirectory: (jobId: string) => string) {
    this.#server.routes.get<{ Querystring: { map?: string; reduce?: string } }>(
      '/mapOutput',
      async ({ query }, reply) => {
        const { map = '', reduce = '' } = query;
        // The id becomes part of a path, so nothing but an id may pass.
        const parsed = parseAttemptId(map);
        if (!parsed || !/^\d+$/.test(reduce))
          return reply.code(400).send({ message: 'map or reduce is missing or no id' });
        const output = await readMapOutput(path.join(jobDirectory(parsed.jobId), map)).catch(() => undefined);
        const range = output?.index[Number(reduce)];
        if (!output || !range) return reply.code(404).send({ message: `No output of ${map} for reduce ${reduce}` });
        const body =
          range.length <= WHOLE_BYTES_MAX
            ? await readRange(output.path, range.offset, range.length)
            : fs.createReadStream(output.path, { start: range.offset, end: range.offset + range.length - 1 });
        return reply
          .type('application/octet-stream')
          .header('content-length', Buffer.isBuffer(body) ? body.length : range.length)
          .send(body);
      },
    );
  }

  /** `jobDirectory` has a directory of each attempt. @throws BindException */
  static async start(host: string, port: number, jobDirectory: (jobId: string) => string): Promise<ShuffleServer> {
    const server = new ShuffleServer(jobDirectory);
    server.#address = await server.#server.listen(port, host);
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
}

async function readRange(file: string, offset: number, length: number): Promise<Buffer> {
  const handle = await fs.promises.open(file, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    const { bytesRead } = await handle.read(bytes, 0, length, offset);
    // A segment that is cut off is recognised by the reduce.
    return bytes.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
