// Callers and servers prove that they know the cluster's secret, and the secret is in none of the bytes that they send
// (RFC 2104; "Who may call over HTTP" in ARCHITECTURE.md).
import http from 'node:http';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FreshRequests } from '../../../runtime/http/fresh-requests.ts';
import { HttpServer } from '../../../runtime/http/http-server.ts';
import { JsonClient } from '../../../runtime/http/json-client.ts';
import { ANSWER_PROOF, answerProof, authorize, isProven, parseAuthorization } from '../../../runtime/http/proof.ts';
import { SharedSecret } from '../../../runtime/http/shared-secret.ts';
import { sendSigned, signed } from '../../../runtime/http/signed-client.ts';
import { nothing } from '../../../runtime/promises.ts';

const TEXT = 'the secret of this cluster, 32 or more';
const secret = new SharedSecret(TEXT);
const other = new SharedSecret('x'.repeat(40));
const BODY = '{"command":"run"}';
const JSON_TYPE = { 'content-type': 'application/json' };

let server: HttpServer;
let url: string;
/** The bodies that have come to the handler. */
const handled: unknown[] = [];

beforeEach(async () => {
  handled.splice(0);
  server = new HttpServer({ secret });
  server.routes.post('/jobs', ({ body }) => {
    handled.push(body);
    return { answered: true };
  });
  server.routes.delete('/jobs', () => {
    handled.push('deleted');
    return { answered: true };
  });
  server.routes.get('/read', async () => ({ answered: true }));
  const { host, port } = await server.listen(0, '127.0.0.1');
  url = `http://${host}:${port}`;
});
afterEach(() => server.close());

const post = async (authorization: string, body = BODY, path = '/jobs', method = 'POST') =>
  await fetch(`${url}${path}`, { method, headers: { ...JSON_TYPE, authorization }, body });
const failure = async (answer: Promise<Response>) => {
  const { status, headers, text } = await answer.then(async (response) => ({
    status: response.status,
    headers: response.headers,
    text: await response.text(),
  }));
  return { status, message: JSON.parse(text).RemoteException?.message as string, proof: headers.get(ANSWER_PROOF) };
};
const line = (method = 'POST', target = '/jobs') => ({ method, host: new URL(url).host, target });

describe('a server', () => {
  it('takes a signed request, and proves its answer over the nonce, the status and the body', async () => {
    const { header, nonce } = authorize(secret, line(), BODY);
    const answer = await post(header);
    expect([answer.status, handled]).toEqual([200, [{ command: 'run' }]]);
    const body = await answer.text();
    const proof = answer.headers.get(ANSWER_PROOF) ?? '';
    expect(isProven(secret, nonce, 200, { body }, proof)).toBe(true);
    expect(isProven(secret, nonce, 200, { body: `${body} ` }, proof)).toBe(false);
    expect(isProven(secret, nonce, 404, { body }, proof)).toBe(false);
    expect(isProven(secret, '0'.repeat(32), 200, { body }, proof)).toBe(false);
    expect(isProven(other, nonce, 200, { body }, proof)).toBe(false);
  });

  it('refuses a request of which anything was changed', async () => {
    const { header } = authorize(secret, line(), BODY);
    const changed = 'The request is signed with another secret, or was changed on the way';
    for (const [part, to] of Object.entries({ time: '1', nonce: '0'.repeat(32), body: '0'.repeat(64) })) {
      const { status, message, proof } = await failure(
        post(header.replace(new RegExp(`${part}=\\w+`), `${part}=${to}`)),
      );
      expect([status, message, proof], part).toEqual([401, expect.stringContaining(changed), null]);
    }
    expect((await failure(post(header, BODY, '/jobs?x=1'))).message).toContain(changed);
    expect((await failure(post(header, BODY, '/jobs', 'DELETE'))).message).toContain(changed);
    const elsewhere = authorize(secret, { ...line(), host: 'localhost:1' }, BODY).header;
    expect((await failure(post(elsewhere))).message).toContain(changed);
    expect((await failure(post(authorize(other, line(), BODY).header))).message).toContain(changed);
    expect(handled).toEqual([]);
  });

  it('refuses another body than the one that was signed, and none in its place', async () => {
    const message = 'The body of the request is not the one that was signed';
    const { header } = authorize(secret, line(), BODY);
    expect(await failure(post(header, '{"command":"rm"}'))).toMatchObject({ status: 401, message });
    const second = authorize(secret, line(), BODY).header;
    expect(await failure(post(second, '{ no json'))).toMatchObject({ status: 401, message });
    const third = authorize(secret, line('DELETE'), BODY).header;
    const empty = fetch(`${url}/jobs`, { method: 'DELETE', headers: { authorization: third } });
    expect(await failure(empty)).toMatchObject({ status: 401, message });
    const fourth = authorize(secret, line('DELETE'), '').header;
    expect(await failure(post(fourth, BODY, '/jobs', 'DELETE'))).toMatchObject({ status: 401, message });
    expect(handled).toEqual([]);
    const good = fetch(`${url}/jobs`, {
      method: 'DELETE',
      headers: { authorization: authorize(secret, line('DELETE'), '').header },
    });
    expect([(await good).status, handled]).toEqual([200, ['deleted']]);
  });

  it('takes a request once', async () => {
    const { header } = authorize(secret, line(), BODY);
    expect((await post(header)).status).toBe(200);
    const again = await failure(post(header));
    expect([again.status, again.message]).toEqual([401, expect.stringMatching(/, and has come before$/)]);
    expect(again.proof).toBeNull();
    expect(handled).toHaveLength(1);
  });

  it('takes no request from long ago or far ahead, nor one from before its start', async () => {
    const now = Date.now();
    for (const timeMs of [now - 301_000, now + 330_000]) {
      const { header } = authorize(secret, line(), BODY, timeMs);
      expect(await failure(post(header))).toMatchObject({
        status: 401,
        message: expect.stringMatching(
          /^The request was signed at .*Z, and the clock of this server says .*: set both/,
        ),
      });
    }
    const { header } = authorize(secret, line(), BODY, now - 60_000);
    const early = await failure(post(header));
    expect([early.status, early.message]).toEqual([503, expect.stringContaining('before this server started')]);
    expect(handled).toEqual([]);
  });

  it('holds a caller that signs to its signature where anyone may call', async () => {
    const read = (authorization: string) => fetch(`${url}/read`, { headers: { authorization } });
    expect((await fetch(`${url}/read`)).headers.get(ANSWER_PROOF)).toBeNull();
    const { header, nonce } = authorize(secret, line('GET', '/read'), '');
    const answer = await read(header);
    const body = await answer.text();
    expect(isProven(secret, nonce, 200, { body }, answer.headers.get(ANSWER_PROOF) ?? '')).toBe(true);
    expect((await read(authorize(other, line('GET', '/read'), '').header)).status).toBe(401);
    const missing = authorize(secret, line('GET', '/none'), '');
    const none = await fetch(`${url}/none`, { headers: { authorization: missing.header } });
    expect(none.status).toBe(404);
    const text = await none.text();
    expect(isProven(secret, missing.nonce, 404, { body: text }, none.headers.get(ANSWER_PROOF) ?? '')).toBe(true);
  });
});

describe('requests that are fresh', () => {
  const START = 1_000_000_000;

  it('are remembered as long as their time alone would not refuse them, and no longer', () => {
    const fresh = new FreshRequests(START);
    expect(fresh.take('a', START + 1, START + 300_001)).toBeUndefined();
    expect(fresh.take('a', START + 1, START + 300_001)).toBe('repeated');
    expect(fresh.take('b', START + 1, START + 300_002)).toBe('too old or too new');
    expect(fresh.take('a', START + 400_000, START + 400_000)).toBeUndefined();
    expect(fresh.take('a', START + 400_000, START + 700_000)).toBe('repeated');
    expect(fresh.take('c', START - 1, START)).toBe('from before the start');
    expect(fresh.take('c', START + 300_001, START)).toBe('too old or too new');
    expect(fresh.take('c', START + 300_000, START)).toBeUndefined();
  });
});

/** Another program at the port of a server that is down: it keeps all that it is sent, and answers as it likes. */
async function impostor(answer: (request: http.IncomingMessage) => { status: number; proof?: string; body: string }) {
  const heard: string[] = [];
  const fake = http.createServer((request, response) => {
    request.on('data', (bytes) => heard.push(String(bytes)));
    heard.push(`${request.method} ${request.url} ${request.rawHeaders.join('\n')}`);
    request.on('end', () => {
      const { status, proof, body } = answer(request);
      response.writeHead(status, { ...JSON_TYPE, ...(proof === undefined ? {} : { [ANSWER_PROOF]: proof }) }).end(body);
    });
  });
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  const { port } = fake.address() as net.AddressInfo;
  return { heard, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void fake.close() };
}

describe('a client', () => {
  it('does not tell the secret to another program at the server port, nor does what that program says', async () => {
    const actions = '[{"seq":1,"action":{"kind":"launch"}}]';
    await using fake = await impostor(() => ({ status: 200, body: actions }));
    const client = new JsonClient(fake.url, () => secret);
    const refused = {
      code: 'AccessControlException',
      message: expect.stringContaining(`The answer of ${fake.url}/trackers/t/actions does not prove that its sender`),
    };
    await expect(client.post('/trackers/t/actions', { after: 0 })).rejects.toMatchObject(refused);
    await expect(client.get('/trackers/t/actions')).rejects.toMatchObject(refused);
    await expect(client.delete('/trackers/t/actions')).rejects.toMatchObject(refused);
    await client.close();
    expect(fake.heard.join('\n')).toContain('Calf-HMAC-SHA256 time=');
    expect(fake.heard.join('\n')).not.toContain(TEXT);
  });

  it('does not believe a proof of another answer, nor one of its own signatures', async () => {
    const bodies = { true: '{"mayCommit":true}', false: '{"mayCommit":false}' };
    let proofOf = (_nonce: string, signature: string): string => signature;
    await using fake = await impostor(({ headers }) => {
      const { nonce = '', signature = '' } = parseAuthorization(headers.authorization) ?? {};
      return { status: 200, proof: proofOf(nonce, signature), body: bodies.true };
    });
    const ask = async () => await sendSigned(fake.url, { method: 'POST', body: {}, secret, timeoutMs: 5000 });
    await expect(ask()).rejects.toThrow('does not prove');
    proofOf = (nonce) => answerProof(secret, nonce, 200, { body: bodies.false });
    await expect(ask()).rejects.toThrow('does not prove');
    proofOf = (nonce) => answerProof(secret, nonce, 200, { length: bodies.true.length });
    await expect(ask()).rejects.toThrow('does not prove');
    proofOf = (nonce) => answerProof(secret, nonce, 200, { body: bodies.true });
    expect(await ask()).toEqual({ status: 200, text: bodies.true, isProven: true });
  });

  // A TaskTracker that is told 404 gives its tasks up, and one whose report is refused fails the attempt.
  it.each([
    [404, '{"message":"unknown tracker"}', 'unknown tracker'],
    [400, '{"RemoteException":{"javaClassName":"java.lang.IllegalArgumentException","message":"no"}}', 'no'],
  ])('takes a failure without proof, status %d, for a refusal and nothing else', async (status, body, message) => {
    await using fake = await impostor(() => ({ status, body }));
    const client = new JsonClient(fake.url, () => secret);
    await expect(client.post('/trackers/t/reports', [])).rejects.toMatchObject({
      code: 'AccessControlException',
      message,
    });
    await client.close();
  });

  it('without a secret believes what it reads, as before', async () => {
    await using fake = await impostor(() => ({ status: 200, body: '[]' }));
    const client = new JsonClient(fake.url, () => undefined);
    expect(await client.get('/jobs')).toEqual([]);
    await client.close();
  });

  it('signs the path and the host as they come to the server', async () => {
    const lines = await new Promise<string>((resolve) => {
      const fake = net.createServer((socket) =>
        socket.once('data', (bytes) => resolve(bytes.toString())).on('error', nothing),
      );
      fake.listen(0, '127.0.0.1', () => {
        const { port } = fake.address() as net.AddressInfo;
        const target = `http://127.0.0.1:${port}/jobs/a%20b?x=1&y=%2f`;
        void sendSigned(target, { method: 'GET', secret, timeoutMs: 1000 }).catch(() => fake.close());
      });
    });
    const host = /^host: (.*)\r$/im.exec(lines)?.[1] ?? '';
    expect(lines).toContain('GET /jobs/a%20b?x=1&y=%2f HTTP/1.1');
    const sent = parseAuthorization(/^authorization: (.*)\r$/im.exec(lines)?.[1]);
    expect(sent?.signature).toBe(
      secret.mac(
        'request',
        'GET',
        host,
        '/jobs/a%20b?x=1&y=%2f',
        sent?.bodyDigest ?? '',
        `${sent?.timeMs}`,
        sent?.nonce ?? '',
      ),
    );
    expect(signed(secret, 'GET', `http://${host}/`, '').nonce).not.toBe(sent?.nonce);
  });
});
