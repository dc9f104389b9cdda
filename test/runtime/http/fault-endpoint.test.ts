// The routes below /fault: a fault that is refused tells why, and a mistake in our own code is no refusal.
import { afterEach, expect, it } from 'vitest';
import { hadoopError } from '../../../runtime/errors.ts';
import { HttpServer } from '../../../runtime/http/http-server.ts';
import { SharedSecret } from '../../../runtime/http/shared-secret.ts';
import { signedFetch } from './signed-fetch.ts';

const secret = new SharedSecret('s'.repeat(32));
let server: HttpServer | undefined;
afterEach(async () => {
  await server?.close();
});

async function put(thrown: unknown): Promise<[number, unknown]> {
  const fails = () => {
    throw thrown;
  };
  server = new HttpServer({
    secret,
    faults: { rain: { set: fails, clear: () => undefined, active: () => undefined } },
  });
  const { host, port } = await server.listen(0, '127.0.0.1');
  const answer = await signedFetch(secret, `http://${host}:${port}/fault/rain`, { method: 'PUT', body: '{}' });
  return [answer.status, await answer.json()];
}

it.each([
  ['of Hadoop', hadoopError('IllegalArgumentException', 'no such cloud')],
  ['of the system', Object.assign(new Error('no such cloud'), { code: 'ENOENT' })],
])('a failure %s is answered with 400 and the reason', async (_what, failure) => {
  expect(await put(failure)).toEqual([400, { error: 'no such cloud' }]);
});

it.each([new TypeError('planted'), new Error('planted')])('%s is answered with 500', async (mistake) => {
  expect(await put(mistake)).toEqual([
    500,
    { RemoteException: { exception: 'IOException', javaClassName: 'java.io.IOException', message: 'planted' } },
  ]);
});
