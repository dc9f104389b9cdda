// Plays clients that begin connections and then send nothing more.
import { once } from 'node:events';
import net from 'node:net';
import type { Configuration } from '../../conf/configuration.ts';
import { encodePreamble } from '../../protocol/rpc/frame.ts';
import type { Role, RoleOptions } from './roles.ts';

const AT_ONCE = 200;
/** First bytes of an RPC connection: none, half a preamble, a whole one, or the length of a frame that never comes. */
const RPC_BEGINNINGS = [
  Buffer.alloc(0),
  encodePreamble().subarray(0, 5),
  encodePreamble(-33),
  Buffer.concat([encodePreamble(), Buffer.from([0, 0, 1, 0, 1])]),
];
/** First bytes of a data transfer connection: none, or half of the version. */
const DATA_TRANSFER_BEGINNINGS = [Buffer.alloc(0), Buffer.from([0])];

/** Opens connections, sends their first bytes and then nothing more. */
export async function halfOpen(conf: Configuration, { count, port }: RoleOptions): Promise<Role> {
  const isNameNode = conf.get('dfs.namenode.rpc-address').endsWith(`:${port}`);
  const beginnings = isNameNode ? RPC_BEGINNINGS : DATA_TRANSFER_BEGINNINGS;
  let open = 0;
  let refused = 0;
  let closed = 0;
  const sockets: net.Socket[] = [];
  const connect = async (index: number) => {
    const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    sockets.push(socket);
    socket.on('error', () => socket.destroy()); // The server may reset the connection.
    try {
      await once(socket, 'connect');
    } catch {
      refused++;
      return;
    }
    open++;
    socket.resume();
    socket.write(beginnings[index % beginnings.length] as Buffer);
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      open--;
      closed++;
    });
  };
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - at) }, (_, i) => connect(at + i)));
  }
  const report = () => ({ open, refused, closedByServer: closed });
  return {
    report,
    stop: async () => {
      const last = report();
      for (const socket of sockets) socket.destroy();
      return last;
    },
  };
}
