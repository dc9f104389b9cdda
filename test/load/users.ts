// Plays well-behaved clients that list, read and write.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import type { Role, RoleOptions } from './roles.ts';

const VICTIM_FILE_BYTES = 256 * 1024;
const VICTIM_STATS = 5;
/** Pace of a slow writer: the bytes of each piece, and the pause after it. */
const PIECE_BYTES = 16 * 1024;
const PIECE_PAUSE_MS = 1000;
const PIECES_PER_FILE = 16;
const CALL_PAUSE_MS = 1000;

async function readBack(fs: DistributedFileSystem, path: string): Promise<Buffer> {
  await using input = await fs.open(path);
  const chunks: Uint8Array[] = [];
  for await (const chunk of input.stream()) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** The client whose speed is measured. One round writes a file, stats it, reads it back, compares and deletes it. */
export async function victim(conf: Configuration): Promise<Role> {
  let rounds = 0;
  let running = true;
  const bytes = randomBytes(VICTIM_FILE_BYTES);
  const round = async (fs: DistributedFileSystem) => {
    const path = `/victim/${rounds}`;
    bytes.writeUInt32BE(rounds);
    {
      await using out = await fs.create(path);
      await out.write(Buffer.from(bytes));
    }
    for (let i = 0; i < VICTIM_STATS; i++) await fs.getFileStatus(path);
    if (!(await readBack(fs, path)).equals(bytes)) throw new Error(`${path} is not what was written`);
    await fs.delete(path, false);
    rounds++;
  };
  const ended = (async () => {
    await using fs = new DistributedFileSystem({ conf });
    while (running) await round(fs);
  })();
  // A failure ends this process, and so the test.
  ended.catch((e: unknown) => {
    process.stderr.write(`the victim failed: ${e instanceof Error ? e.stack : String(e)}\n`);
    process.exit(1);
  });
  return {
    report: () => ({ rounds }),
    stop: async () => {
      running = false;
      await ended;
      return { rounds };
    },
  };
}

/** Runs clients with a connection each, which make a call now and then. */
export async function connections(conf: Configuration, { count, port }: RoleOptions): Promise<Role> {
  let calls = 0;
  let errors = 0;
  const stop = new AbortController();
  const idleMsMax = conf.get('ipc.client.connection.maxidletime');
  const clients = Array.from({ length: count }, (_, i) => {
    const user = `client${i}`;
    return new RpcClient({ host: '127.0.0.1', port, protocol: ClientNamenode.PROTOCOL, user, idleMsMax });
  });
  const call = async (client: RpcClient) => {
    try {
      await client.call(ClientNamenode.getFileInfo, { src: '/victim' });
      calls++;
    } catch {
      errors++;
    }
  };
  await Promise.all(clients.map(call));
  const loops = clients.map(async (client, i) => {
    await sleep((CALL_PAUSE_MS * i) / count);
    while (!stop.signal.aborted) {
      await call(client);
      await sleep(CALL_PAUSE_MS);
    }
  });
  return {
    report: () => ({ connections: count, calls, errors }),
    stop: async () => {
      stop.abort();
      await Promise.all(loops);
      await Promise.all(clients.map((client) => client.close()));
      return { connections: count, calls, errors };
    },
  };
}

/** Runs writers that write slowly, as loggers do. */
export const writers = (conf: Configuration, { count }: RoleOptions) => write(conf, count, PIECE_PAUSE_MS);

/** Runs writers that write as fast as they can. */
export const eagerWriters = (conf: Configuration, { count }: RoleOptions) => write(conf, count, 0);

/** Runs writers, each with a pipeline over all DataNodes and all open at once. Their files are read back at the end. */
async function write(conf: Configuration, count: number, pauseMs: number): Promise<Role> {
  let running = true;
  let open = 0;
  let bytesWritten = 0;
  let errors = 0;
  const content = randomBytes(PIECE_BYTES);
  const written: { path: string; pieces: number }[] = [];
  const writeFile = async (fs: DistributedFileSystem, path: string, begun: () => void) => {
    let pieces = 0;
    {
      await using out = await fs.create(path);
      for (; pieces < PIECES_PER_FILE && running; pieces++) {
        await out.write(Buffer.from(content));
        await out.hflush();
        if (pieces === 0) begun();
        bytesWritten += PIECE_BYTES;
        if (pauseMs > 0) await sleep(pauseMs);
      }
    }
    written.push({ path, pieces });
  };
  const loops: Promise<void>[] = [];
  const begun = Array.from({ length: count }, async (_, i) => {
    const fs = new DistributedFileSystem({ conf });
    await new Promise<void>((resolve) => {
      loops.push(
        (async () => {
          open++;
          try {
            for (let k = 0; running; k++) await writeFile(fs, `/writers/${i}-${k}`, resolve);
          } catch (e) {
            errors++;
            process.stderr.write(`writer ${i}: ${e instanceof Error ? e.stack : String(e)}\n`);
            resolve();
          } finally {
            open--;
            await fs.close();
          }
        })(),
      );
    });
  });
  await Promise.all(begun);
  const report = () => ({ writers: open, bytesWritten, errors });
  return {
    report,
    stop: async () => {
      running = false;
      await Promise.all(loops);
      let bytesVerified = 0;
      await using fs = new DistributedFileSystem({ conf });
      for (const { path, pieces } of written) {
        const expected = Buffer.concat(Array.from({ length: pieces }, () => content));
        if (!(await readBack(fs, path)).equals(expected)) throw new Error(`${path} is not what was written`);
        bytesVerified += expected.length;
      }
      return { ...report(), files: written.length, bytesVerified };
    },
  };
}
