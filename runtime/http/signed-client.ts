/** The client's side of signed requests: every request of our own programs goes out through here. */
import { type Dispatcher, request } from 'undici';
import { hadoopError } from '../errors.ts';
import { ANSWER_PROOF, authorize, isProven } from './proof.ts';
import type { SharedSecret } from './shared-secret.ts';

export interface SignedCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** A value that is sent as JSON. */
  readonly body?: unknown;
  /** Without it, the request is not signed and its answer is believed as it is. */
  readonly secret: SharedSecret | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly dispatcher?: Dispatcher;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Whether the answer may be acted on: the server has proved that it knows the secret, or no secret is in use. */
  readonly isProven: boolean;
}

/** Signs a request, and returns a function that tells whether the header of its answer proves the same secret. */
export function signed(secret: SharedSecret, method: string, url: string, body: string) {
  const { host, pathname, search } = new URL(url);
  const { header, nonce } = authorize(secret, { method, host, target: `${pathname}${search}` }, body);
  return { authorization: header, nonce };
}

/**
 * Sends a request and reads its answer whole.
 * @throws AccessControlException for a success that the server does not prove: another program has its port
 */
export async function sendSigned(url: string, call: SignedCall): Promise<Answer> {
  const { method, secret, timeoutMs, signal, dispatcher } = call;
  const body = call.body === undefined ? '' : JSON.stringify(call.body);
  const signature = secret && signed(secret, method, url, body);
  const response = await request(url, {
    method,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    ...(dispatcher ? { dispatcher } : {}),
    ...(signal ? { signal } : {}),
    headers: {
      ...(signature ? { authorization: signature.authorization } : {}),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === '' ? {} : { body }),
  });
  const { statusCode: status, headers } = response;
  const bytes = new Uint8Array(await response.body.arrayBuffer());
  const proven =
    !secret || !signature || isProven(secret, signature.nonce, status, { body: bytes }, headers[ANSWER_PROOF]);
  if (!proven && status < 400) {
    throw hadoopError(
      'AccessControlException',
      `The answer of ${url} does not prove that its sender knows the secret of this cluster: another program has the ` +
        "server's port, or the server has another secret (calf.http.secret.file)",
    );
  }
  return { status, text: Buffer.from(bytes).toString(), isProven: proven };
}
