/** Decodes frames of Zstandard (RFC 8878) where Node.js has no decoder of its own. */
import { Decompress } from 'fzstd';
import xxhash from 'xxhash-wasm';
import { DamagedStreamError } from './compressed-input.ts';
import type { Decoder } from './decoder.ts';

const MAGIC = 0xfd2fb528;
/** The last 4 bits of the magic number of a frame without data are free. */
const SKIPPABLE_MAGIC = 0x184d2a50;
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const BLOCK_HEADER_BYTES = 3;
const RLE_BLOCK = 1;
const CHECKSUM_BYTES = 4;

/** Returns a function that makes the decoder of one frame. The library that decodes the blocks checks no checksums. */
export async function zstdFrameDecoder(): Promise<() => Decoder> {
  const { create64 } = await xxhash();
  return function* () {
    const magic = yield 4;
    const number = magic.readUInt32LE(0);
    if ((number & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      yield (yield 4).readUInt32LE(0);
      return;
    }
    if (number !== MAGIC) throw damaged('Unknown frame descriptor');
    const descriptor = yield 1;
    const flags = descriptor.readUInt8(0);
    const isSingleSegment = (flags & 0x20) !== 0;
    const hasChecksum = (flags & 0x04) !== 0;
    const sizeBytes = CONTENT_SIZE_BYTES[flags >> 6] || (isSingleSegment ? 1 : 0);
    const header = yield (isSingleSegment ? 0 : 1) + (DICTIONARY_ID_BYTES[flags & 3] ?? 0) + sizeBytes;
    const hash = create64();
    let out: Uint8Array[] = [];
    const engine = new Decompress((chunk) => void out.push(chunk));
    const push = (bytes: Buffer, isLast: boolean): Uint8Array => {
      out = [];
      try {
        engine.push(bytes, isLast);
      } catch (e) {
        throw damaged(e instanceof Error ? e.message : String(e), e);
      }
      const all = Buffer.concat(out);
      hash.update(all);
      return all;
    };
    push(Buffer.concat([magic, descriptor, header]), false);
    for (let isLast = false; !isLast; ) {
      const block = yield BLOCK_HEADER_BYTES;
      const bits = block.readUIntLE(0, BLOCK_HEADER_BYTES);
      isLast = (bits & 1) !== 0;
      const length = ((bits >> 1) & 3) === RLE_BLOCK ? 1 : bits >> 3;
      const data = yield length;
      const checksum = isLast && hasChecksum ? yield CHECKSUM_BYTES : Buffer.alloc(0);
      const bytes = push(Buffer.concat([block, data, checksum]), isLast);
      if (checksum.length > 0 && checksum.readUInt32LE(0) !== Number(hash.digest() & 0xffffffffn)) {
        throw damaged("Restored data doesn't match checksum");
      }
      if (bytes.length > 0) yield bytes;
    }
  };
}

const damaged = (message: string, cause?: unknown) => new DamagedStreamError('IOException', message, cause);
