/** Gets the segments of one reduce from several outputs of one tracker with one request, as Hadoop's Fetcher. */
import { SegmentError } from '../sort/segment.ts';
import {
  FetchError,
  type FetchedSegment,
  gather,
  inMemory,
  onDisk,
  openAnswer,
  type SegmentSource,
  store,
} from './fetch-segment.ts';

/** Before each segment stand its bytes, as a number; -1 for an output that is not there. */
const HEADER_BYTES = 8;

export interface SegmentTaker {
  /** Returns a local file for a segment. */
  file(): string;
  mayUseMemory(source: SegmentSource, bytes: number): boolean;
  fetched(source: SegmentSource, segment: FetchedSegment): void;
  failed(source: SegmentSource, error: FetchError): void;
}

/**
 * Fetches segments, and checks each one's checksums. Returns the sources whose turn did not come, because the answer broke
 * off in one before them, which has failed.
 * @param sources of one server and one job, at least one
 */
export async function fetchSegments(
  sources: readonly SegmentSource[],
  taker: SegmentTaker,
): Promise<readonly SegmentSource[]> {
  const [first] = sources;
  if (!first) return [];
  const maps = sources.map(({ attemptId }) => attemptId).join(',');
  const url = `${first.url}/mapOutput?map=${maps}&reduce=${first.reduce}`;
  let answer: Answer | undefined;
  for (const [i, source] of sources.entries()) {
    try {
      answer ??= new Answer((await openAnswer(url, first.jobToken)).body);
      const length = Number((await answer.take(HEADER_BYTES)).readBigInt64BE());
      if (length < 0) taker.failed(source, new FetchError('WRONG_MAP', `${url}: no output of ${source.attemptId}`));
      else taker.fetched(source, await segmentOf(source, length, answer.pieces(length), taker));
    } catch (e) {
      answer?.end();
      const isKnown = e instanceof FetchError;
      const kind = e instanceof SegmentError ? 'WRONG_LENGTH' : 'IO_ERROR';
      taker.failed(source, isKnown ? e : new FetchError(kind, `${url}: ${source.attemptId}: ${String(e)}`, e));
      return sources.slice(i + 1);
    }
  }
  return [];
}

async function segmentOf(
  source: SegmentSource,
  length: number,
  pieces: AsyncIterable<Buffer>,
  taker: SegmentTaker,
): Promise<FetchedSegment> {
  if (taker.mayUseMemory(source, length)) return inMemory(await gather(pieces, length));
  const file = taker.file();
  await store(pieces, length, file);
  return onDisk(file, { offset: 0, length }, file);
}

/** The body of an answer, of which parts are taken one after the other. */
class Answer {
  readonly #body: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Buffer>) {
    this.#body = body[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.pieces(length)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Yields the next bytes. @throws SegmentError if the body ends before */
  async *pieces(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (this.#rest.length === 0) {
        const next = await this.#body.next();
        if (next.done) throw new SegmentError('A segment is cut off');
        this.#rest = next.value;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** Gives up what is left, and closes the connection. */
  end(): void {
    this.#body.return?.().catch(() => undefined);
  }
}
