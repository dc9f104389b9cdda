/** The limit of requests that one connection may send without waiting for answers (HTTP pipelining). */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** No client of ours sends more than one, and a browser none. */
const REQUESTS_MAX = 16;

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Has the server cut off a connection with more unanswered requests than the limit. All requests of one piece of data would
 * be answered before anything else is done: thousands fit into a piece, and their answers wait in memory for a reader.
 * The requests behind the limit are in memory already. They come to no route, because routing alone would hold the event
 * loop for long.
 */
export function limitPipelining(server: Server): void {
  const unanswered = new WeakMap<Socket, number>();
  const listeners = server.listeners('request') as Listener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    const count = (unanswered.get(socket) ?? 0) + 1;
    if (count > REQUESTS_MAX) {
      socket.destroy();
      return;
    }
    unanswered.set(socket, count);
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1));
    for (const listener of listeners) listener(request, response);
  });
}
