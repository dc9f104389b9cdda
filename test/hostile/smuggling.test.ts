// Requests that two readers would cut into different pieces (request smuggling): the server refuses them and closes the
// connection, so that no second request comes out of the first one's body. RFC 9112, sections 2.2, 5, 6 and 7.1.
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpServer } from '../../runtime/http/http-server.ts';

const INNER = 'GET /smuggled HTTP/1.1\r\nhost: localhost\r\n\r\n';
let port: number;
const served: string[] = [];
const server = new HttpServer();

beforeAll(async () => {
  server.routes.addHook('onRequest', (request, _reply, done) => {
    served.push(request.url);
    done();
  });
  server.routes.post('/body', { config: { callers: 'anyone' } }, ({ body }) => ({ body }));
  ({ port } = await server.listen(0, '127.0.0.1'));
});
afterAll(() => server.close());

/** Sends bytes and ends. Returns the statuses of all answers. */
async function statuses(text: string): Promise<number[]> {
  const socket = net.connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
  });
  socket.on('error', () => socket.destroy());
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.end(Buffer.from(text, 'latin1'));
  await closed;
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

const post = (headers: string, body: string): string =>
  `POST /body HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`;

describe('is refused', () => {
  it.each([
    ['a length and chunks', post('content-length: 4\r\ntransfer-encoding: chunked', `0\r\n\r\n${INNER}`)],
    ['chunks and a length', post('transfer-encoding: chunked\r\ncontent-length: 4', `0\r\n\r\n${INNER}`)],
    ['two lengths', post(`content-length: 2\r\ncontent-length: ${2 + INNER.length}`, `{}${INNER}`)],
    ['two equal lengths', post('content-length: 2\r\ncontent-length: 2', `{}${INNER}`)],
    ['a list of lengths', post('content-length: 2, 2', `{}${INNER}`)],
    ['a length with a sign', post('content-length: +2', `{}${INNER}`)],
    ['a negative length', post('content-length: -1', `{}${INNER}`)],
    ['a hexadecimal length', post('content-length: 0x2', `{}${INNER}`)],
    ['a length beyond numbers', post('content-length: 99999999999999999999999', `{}${INNER}`)],
    ['an empty length', post('content-length: ', INNER)],
    ['an unknown coding', post('transfer-encoding: xchunked', `0\r\n\r\n${INNER}`)],
    ['chunks that are not the last coding', post('transfer-encoding: chunked, identity', `0\r\n\r\n${INNER}`)],
    ['two codings', post('transfer-encoding: chunked\r\ntransfer-encoding: x', `0\r\n\r\n${INNER}`)],
    ['a coding with a control character', post('transfer-encoding: \u000bchunked', `0\r\n\r\n${INNER}`)],
    ['a space before the colon', post('transfer-encoding : chunked', `0\r\n\r\n${INNER}`)],
    ['a folded header', post('transfer-encoding:\r\n chunked', `0\r\n\r\n${INNER}`)],
    ['a header that begins with a space', post(' content-length: 2', `{}${INNER}`)],
    ['a header without a colon', post('content-length 2', `{}${INNER}`)],
    ['a zero byte in a header', post('x: a\u0000b\r\ncontent-length: 2', `{}${INNER}`)],
    ['a bare carriage return', post('x: a\rcontent-length: 2', `{}${INNER}`)],
    ['a negative chunk', post('transfer-encoding: chunked', `-1\r\n{}\r\n0\r\n\r\n${INNER}`)],
    ['a chunk of 0x2', post('transfer-encoding: chunked', `0x2\r\n{}\r\n0\r\n\r\n${INNER}`)],
    ['a chunk beyond numbers', post('transfer-encoding: chunked', `fffffffffffffffff\r\n{}\r\n0\r\n\r\n${INNER}`)],
    ['a chunk with too much', post('transfer-encoding: chunked', `2\r\n{}x\r\n0\r\n\r\n${INNER}`)],
    ['a chunk that ends with a line feed', post('transfer-encoding: chunked', `2\n{}\n0\n\n${INNER}`)],
    ['a chunk without a size', post('transfer-encoding: chunked', `\r\n{}\r\n0\r\n\r\n${INNER}`)],
    ['a first line with spaces', 'GET / jmx HTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['a first line with a tab', 'GET\t/jmx\tHTTP/1.1\r\nhost: localhost\r\n\r\n'],
    ['another protocol', 'GET /jmx HTTPS/1.1\r\nhost: localhost\r\n\r\n'],
    ['another version', 'GET /jmx HTTP/1.9\r\nhost: localhost\r\n\r\n'],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['no version', 'GET /jmx\r\n\r\n'],
    ['bytes of TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001'],
  ])('%s', async (_what, text) => {
    served.splice(0);
    const answers = await statuses(text);
    expect(answers.filter((status) => status < 400)).toEqual([]);
    expect(answers.length).toBeLessThanOrEqual(1);
    expect(served).not.toContain('/smuggled');
  });
});

it('a body that a refused request announces is no next request', async () => {
  served.splice(0);
  const announced = `content-length: ${INNER.length}`;
  for (const first of ['GET /none', 'GET /%', 'POST /none', 'DELETE /none', 'OPTIONS *']) {
    await statuses(`${first} HTTP/1.1\r\nhost: evil.example\r\n${announced}\r\n\r\n${INNER}`);
    await statuses(`${first} HTTP/1.1\r\nhost: localhost\r\nexpect: 200-ok\r\n${announced}\r\n\r\n${INNER}`);
  }
  expect(served.filter((url) => url === '/smuggled')).toEqual([]);
});

it('a request and its next one are served, so that the refusals above show something', async () => {
  served.splice(0);
  expect(await statuses(`${post('transfer-encoding: chunked', '2\r\n{}\r\n0\r\n\r\n')}${INNER}`)).toEqual([200, 404]);
  expect(await statuses(`${post('content-length: 2', '{}')}${INNER}`)).toEqual([200, 404]);
  expect(served.filter((url) => url === '/smuggled')).toHaveLength(2);
});
