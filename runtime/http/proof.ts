/**
 * The proofs in the headers of a request and of its answer: whoever sent this knows a secret, which is not sent itself.
 *
 *     Authorization: Calf-HMAC-SHA256 time=MS, nonce=32 HEX, body=64 HEX, signature=64 HEX
 *     Calf-Answer-Proof: 64 HEX
 *
 * A request's signature covers its method, host, path with query, the SHA-256 of its body, its time (milliseconds since
 * the epoch) and its nonce, which no other request has. An answer's proof covers that nonce, the status and the content.
 */
import { createHash } from 'node:crypto';
import { systemClock, systemRandom } from '../runtime.ts';
import { isSameText, type SharedSecret } from './shared-secret.ts';

export const SCHEME = 'Calf-HMAC-SHA256';
/** The header of an answer's proof, as Node spells names of headers. */
export const ANSWER_PROOF = 'calf-answer-proof';

const NONCE_BYTES = 16;
const AUTHORIZATION = new RegExp(
  `^${SCHEME} time=(\\d{1,15}), nonce=([0-9a-f]{32}), body=([0-9a-f]{64}), signature=([0-9a-f]{64})$`,
);

/** The parts of a request that nobody may change on the way. */
export interface RequestLine {
  readonly method: string;
  /** The header Host. */
  readonly host: string;
  /** The path with its query. */
  readonly target: string;
}

/** The header Authorization, taken apart. */
export interface Authorization {
  readonly timeMs: number;
  readonly nonce: string;
  readonly bodyDigest: string;
  readonly signature: string;
}

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Returns the header Authorization of a request, and the nonce over which its answer is signed. */
export function authorize(
  secret: SharedSecret,
  line: RequestLine,
  body: string | Uint8Array,
  timeMs: number = systemClock.now(),
): { readonly header: string; readonly nonce: string } {
  const nonce = Buffer.from(systemRandom.bytes(NONCE_BYTES)).toString('hex');
  const bodyDigest = sha256(body);
  const signature = signatureOf(secret, line, { timeMs, nonce, bodyDigest });
  return { header: `${SCHEME} time=${timeMs}, nonce=${nonce}, body=${bodyDigest}, signature=${signature}`, nonce };
}

/** Returns undefined for a header that is not of this scheme. */
export function parseAuthorization(header: string | undefined): Authorization | undefined {
  const [, time = '', nonce = '', bodyDigest = '', signature = ''] = AUTHORIZATION.exec(header ?? '') ?? [];
  return signature === '' ? undefined : { timeMs: Number(time), nonce, bodyDigest, signature };
}

/** Returns whether the request was signed with this secret. */
export function isSigned(secret: SharedSecret, line: RequestLine, authorization: Authorization): boolean {
  return isSameText(authorization.signature, signatureOf(secret, line, authorization));
}

function signatureOf(
  secret: SharedSecret,
  { method, host, target }: RequestLine,
  { timeMs, nonce, bodyDigest }: Omit<Authorization, 'signature'>,
): string {
  return secret.mac('request', method, host, target, bodyDigest, String(timeMs), nonce);
}

/** The content of an answer, as far as its proof covers it: all of it, or the length of a stream alone. */
export type Proven = { readonly body: string | Uint8Array } | { readonly length: number };

/** Returns the value of the header Calf-Answer-Proof. */
export function answerProof(secret: SharedSecret, nonce: string, status: number, content: Proven): string {
  const covered = 'body' in content ? ['body', sha256(content.body)] : ['length', String(content.length)];
  return secret.mac('answer', nonce, String(status), ...covered);
}

/** Returns whether the server that sent this answer knows the secret. */
export function isProven(
  secret: SharedSecret,
  nonce: string,
  status: number,
  content: Proven,
  header: string | readonly string[] | undefined,
): boolean {
  return typeof header === 'string' && isSameText(header, answerProof(secret, nonce, status, content));
}
