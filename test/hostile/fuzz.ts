// Sends requests to the daemons and judges the answers.
import net from 'node:net';
import { authorize } from '../../runtime/http/proof.ts';
import type { SharedSecret } from '../../runtime/http/shared-secret.ts';
import { SeededRandom } from '../fuzz/random.ts';
import { signedFetch } from '../runtime/http/signed-fetch.ts';
import type { Arena } from './arena.ts';
import { type Shot, shotsOfMembers, shotsOfStrangers, shotsWithBodies } from './shots.ts';
import { MARKUP } from './values.ts';

/** Enough to see the kind of a fault. */
const PROBLEMS_MAX = 20;
const AT_ONCE = 32;
/** No route may take longer: the values name no job whose change could be waited for. */
const ANSWER_MS_MAX = 20_000;
/** Longest head that a server reads. The answer to a longer one may be lost, because the server closes while it is sent. */
const HEAD_BYTES_MAX = 16 * 1024;

const MAKERS = [shotsOfStrangers, shotsOfMembers, shotsWithBodies] as const;

export interface Answer {
  /** NaN if the server closed the connection without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Sends no more requests than this, chosen by the seed. Default: all. */
  readonly requestsMax?: number;
  /** Sends no more after this time, of performance.now(). */
  readonly until?: number;
}

/** Sends the requests. @returns their number. @throws Error that shows a request with a bad answer, or what it broke */
export async function fuzz(
  arena: Arena,
  { seed, requestsMax = Infinity, until = Infinity }: FuzzOptions,
): Promise<number> {
  const random = new SeededRandom(seed);
  const known = await factsOf(arena);
  let sent = 0;
  const problems: string[] = [];
  for (const [at, make] of MAKERS.entries()) {
    const chosen = shuffled([...make(arena)], random).slice(0, requestsMax / MAKERS.length);
    const next = chosen[Symbol.iterator]();
    const untilHere = Math.min(until, performance.now() + (until - performance.now()) / (MAKERS.length - at));
    const worker = async (): Promise<void> => {
      for (const shot of next) {
        if (performance.now() > untilHere || problems.length >= PROBLEMS_MAX) return;
        const problem = judge(shot, await send(shot, arena.secret), arena);
        if (problem !== undefined) problems.push(`${problem}\n${show(shot)}`);
        sent++;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const harm = await arena.harm();
    if (make === shotsOfStrangers && (await factsOf(arena)) !== known) harm.push('a stranger has changed something');
    problems.push(...harm.map((line) => `after ${make.name}: ${line}`));
  }
  if (problems.length > 0) throw new Error(problems.join('\n\n'));
  return sent;
}

/** Returns the requests in an order of the seed, so that any part of them is of every kind. */
function shuffled<T>(items: T[], random: SeededRandom): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j] as T, items[i] as T];
  }
  return items;
}

/** Returns what callers without the secret must not change. */
export async function factsOf({ ports, secret }: Arena): Promise<string> {
  const get = async (port: number, path: string): Promise<string> =>
    await (await signedFetch(secret, `http://127.0.0.1:${port}${path}`)).text();
  const asked = [get(ports.JobTracker, '/jobs'), get(ports.JobTracker, '/trackers')];
  return (await Promise.all([...asked, get(ports.NameNode, '/fault'), get(ports.DataNode, '/fault')])).join('\n');
}

/** Returns the reason for which an answer is bad; undefined for a good one. */
export function judge(
  shot: Shot,
  answer: Answer,
  { secrets, incidents }: Pick<Arena, 'secrets' | 'incidents'>,
): string | undefined {
  const { status, headers, body } = answer;
  const incident = incidents.shift();
  if (incident !== undefined) return `a daemon's log: ${incident.slice(0, 2000)}`;
  // Node.js closes the connection of one who wants a proxy.
  if (Number.isNaN(status) && shot.head[0]?.startsWith('CONNECT ')) return undefined;
  if (Number.isNaN(status)) return shot.head.join('\r\n').length > HEAD_BYTES_MAX ? undefined : 'no answer';
  if (status >= 500) return `status ${status}: ${body.slice(0, 500)}`;
  if ('x-injected' in headers) return 'the answer has a header of the caller';
  const secret = secrets.find((text) => body.includes(text));
  if (secret !== undefined) return `the answer shows ${secret.slice(0, 12)}…`;
  if (status >= 400 && /\n\s+at .*:\d+:\d+|node_modules/.test(body))
    return `the answer has a stack: ${body.slice(0, 500)}`;
  const type = headers['content-type'] ?? '';
  if (body !== '' && type === '') return 'the answer has no content type, so that a browser would guess one';
  if (/html|xml/.test(type) && MARKUP.some((text) => body.includes(text))) return 'the page has markup of the caller';
  // Requests that are no HTTP come to no route: their answer is the server's own, of a fixed text.
  const isOwn =
    headers['x-content-type-options'] === 'nosniff' || status === 431 || body.includes('"message":"Client Error"');
  if (body !== '' && !isOwn) return 'the answer lets a browser guess its type';
  return undefined;
}

const show = ({ daemon, head, body }: Shot): string =>
  `to the ${daemon}:\n${JSON.stringify([...head.map((line) => line.slice(0, 200)), body.slice(0, 1200)], null, 1)}`;

/** Sends a request, and reads until the server closes the connection. */
export async function send({ port, head, body, isSigned }: Shot, secret: SharedSecret): Promise<Answer> {
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => socket.destroy(), ANSWER_MS_MAX);
  socket.on('data', (chunk) => chunks.push(chunk)).on('error', () => socket.destroy());
  const proof = isSigned ? [`authorization: ${authorizationOf(head, body, secret)}`] : [];
  socket.write(`${[...head, ...proof, 'connection: close'].join('\r\n')}\r\n\r\n${body}`);
  await new Promise((resolve) => socket.once('close', resolve));
  clearTimeout(timer);
  return parseAnswer(Buffer.concat(chunks).toString('latin1'));
}

/** Signs a request, of which a server sees the bytes of the target as characters. */
function authorizationOf(head: readonly string[], body: string, secret: SharedSecret): string {
  const [, method = '', text = ''] = /^(\S*) (.*) HTTP\/1\.1$/s.exec(head[0] ?? '') ?? [];
  const host = head.find((line) => line.startsWith('host: '))?.slice('host: '.length) ?? '';
  return authorize(secret, { method, host, target: Buffer.from(text).toString('latin1') }, body).header;
}

export function parseAnswer(whole: string): Answer {
  const text = whole.replace(/^(HTTP\/1\.1 1\d\d [^\r]*\r\n\r\n)+/, '');
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end < 0 ? 0 : end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':')[0]?.toLowerCase() ?? '', line.replace(/^.*?:\s*/, '')]),
  );
  const sent = text.slice(end + 4);
  // Of chunks, only the last one, which is empty, is of interest here.
  const body = headers['transfer-encoding'] === 'chunked' && sent === '0\r\n\r\n' ? '' : sent;
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]), headers, body };
}
