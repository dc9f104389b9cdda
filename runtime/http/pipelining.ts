/** The limit of requests that one connection may send without waiting for answers (HTTP pipelining). */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** No client of ours sends more than one, and a browser none. */
const REQUESTS_MAX = 16;

/**
 * Has the server cut off a connection with more unanswered requests than the limit. All requests of one piece of data would
 * be answered before anything else is done: thousands fit into a piece, and their answers wait in memory for a reader.
 * To be called before other hooks are added.
 */
export function limitPipelining(server: FastifyInstance): void {
  const unanswered = new WeakMap<Socket, number>();
  server.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const count = (unanswered.get(socket) ?? 0) + 1;
    unanswered.set(socket, count);
    if (count > REQUESTS_MAX) {
      socket.destroy();
      // The requests behind it, which are in memory already, are not worth an answer either.
      reply.hijack();
      return;
    }
    reply.raw.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    done();
  });
}
