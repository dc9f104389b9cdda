/** Decompresses whole files. */
import type { Codec, CodecEngine } from './codec.ts';
import { CompressedInput, DamagedStreamError, damage } from './compressed-input.ts';

export interface DecompressOptions {
  /** Name of the file in messages. */
  readonly file: string;
  /** Bytes after the first stream that begin no other stream are ignored, as Java's GZIPInputStream does. */
  readonly ignoreTrailing?: boolean;
}

/**
 * Yields the decompressed bytes of a file. Several streams one after the other are one file, as in Hadoop's
 * DecompressorStream; there, other bytes after a stream are an error.
 * @throws HadoopError of the file and the offset for a file that is damaged or cut off
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  codec: Codec,
  { file, ignoreTrailing = false }: DecompressOptions,
): AsyncGenerator<Uint8Array> {
  const { stream } = await engineOf(codec);
  const input = new CompressedInput(source);
  let streams = 0;
  let bytes = 0;
  try {
    do {
      bytes = 0;
      for await (const chunk of stream(input)) {
        bytes += chunk.length;
        yield chunk;
      }
      streams++;
    } while (!(await input.isAtEnd()));
  } catch (e) {
    if (!(e instanceof DamagedStreamError)) throw e;
    if (ignoreTrailing && streams > 0 && bytes === 0) return;
    throw damage(file, input.position, e);
  } finally {
    await input.close();
  }
}

/** Loads a codec, once. @throws Error for a codec that Calf does not have */
export async function engineOf({ name, load }: Codec): Promise<CodecEngine> {
  if (!load) throw new Error(`Calf has no ${name}`);
  let engine = engines.get(load);
  if (!engine) {
    engine = load();
    engines.set(load, engine);
  }
  return await engine;
}

const engines = new Map<NonNullable<Codec['load']>, Promise<CodecEngine>>();
