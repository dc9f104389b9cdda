/** Runs a decoder that says how many bytes it needs next, over a file or over bytes in memory. */
import { type CompressedInput, DamagedStreamError } from './compressed-input.ts';

/**
 * Decodes one compressed stream without IO. A number that it yields asks for exactly this many bytes, which next() then
 * gives; a Uint8Array is a piece of the result.
 */
export type Decoder = Generator<number | Uint8Array, void, Buffer>;

/** Yields the bytes that the decoder makes of the next stream of the input. @throws DamagedStreamError */
export async function* decoded(input: CompressedInput, decoder: Decoder): AsyncGenerator<Uint8Array> {
  let given: Buffer = Buffer.alloc(0);
  for (;;) {
    const { done, value } = decoder.next(given);
    if (done) return;
    if (typeof value === 'number') {
      const bytes = await input.take(value);
      if (!bytes) throw DamagedStreamError.cutOff();
      given = bytes;
    } else yield value;
  }
}

/** Returns the bytes of all streams in memory; `create` makes the decoder of each. @throws DamagedStreamError */
export function decodedBytes(source: Uint8Array, create: () => Decoder): Buffer {
  const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  const parts: Uint8Array[] = [];
  let position = 0;
  do {
    const decoder = create();
    let given: Buffer = Buffer.alloc(0);
    for (let step = decoder.next(given); !step.done; step = decoder.next(given)) {
      if (typeof step.value !== 'number') parts.push(step.value);
      else {
        if (position + step.value > bytes.length) throw DamagedStreamError.cutOff();
        given = bytes.subarray(position, position + step.value);
        position += step.value;
      }
    }
  } while (position < bytes.length);
  return Buffer.concat(parts);
}
