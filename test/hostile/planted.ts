// A server without any of the rules that the daemons have: every attack must succeed here, or the test shows nothing.
import http from 'node:http';
import { BROWSER_HEADERS } from '../../runtime/http/browser-headers.ts';
import { MARKUP } from './values.ts';

export class PlantedServer {
  /** Number of requests that would have changed something. */
  changes = 0;
  readonly #server = http.createServer((request, response) => this.#answer(request, response));

  static async start(): Promise<PlantedServer> {
    const planted = new PlantedServer();
    await new Promise<void>((resolve) => planted.#server.listen(0, '127.0.0.1', resolve));
    return planted;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  private constructor() {
    this.#server.on('upgrade', (request, socket) => {
      // The key's digest is not needed to show that the server would have talked: the browser has reached it.
      if (request.headers.upgrade === 'websocket') this.changes++;
      socket.destroy();
    });
  }

  #answer({ method = '', url = '' }: http.IncomingMessage, response: http.ServerResponse): void {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    response.setHeader('access-control-allow-methods', '*');
    if (method !== 'OPTIONS' && (method !== 'GET' || url.includes('kill'))) this.changes++;
    const index = /^\/(bare|walled)\/(\d+)/.exec(url);
    if (index) {
      if (index[1] === 'walled')
        for (const [name, value] of Object.entries(BROWSER_HEADERS)) response.setHeader(name, value);
      response.setHeader('content-type', 'text/html; charset=utf-8');
      const text = MARKUP[Number(index[2])] ?? '';
      response.end(`<!doctype html><title>${text}</title><input value="${text}"><input value='${text}'>${text}`);
    } else if (url.startsWith('/events')) {
      response.setHeader('content-type', 'text/event-stream');
      response.end('data: beans\n\n');
    } else {
      response.setHeader('content-type', url === '/' ? 'text/html' : 'application/json');
      response.end('{"beans":["configuration"],"planted":1}');
    }
  }
}
