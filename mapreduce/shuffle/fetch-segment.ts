/** Gets the segment of one reduce from a map's output, over HTTP or from this disk, and checks it. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { messageOf } from '../../runtime/errors.ts';
import { ANSWER_PROOF, isProven } from '../../runtime/http/proof.ts';
import { SharedSecret } from '../../runtime/http/shared-secret.ts';
import { signed } from '../../runtime/http/signed-client.ts';
import { nothing } from '../../runtime/promises.ts';
import type { ShuffleErrorName } from '../job/counter-names.ts';
import { parseAttemptId } from '../job/job-id.ts';
import type { MapOutputLocation } from '../job/messages.ts';
import { readMapOutput } from '../sort/map-output-index.ts';
import { readFromBytes, SegmentError, SegmentReader, SegmentVerifier } from '../sort/segment.ts';
import type { SegmentFiles } from '../sort/spill-file.ts';

/** Thrown if a map output cannot be fetched; `kind` is the counter in Hadoop's group "Shuffle Errors". */
export class FetchError extends Error {
  override readonly name = 'FetchError';
  readonly kind: ShuffleErrorName;

  constructor(kind: ShuffleErrorName, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** The place of a segment, and the token of the job that it belongs to. */
export interface SegmentSource extends MapOutputLocation {
  readonly reduce: number;
  readonly jobToken: string;
}

/** A fetched segment whose checksums are right, in memory or in a local file. */
export interface FetchedSegment {
  readonly bytes: number;
  readonly inMemory: boolean;
  /** The reduce's own file, which goes when the segment is merged. */
  readonly file?: string;
  open(files: SegmentFiles): SegmentReader;
}

/**
 * Fetches the segment of one reduce and checks its checksums. If `mayUseMemory` refuses its length, the segment goes into
 * `file`.
 * @throws FetchError
 */
export async function fetchSegment(
  source: SegmentSource,
  file: string,
  mayUseMemory: (bytes: number) => boolean,
): Promise<FetchedSegment> {
  const { url: server, attemptId, reduce, jobToken } = source;
  if (server.startsWith('file:')) return openLocal(source, reduce);
  const url = `${server}/mapOutput?map=${attemptId}&reduce=${reduce}`;
  const { body, length } = await openAnswer(url, jobToken);
  try {
    if (mayUseMemory(length)) return inMemory(await gather(body, length));
    await store(body, length, file);
    return onDisk(file, { offset: 0, length }, file);
  } catch (e) {
    throw fetchError(url, e);
  }
}

function fetchError(url: string, e: unknown): FetchError {
  if (e instanceof FetchError) return e;
  return new FetchError(e instanceof SegmentError ? 'WRONG_LENGTH' : 'IO_ERROR', `${url}: ${messageOf(e)}`, e);
}

/** Asks a shuffle server, which must prove that it knows the token of the job. @throws FetchError */
export async function openAnswer(
  url: string,
  jobToken: string,
): Promise<{ readonly body: AsyncIterable<Buffer>; readonly length: number }> {
  const secret = new SharedSecret(jobToken);
  const { authorization, nonce } = signed(secret, 'GET', url, '');
  let response: Awaited<ReturnType<typeof request>>;
  try {
    response = await request(url, { headers: { authorization }, headersTimeout: 30_000, bodyTimeout: 60_000 });
  } catch (e) {
    throw new FetchError('CONNECTION', `${url}: ${messageOf(e)}`, e);
  }
  const { statusCode, headers, body } = response;
  try {
    if (statusCode !== 200) {
      const kind = statusCode === 404 ? 'WRONG_MAP' : 'IO_ERROR';
      throw new FetchError(kind, `${url}: status ${statusCode}: ${(await body.text()).slice(0, 200)}`);
    }
  } catch (e) {
    throw fetchError(url, e);
  }
  const length = contentLength(headers['content-length']);
  if (length === undefined) {
    body.on('error', nothing).destroy();
    throw new FetchError('WRONG_LENGTH', `${url}: its content-length is '${headers['content-length'] ?? ''}'`);
  }
  // The segment's own checksums tell damage. That it comes from a TaskTracker of the cluster is told by the header.
  if (!isProven(secret, nonce, statusCode, { length }, headers[ANSWER_PROOF])) {
    body.on('error', nothing).destroy();
    throw new FetchError('IO_ERROR', `${url}: the server does not prove that it knows the token of the job`);
  }
  return { body, length };
}

/** Returns undefined if the header is missing or is no length: without it, a segment that was cut off would not show. */
function contentLength(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d+$/.test(header)) return undefined;
  const length = Number(header);
  return Number.isSafeInteger(length) ? length : undefined;
}

/** Finds the map's file on this disk, where jobs without a cluster have it. Its checksums are checked while it is read. */
async function openLocal(location: MapOutputLocation, reduce: number): Promise<FetchedSegment> {
  const parsed = parseAttemptId(location.attemptId);
  if (!parsed) throw new FetchError('BAD_ID', `${location.attemptId} is no attempt id`);
  const directory = path.join(fileURLToPath(location.url), parsed.jobId, location.attemptId);
  try {
    const output = await readMapOutput(directory);
    const range = output.index[reduce];
    if (!range) throw new FetchError('WRONG_REDUCE', `${directory} has no reduce ${reduce}`);
    return onDisk(output.path, range);
  } catch (e) {
    if (e instanceof FetchError) throw e;
    throw new FetchError('IO_ERROR', `${directory}: ${messageOf(e)}`, e);
  }
}

/** @throws SegmentError for other bytes than those of a segment of this length */
export async function gather(body: AsyncIterable<Buffer>, length: number): Promise<Buffer> {
  const verifier = new SegmentVerifier(length);
  // The pieces may be parts of larger buffers, which are not to be kept.
  const bytes = Buffer.allocUnsafeSlow(length);
  let at = 0;
  for await (const piece of body) {
    verifier.feed(piece);
    at += piece.copy(bytes, at);
  }
  verifier.end();
  return bytes.subarray(0, at);
}

/** Writes a segment into a file. @throws as gather() */
export async function store(body: AsyncIterable<Buffer>, length: number, file: string): Promise<void> {
  const verifier = new SegmentVerifier(length);
  const handle = await fs.promises.open(file, 'w');
  try {
    for await (const piece of body) {
      verifier.feed(piece);
      await handle.appendFile(piece);
    }
    verifier.end();
  } finally {
    await handle.close();
  }
}

export function inMemory(bytes: Buffer): FetchedSegment {
  return { bytes: bytes.length, inMemory: true, open: ({ codec }) => new SegmentReader(readFromBytes(bytes), codec) };
}

export function onDisk(
  place: string,
  range: { readonly offset: number; readonly length: number },
  file?: string,
): FetchedSegment {
  const open: FetchedSegment['open'] = (files) => files.reader(place, range);
  return { bytes: range.length, inMemory: false, open, ...(file === undefined ? {} : { file }) };
}
