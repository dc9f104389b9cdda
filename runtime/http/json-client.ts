/** JSON over HTTP. */
import { Agent, request } from 'undici';
import { HadoopError, hadoopError } from '../errors.ts';
import type { ClusterSecret } from './cluster-secret.ts';

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

/** A client of one server. A RemoteException that the server sends is thrown as a HadoopError. */
export class JsonClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAliveTimeout: 30_000, connections: 8 });

  readonly #secret: () => ClusterSecret | undefined;

  /** @param secret is called for each request that changes something, and returns the secret to send with it */
  constructor(url: string, secret: () => ClusterSecret | undefined) {
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
    const authorization = method === 'GET' ? undefined : this.#secret()?.authorization;
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await request(`${this.#url}${path}`, {
      method,
      dispatcher: this.#agent,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      ...(signal ? { signal } : {}),
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode === 200) return JSON.parse(text) as T;
    throw toError(response.statusCode, text);
  }
}

function toError(status: number, text: string): Error {
  let answer: { message?: string; RemoteException?: { javaClassName: string; message: string } };
  try {
    answer = JSON.parse(text);
  } catch (e) {
    return hadoopError('IOException', `Unexpected answer, status ${status}: ${text.slice(0, 200)}`, e);
  }
  const { RemoteException: remote, message } = answer;
  if (remote) return new HadoopError(remote.javaClassName, remote.message);
  return new HttpStatusError(status, message ?? `status ${status}`);
}
