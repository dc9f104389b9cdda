// Clients that measure the calls a second of a NameNode, Calf's or Hadoop's.
import { randomBytes } from 'node:crypto';
import net from 'node:net';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcResponseHeaderProto } from '../../protocol/gen/messages.ts';
import type { Method } from '../../protocol/method.ts';
import {
  ClientFrameDecoder,
  encodeCall,
  encodeConnectionContext,
  encodePreamble,
  frameReader,
  RpcStatus,
  readDelimited,
} from '../../protocol/rpc/frame.ts';

/**
 * One client of any NameNode, with one call in flight, as a blocking Hadoop client has. Of an answer it decodes only
 * whether the call succeeded, so that the measurement is of the server.
 */
export class LoadClient {
  readonly #socket: net.Socket;
  readonly #clientId = randomBytes(16);
  readonly #decoder = new ClientFrameDecoder();
  #callId = 0;
  #waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;

  static async connect(host: string, port: number, user: string): Promise<LoadClient> {
    const socket = net.connect({ host, port, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    return new LoadClient(socket, user);
  }

  private constructor(socket: net.Socket, user: string) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk as Buffer));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('The NameNode closed the connection')));
    const context = { userInfo: { effectiveUser: user }, protocol: ClientNamenode.PROTOCOL };
    socket.write(Buffer.concat([encodePreamble(), encodeConnectionContext(this.#clientId, context)]));
  }

  call<Q, S>(method: Method<Q, S>, request: Q): Promise<void> {
    const header = { callId: this.#callId++, clientId: this.#clientId, retryCount: 0, protocolVersion: 1 };
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(encodeCall(header, method, request));
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#decoder.push(chunk);
    for (let next = this.#decoder.next(); next; next = this.#decoder.next()) {
      if (next.kind !== 'frame') throw new Error(`A frame of ${next.lengthBytes} bytes`);
      const header = readDelimited(frameReader(next.bytes), RpcResponseHeaderProto);
      if (header.status === RpcStatus.SUCCESS) this.#waiting?.resolve();
      else this.#waiting?.reject(new Error(`${header.exceptionClassName}: ${header.errorMsg}`));
    }
  }
}

export interface Load {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly clients: number;
  readonly durationMs: number;
  /** Directory in the file system that only this run uses. */
  readonly dir: string;
}

type Operation = (client: LoadClient, path: string) => Promise<void>;

/** Makes an empty file as `touchz` does, with create and complete. Each call is durable when answered. */
const createFile: Operation = async (client, path) => {
  const clientName = 'bench';
  await client.call(ClientNamenode.create, {
    src: path,
    masked: { perm: 0o644 },
    clientName,
    createFlag: 1, // CREATE
    createParent: true,
    replication: 3,
    blockSize: 128 * 1024 * 1024,
    cryptoProtocolVersion: [],
  });
  await client.call(ClientNamenode.complete, { src: path, clientName });
};

const statFile: Operation = (client, path) => client.call(ClientNamenode.getFileInfo, { src: path });

/** Runs an operation on many connections at once for a time. @returns operations a second */
async function run(load: Load, operation: Operation, pathOf: (client: number, n: number) => string): Promise<number> {
  const { host, port, user } = load;
  const connect = () => LoadClient.connect(host, port, user);
  const clients = await Promise.all(Array.from({ length: load.clients }, connect));
  const began = performance.now();
  const end = began + load.durationMs;
  let done = 0;
  try {
    await Promise.all(
      clients.map(async (client, i) => {
        for (let n = 0; performance.now() < end; n++) {
          await operation(client, pathOf(i, n));
          done++;
        }
      }),
    );
    return (done * 1000) / (performance.now() - began);
  } finally {
    for (const client of clients) client.close();
  }
}

/** Returns the number of files created a second. Each client has a directory. */
export const creates = (load: Load): Promise<number> =>
  run(load, createFile, (client, n) => `${load.dir}/${client}/file${n}`);

const FILES_PER_CLIENT = 100;

/** Returns the number of getFileInfo calls a second, on files that exist. */
export async function stats(load: Load): Promise<number> {
  const setup = await LoadClient.connect(load.host, load.port, load.user);
  for (let i = 0; i < load.clients * FILES_PER_CLIENT; i++) {
    await createFile(setup, `${load.dir}/${Math.floor(i / FILES_PER_CLIENT)}/file${i % FILES_PER_CLIENT}`);
  }
  setup.close();
  return run(load, statFile, (client, n) => `${load.dir}/${client}/file${n % FILES_PER_CLIENT}`);
}
