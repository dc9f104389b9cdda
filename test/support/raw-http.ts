// Sends HTTP requests byte by byte as they are written, with headers that no client library would send.
import net from 'node:net';

export interface RawAnswer {
  readonly status: number;
  /** Everything behind the headers. */
  readonly body: string;
}

/** Sends a request and reads until the server closes the connection, which the request asks for. */
export async function rawRequest(port: number, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const socket = net.connect(port, '127.0.0.1');
  socket.write(`${[...lines, 'connection: close'].join('\r\n')}\r\n\r\n${body}`);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  await new Promise((resolve) => socket.once('close', resolve).on('error', resolve));
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]), body: rest.join('\r\n\r\n') };
}

/** A request that is never finished. Counts the connections that the server has closed. */
export class Dawdlers {
  readonly #sockets: net.Socket[] = [];
  /** Numbers of the requests, in the order of their start, whose connections are closed. */
  readonly closed = new Set<number>();

  /** Opens one more connection and sends the text. Resolves when it is sent. */
  async send(port: number, text: string): Promise<void> {
    const number = this.#sockets.length;
    const socket = net.connect(port, '127.0.0.1');
    this.#sockets.push(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => this.closed.add(number))
      .resume();
    await new Promise<void>((resolve) => socket.write(text, () => resolve()));
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
