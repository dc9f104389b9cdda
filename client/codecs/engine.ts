/** Runs one of Node's decompressors over one compressed stream of a file. */
import type { Transform } from 'node:stream';
import { nothing } from '../../runtime/promises.ts';
import { type CompressedInput, DamagedStreamError } from './compressed-input.ts';

/** A decompressor of node:zlib. It ends by itself where its compressed stream ends. */
export interface Engine extends Transform {
  /** Number of bytes that were given to the decompressor and used by it. */
  readonly bytesWritten: number;
}

/**
 * Yields the decompressed bytes of one stream. Bytes after the stream's end stay in the input.
 * @throws DamagedStreamError
 */
export async function* inflated(input: CompressedInput, engine: Engine): AsyncGenerator<Uint8Array> {
  const ended = new Promise<void>((resolve) => {
    engine.once('end', resolve);
    engine.once('close', resolve);
  });
  const feeding = feed(input, engine, ended);
  // The failure is thrown below; an engine that fails ends the loop first.
  feeding.catch(nothing);
  try {
    for await (const chunk of engine) yield chunk as Uint8Array;
    await feeding;
  } catch (e) {
    throw zlibFailure(e) ?? e;
  } finally {
    engine.destroy();
  }
}

/** Gives pieces to the engine until the stream or the file ends. */
async function feed(input: CompressedInput, engine: Engine, ended: Promise<void>): Promise<void> {
  try {
    for (let given = 0; ; ) {
      const piece = await input.next();
      if (engine.destroyed) return;
      if (!piece) {
        engine.end();
        return;
      }
      given += piece.length;
      const written = new Promise<void>((resolve) => void engine.write(piece, () => resolve()));
      await Promise.race([written, ended]);
      // An engine uses all that it is given, until its stream ends.
      const unused = given - engine.bytesWritten;
      if (unused === 0) continue;
      input.putBack(piece.subarray(piece.length - unused));
      return;
    }
  } catch (e) {
    engine.destroy(e as Error);
  }
}

/** Returns a failure of node:zlib in Hadoop's words. */
export function zlibFailure(e: unknown): Error | undefined {
  if (!(e instanceof Error) || !('errno' in e) || !('code' in e) || 'syscall' in e) return undefined;
  if (e.code === 'Z_BUF_ERROR') return DamagedStreamError.cutOff(e);
  return new DamagedStreamError('IOException', e.message, e);
}
