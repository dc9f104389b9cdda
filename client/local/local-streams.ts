/** Local files being read and written. */
import { writevSync } from 'node:fs';
import type fs from 'node:fs/promises';
import { hadoopError } from '../../runtime/errors.ts';
import { DiskPace } from '../../runtime/files/disk-pace.ts';
import { dropBytes, firstBytes, writeCallBytes } from '../../runtime/files/file-writes.ts';
import type { FileInput, FileOutput, ReadRange } from '../filesystem/file-system.ts';
import { toReadableStream } from '../filesystem/web-stream.ts';

/** Bytes of one read call, and bytes gathered for one write: more is no faster. */
const CALL_BYTES = 1024 * 1024;

/** A local file being read. The next piece is read while the reader uses the last one. */
export class LocalInputStream implements FileInput {
  readonly #file: fs.FileHandle;
  readonly length: number;
  #closed = false;

  constructor(file: fs.FileHandle, length: number) {
    this.#file = file;
    this.length = length;
  }

  async pread(position: number, length: number): Promise<Uint8Array> {
    if (position < 0) throw hadoopError('EOFException', 'position is negative');
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.length - position)));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, filled, bytes.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  }

  async *stream({ start = 0, end = Number.POSITIVE_INFINITY }: ReadRange = {}): AsyncGenerator<Buffer> {
    // Reads to the real end of the file: a device or a growing file has more bytes than its length says.
    let next = this.#readAhead(start, end);
    try {
      for (let position = start; position < end; ) {
        const piece = await next;
        if (piece.length === 0) return;
        position += piece.length;
        next = this.#readAhead(position, end);
        yield piece;
      }
    } finally {
      // Waits for the read ahead: the file must not be closed while it is being read.
      await next.catch(() => undefined);
    }
  }

  #readAhead(position: number, end: number): Promise<Buffer> {
    const piece = this.#readAt(position, end);
    // A failure is thrown when the piece is asked for, however late that is.
    piece.catch(() => undefined);
    return piece;
  }

  async #readAt(position: number, end: number): Promise<Buffer> {
    const wanted = Math.min(CALL_BYTES, end - position);
    if (wanted <= 0) return Buffer.alloc(0);
    // Each piece has its own buffer, because the piece belongs to the reader.
    const bytes = Buffer.allocUnsafeSlow(Math.min(wanted, Math.max(4096, this.length - position)));
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, position);
    return bytes.subarray(0, bytesRead);
  }

  readable(range?: ReadRange): ReadableStream<Uint8Array> {
    return toReadableStream(this.stream(range));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * A local file being written. Pieces are gathered and written together: on this thread while the disk is fast, otherwise
 * by another thread while more pieces arrive.
 */
export class LocalOutputStream implements FileOutput {
  readonly #file: fs.FileHandle;
  /** Undefined for a pipe or a device: a write to it may block until its reader reads, so it must not run on this thread. */
  readonly #pace: DiskPace | undefined;
  #position = 0;
  #written = 0;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** The write that is under way; its failure is thrown by the next call. */
  #writing: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(file: fs.FileHandle, isRegular: boolean) {
    this.#file = file;
    this.#pace = isRegular ? new DiskPace() : undefined;
  }

  get position(): number {
    return this.#position;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#closed) throw hadoopError('ClosedChannelException', 'the file is closed');
    if (chunk.length === 0) return;
    this.#position += chunk.length;
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes >= CALL_BYTES) await this.#startWrite();
  }

  /** Queues a write of all pending pieces behind the write that is under way, and waits for the latter only. */
  async #startWrite(): Promise<void> {
    const before = this.#writing;
    const pieces = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#writing = before.then(() => this.#writeAll(pieces));
    // The next call throws a failure, however late it comes.
    this.#writing.catch(() => undefined);
    await before;
  }

  async #writeAll(pieces: Uint8Array[]): Promise<void> {
    let rest: readonly Uint8Array[] = pieces;
    while (rest.length > 0) {
      const bytes = firstBytes(rest, writeCallBytes(this.#written));
      const began = performance.now();
      let written: number;
      if (this.#pace?.isFast(began)) {
        written = writevSync(this.#file.fd, bytes);
        this.#pace.record(began, performance.now());
      } else {
        written = (await this.#file.writev(bytes)).bytesWritten;
      }
      rest = dropBytes(rest, written);
      this.#written += written;
    }
  }

  async hflush(): Promise<void> {
    await this.#startWrite();
    await this.#writing;
  }

  async hsync(): Promise<void> {
    await this.hflush();
    await this.#file.datasync();
  }

  writable(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>({
      write: (chunk) => this.write(chunk),
      close: () => this.close(),
      abort: () => this.abort(),
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#flushAndClose();
    return this.#closed;
  }

  async #flushAndClose(): Promise<void> {
    try {
      await this.hflush();
    } finally {
      await this.#file.close();
    }
  }

  async abort(): Promise<void> {
    this.#closed ??= this.#file.close();
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
