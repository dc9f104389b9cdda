// Plays clients that read their answers slowly or never.
import { once } from 'node:events';
import net from 'node:net';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import { encodeOp, Op } from '../../protocol/datatransfer/data-transfer.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { OpReadBlockProto } from '../../protocol/gen/messages.ts';
import { encodeCall, encodeConnectionContext, encodePreamble } from '../../protocol/rpc/frame.ts';
import type { Role, RoleOptions } from './roles.ts';

const FILE_BYTES = 64 * 1024 * 1024;
const BYTE_PAUSE_MS = 1000;
const CLIENT_ID = Buffer.from('never-reading-id');
const ENTRIES = 500;

/** Opens readers of one block: every other one reads a byte a second, the rest read nothing. */
export async function slowReaders(conf: Configuration, { count }: RoleOptions): Promise<Role> {
  const path = '/slow/file';
  await using fs = new DistributedFileSystem({ conf });
  {
    await using out = await fs.create(path, { overwrite: true });
    for (let at = 0; at < FILE_BYTES; at += 2 ** 20) await out.write(Buffer.alloc(2 ** 20, at / 2 ** 20));
  }
  const { locations } = await fs.call(ClientNamenode.getBlockLocations, { src: path, offset: 0, length: FILE_BYTES });
  const block = locations?.blocks[0];
  if (block === undefined) throw new Error(`${path} has no block`);
  const header = { baseHeader: { block: block.b, token: block.blockToken }, clientName: 'slow' };
  const op = { header, offset: 0, len: block.b.numBytes ?? FILE_BYTES, sendChecksums: true };
  let taken = 0;
  let closed = 0;
  const sockets: net.Socket[] = [];
  for (let i = 0; i < count; i++) {
    const { id } = block.locs[i % block.locs.length] ?? {};
    const socket = net.connect({ host: id?.ipAddr ?? '127.0.0.1', port: id?.xferPort ?? 0 });
    socket.on('error', () => socket.destroy());
    socket.once('close', () => void closed++);
    await once(socket, 'connect');
    socket.write(encodeOp(Op.READ_BLOCK, OpReadBlockProto, op));
    socket.pause();
    sockets.push(socket);
  }
  const timer = setInterval(() => {
    for (let i = 0; i < sockets.length; i += 2) if (sockets[i]?.read(1) !== null) taken++;
  }, BYTE_PAUSE_MS);
  return {
    report: () => ({ readers: count, bytesTaken: taken, closedByServer: closed }),
    stop: async () => {
      clearInterval(timer);
      const last = { readers: count, bytesTaken: taken, closedByServer: closed };
      for (const socket of sockets) socket.destroy();
      return last;
    },
  };
}

/** Runs clients that ask the NameNode for long listings again and again, and never read an answer. */
export async function neverReadingCallers(conf: Configuration, { count, port }: RoleOptions): Promise<Role> {
  await using fs = new DistributedFileSystem({ conf });
  await fs.mkdir('/long');
  for (let i = 0; i < ENTRIES; i++) await fs.mkdir(`/long/directory-with-a-long-name-number-${i}`);
  let callId = 0;
  let bytesSent = 0;
  const sockets: net.Socket[] = [];
  const ask = (socket: net.Socket) => {
    let goOn = true;
    while (goOn && !socket.destroyed) {
      const call = { callId: callId++ & 0x7fffffff, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 };
      const request = { src: '/long', startAfter: Buffer.alloc(0), needLocation: false };
      const bytes = encodeCall(call, ClientNamenode.getListing, request);
      bytesSent += bytes.length;
      goOn = socket.write(bytes);
    }
  };
  for (let i = 0; i < count; i++) {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.on('error', () => socket.destroy());
    await once(socket, 'connect');
    socket.pause();
    const context = { userInfo: { effectiveUser: 'never' }, protocol: ClientNamenode.PROTOCOL };
    socket.write(encodePreamble());
    socket.write(encodeConnectionContext(CLIENT_ID, context));
    socket.on('drain', () => ask(socket));
    ask(socket);
    sockets.push(socket);
  }
  const report = () => ({ callers: count, bytesSent });
  return {
    report,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      return report();
    },
  };
}
