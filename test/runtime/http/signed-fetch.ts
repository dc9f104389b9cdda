// Requests that are signed as our own clients sign them, for tests that write the body or the headers by hand.
import type { SharedSecret } from '../../../runtime/http/shared-secret.ts';
import { signed } from '../../../runtime/http/signed-client.ts';

/** Sends a request with a JSON body, signed. The answer's proof is not looked at. */
export async function signedFetch(
  secret: SharedSecret,
  url: string,
  { method = 'GET', body = '' }: { readonly method?: string; readonly body?: string } = {},
): Promise<Response> {
  const { authorization } = signed(secret, method, url, body);
  const headers = { authorization, ...(body === '' ? {} : { 'content-type': 'application/json' }) };
  return await fetch(url, { method, headers, ...(body === '' ? {} : { body }) });
}

/** Returns the header lines `host` and `authorization` of a request that is written by hand. */
export function signedLines(secret: SharedSecret, method: string, url: string, body = ''): string[] {
  return [`host: ${new URL(url).host}`, `authorization: ${signed(secret, method, url, body).authorization}`];
}
