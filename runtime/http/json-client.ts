/** JSON over HTTP. */
import { Agent } from 'undici';
import { HadoopError, hadoopError } from '../errors.ts';
import type { SharedSecret } from './shared-secret.ts';
import { type Answer, sendSigned } from './signed-client.ts';

const TIMEOUT_MS = 30_000;

/** An answer with another status than 200 that names no exception. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type SecretOf = (method: 'GET' | 'POST' | 'DELETE') => SharedSecret | undefined;

/** A client of one server. A RemoteException that the server sends is thrown as a HadoopError. */
export class JsonClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAliveTimeout: 30_000, connections: 8 });

  readonly #secret: SecretOf;

  /** @param secret returns the secret with which a request is signed; undefined sends it as it is, and believes any answer */
  constructor(url: string, secret: SecretOf) {
    this.#url = url;
    this.#secret = secret;
  }

  async get<T>(path: string, signal?: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<T> {
    return await this.#send<T>('GET', path, undefined, signal, timeoutMs);
  }

  async post<T>(path: string, body: unknown, signal?: AbortSignal, timeoutMs = TIMEOUT_MS): Promise<T> {
    return await this.#send<T>('POST', path, body, signal, timeoutMs);
  }

  async delete(path: string, signal?: AbortSignal): Promise<void> {
    await this.#send('DELETE', path, undefined, signal, TIMEOUT_MS);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send<T>(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body: unknown,
    signal: AbortSignal | undefined,
    timeoutMs: number,
  ): Promise<T> {
    const secret = this.#secret(method);
    const answer = await sendSigned(`${this.#url}${path}`, {
      ...{ method, body, secret, timeoutMs, signal },
      dispatcher: this.#agent,
    });
    if (answer.status === 200) return JSON.parse(answer.text) as T;
    throw toError(answer);
  }
}

/** Returns the failure that an answer tells of. One that the server does not prove is no failure of the operation. */
function toError({ status, text, isProven }: Answer): Error {
  let answer: { message?: string; RemoteException?: { javaClassName: string; message: string } };
  try {
    answer = JSON.parse(text);
  } catch (e) {
    return hadoopError('IOException', `Unexpected answer, status ${status}: ${text.slice(0, 200)}`, e);
  }
  const { RemoteException: remote, message } = answer;
  if (!isProven) return hadoopError('AccessControlException', remote?.message ?? message ?? `status ${status}`);
  if (remote) return new HadoopError(remote.javaClassName, remote.message);
  return new HttpStatusError(status, message ?? `status ${status}`);
}
