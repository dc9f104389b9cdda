/** The header of a SequenceFile. */
import { hadoopError } from '../../runtime/errors.ts';
import { type DataInput, textBytes } from './data-input.ts';

const MAGIC = 'SEQ';
const VERSION = 6;
/** The first version whose class names are Text and that tells of the compression of blocks. */
const VERSION_MIN = 4;
const VERSION_WITH_CODEC = 5;
export const SYNC_BYTES = 16;

/**
 *     ┌───────┬─────────┬────────────┬──────────────┬────────────┬───────────┬─────────┬──────────┬─────────┐
 *     │ SEQ 6 │ key     │ value      │ compressed?  │ blocks?    │ codec,    │ number  │ metadata │ 16 sync │
 *     │       │ class   │ class      │ byte         │ byte       │ if any    │ of int  │ as Texts │ bytes   │
 *     └───────┴─────────┴────────────┴──────────────┴────────────┴───────────┴─────────┴──────────┴─────────┘
 */
export interface Header {
  readonly keyClass: string;
  readonly valueClass: string;
  readonly isBlockCompressed: boolean;
  /** The class of the codec. Undefined: the file is not compressed. */
  readonly codecClass?: string | undefined;
  readonly metadata: ReadonlyMap<string, string>;
  readonly sync: Uint8Array;
}

/**
 * @throws EOFException if the header goes on behind the bytes
 * @throws IOException for a file that is no SequenceFile, or is one of an older version
 */
export function readHeader(input: DataInput, file: string): Header {
  const begin = input.take(MAGIC.length + 1);
  if (begin.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw hadoopError('IOException', `${file} not a SequenceFile`);
  }
  const version = begin.readUInt8(MAGIC.length);
  if (version > VERSION) {
    const message = `A record version mismatch occurred. Expecting v${VERSION}, found v${version}`;
    throw hadoopError('IOException', `${file}: ${message}`);
  }
  if (version < VERSION_MIN) {
    throw hadoopError('IOException', `${file}: Calf does not read SequenceFiles of version ${version}`);
  }
  const keyClass = input.text().toString();
  const valueClass = input.text().toString();
  const isCompressed = input.take(1)[0] !== 0;
  const isBlockCompressed = input.take(1)[0] !== 0;
  let codecClass: string | undefined;
  if (isCompressed) {
    codecClass = version >= VERSION_WITH_CODEC ? input.text().toString() : 'org.apache.hadoop.io.compress.DefaultCodec';
  }
  const metadata = new Map<string, string>();
  if (version >= VERSION) {
    const count = input.int();
    if (count < 0) throw hadoopError('IOException', `${file}: Invalid size: ${count} for file metadata object`);
    for (let i = 0; i < count; i++) {
      const name = input.text().toString();
      metadata.set(name, input.text().toString());
    }
  }
  return {
    keyClass,
    valueClass,
    isBlockCompressed,
    codecClass,
    metadata,
    sync: Uint8Array.from(input.take(SYNC_BYTES)),
  };
}

export function headerBytes(header: Header): Buffer {
  const { keyClass, valueClass, codecClass, isBlockCompressed, metadata, sync } = header;
  const count = Buffer.alloc(4);
  count.writeInt32BE(metadata.size);
  return Buffer.concat([
    Buffer.from(MAGIC),
    Buffer.of(VERSION),
    textBytes(keyClass),
    textBytes(valueClass),
    Buffer.of(codecClass === undefined ? 0 : 1, isBlockCompressed ? 1 : 0),
    codecClass === undefined ? Buffer.alloc(0) : textBytes(codecClass),
    count,
    ...[...metadata].flatMap(([name, value]) => [textBytes(name), textBytes(value)]),
    sync,
  ]);
}
