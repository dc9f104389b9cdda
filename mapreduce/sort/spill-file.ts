/** Writes and reads files that have a segment for every partition. */
import fs from 'node:fs';
import { appendFullySync } from '../../runtime/files/file-writes.ts';
import {
  type ReadExactly,
  type SegmentCodec,
  SegmentError,
  SegmentReader,
  type SegmentSize,
  SegmentWriter,
} from './segment.ts';

/** Place of a partition's segment in a spill file. */
export interface SegmentRange extends SegmentSize {
  readonly offset: number;
}

/** A file that has a segment for every partition, one after the other. */
export interface SpillFile {
  readonly path: string;
  /** Place of each partition's segment, in the order of the partitions. */
  readonly index: readonly SegmentRange[];
}

const READ_BUFFER_BYTES = 64 * 1024;
const WRITE_BUFFER_BYTES = 64 * 1024;

/**
 * Writes a spill file; calls `write` for each partition in turn. This is synchronous, because a task has nothing else to do
 * meanwhile and the disk is local.
 */
export function writeSpillFile(
  path: string,
  partitions: number,
  write: (partition: number, segment: SegmentWriter) => void,
  codec?: SegmentCodec,
): SpillFile {
  const file = fs.openSync(path, 'w');
  try {
    const out = new BufferedWriter(file);
    const index: SegmentRange[] = [];
    let offset = 0;
    for (let partition = 0; partition < partitions; partition++) {
      const segment = new SegmentWriter((bytes) => out.write(bytes), codec);
      write(partition, segment);
      const size = segment.close();
      index.push({ offset, ...size });
      offset += size.length;
    }
    out.flush();
    return { path, index };
  } finally {
    fs.closeSync(file);
  }
}

/** Opens segments of files for reading; close() closes the files. */
export class SegmentFiles {
  readonly #descriptors = new Map<string, number>();
  /** By which the segments are compressed. */
  readonly codec: SegmentCodec | undefined;

  constructor(codec?: SegmentCodec) {
    this.codec = codec;
  }

  reader(path: string, range: { readonly offset: number; readonly length: number }): SegmentReader {
    let descriptor = this.#descriptors.get(path);
    if (descriptor === undefined) {
      descriptor = fs.openSync(path, 'r');
      this.#descriptors.set(path, descriptor);
    }
    return new SegmentReader(readFromFile(descriptor, range.offset, range.length), this.codec);
  }

  close(): void {
    for (const descriptor of this.#descriptors.values()) fs.closeSync(descriptor);
    this.#descriptors.clear();
  }
}

function readFromFile(descriptor: number, offset: number, length: number): ReadExactly {
  let buffered: Buffer = Buffer.alloc(0);
  let position = offset;
  const end = offset + length;
  return (wanted) => {
    if (buffered.length < wanted) {
      const fresh = Buffer.allocUnsafe(Math.min(Math.max(wanted - buffered.length, READ_BUFFER_BYTES), end - position));
      const read = fs.readSync(descriptor, fresh, 0, fresh.length, position);
      position += read;
      buffered = Buffer.concat([buffered, fresh.subarray(0, read)]);
      if (buffered.length < wanted) throw new SegmentError('A segment is cut off');
    }
    const result = buffered.subarray(0, wanted);
    buffered = buffered.subarray(wanted);
    return result;
  };
}

class BufferedWriter {
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafe(WRITE_BUFFER_BYTES);
  #length = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  write(bytes: Buffer): void {
    if (this.#length + bytes.length > this.#buffer.length) this.flush();
    if (bytes.length > this.#buffer.length) appendFullySync(this.#descriptor, bytes);
    else this.#length += bytes.copy(this.#buffer, this.#length);
  }

  flush(): void {
    appendFullySync(this.#descriptor, this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
