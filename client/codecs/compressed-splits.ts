/** Cuts compressed files into splits at the blocks of their codec (Hadoop: SplittableCompressionCodec). */
import { bzip2Library } from './bzip2.ts';
import { bzip2Blocks, FIRST_BLOCK } from './bzip2-blocks.ts';
import { CompressedInput, DamagedStreamError, damage } from './compressed-input.ts';

/** Decompressed bytes for the reader of a split. */
export interface SplitBlock {
  /** Whether the bytes are the last ones of the split; those after them belong to the next split. */
  readonly isLast: boolean;
  readonly bytes: Uint8Array;
}

/** Whether the file's first block can't lie in an earlier split than this one. */
export function hasFirstBlock(start: number): boolean {
  return start <= FIRST_BLOCK;
}

/**
 * Yields the blocks of the split [start, end) of a bzip2 file, and then those after it. A block belongs to the split in
 * which the byte with its first bit lies. So the splits of a file, one after the other, have the bytes of the file, each
 * once. A split in which no block begins yields nothing.
 * @param source the bytes of the file from `start` on, beyond `end`
 * @throws HadoopError of the file and the offset for a file that is damaged or cut off
 */
export async function* blocksOfSplit(
  source: AsyncIterable<Uint8Array>,
  { file, start, end }: { readonly file: string; readonly start: number; readonly end: number },
): AsyncGenerator<SplitBlock> {
  const input = new CompressedInput(source, start);
  let begun = false;
  try {
    for await (const block of bzip2Blocks(input, await bzip2Library())) {
      if (!begun && block.start >= end) return;
      begun = true;
      const isLast = block.start < end && block.next >= end;
      yield { bytes: block.bytes, isLast };
    }
  } catch (e) {
    if (!(e instanceof DamagedStreamError)) throw e;
    throw damage(file, input.position, e);
  } finally {
    await input.close();
  }
}
