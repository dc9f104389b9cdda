import { BufferPool } from './buffer-pool.ts';

/** Memory that is read into before anything large is expected, and then. */
const SMALL_BYTES = 4 * 1024;
const LARGE_BYTES = 512 * 1024;
/** A read gets at least this much room, unless the memory is small altogether. */
const ROOM_BYTES_MIN = 64 * 1024;
/** Slabs kept for reuse by all connections of the process. */
const FREE_MAX = 32;
/** Full slabs that one connection waits for; of a reader that never releases, older ones are forgotten. */
const RETIRED_MAX = 16;

const pool = new BufferPool(LARGE_BYTES, FREE_MAX);

interface Slab {
  readonly memory: Buffer;
  /** Bytes of it that have been read into. */
  filledBytes: number;
  /** The position in the stream behind its last byte; meaningful once the slab is retired. */
  endPosition: number;
  /** Pieces that somebody still uses. */
  pieces: number;
}

/**
 * The memory that one connection reads into: large slabs that are filled one after the other, so that most packets lie
 * in one piece, and that are used again once all their bytes have been taken and all their pieces released. A piece
 * that nobody releases is safe: its slab goes to the garbage collector instead.
 */
export class ReceiveBuffers {
  #slabBytes = SMALL_BYTES;
  #current: Slab | undefined;
  readonly #retired: Slab[] = [];
  #receivedBytes = 0;

  /** From now on large pieces are expected. */
  expectLarge(): void {
    this.#slabBytes = LARGE_BYTES;
  }

  /** Where the next bytes from the socket go. */
  room(): Buffer {
    let slab = this.#current;
    if (slab === undefined || slab.memory.length - slab.filledBytes < this.#roomBytesMin(slab)) {
      if (slab !== undefined) {
        slab.endPosition = this.#receivedBytes;
        this.#retired.push(slab);
      }
      slab = { memory: this.#allocate(), filledBytes: 0, endPosition: 0, pieces: 0 };
      this.#current = slab;
    }
    return slab.memory.subarray(slab.filledBytes);
  }

  /** The bytes that have been read into the room. */
  filled(lengthBytes: number): Buffer {
    const slab = this.#current as Slab;
    const from = slab.filledBytes;
    slab.filledBytes += lengthBytes;
    this.#receivedBytes += lengthBytes;
    return slab.memory.subarray(from, slab.filledBytes);
  }

  /** Keeps the slab of `piece` from being used again until the returned function is called. */
  hold(piece: Buffer): () => void {
    const slab = this.#slabOf(piece);
    if (slab === undefined) return () => undefined; // It was copied together from two slabs.
    slab.pieces++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      slab.pieces--;
    };
  }

  #slabOf(piece: Buffer): Slab | undefined {
    const { buffer } = piece;
    if (this.#current?.memory.buffer === buffer) return this.#current;
    return this.#retired.find((slab) => slab.memory.buffer === buffer);
  }

  /** Takes back the slabs that are done with; all but the last `untakenBytes` received have been taken. */
  recycle(untakenBytes: number): void {
    const takenPosition = this.#receivedBytes - untakenBytes;
    for (let i = 0; i < this.#retired.length; i++) {
      const slab = this.#retired[i] as Slab;
      if (slab.pieces > 0 || slab.endPosition > takenPosition) continue;
      this.#retired.splice(i--, 1);
      pool.give(slab.memory);
    }
    if (this.#retired.length > RETIRED_MAX) this.#retired.shift();
  }

  #roomBytesMin(slab: Slab): number {
    return slab.memory.length < this.#slabBytes ? slab.memory.length : Math.min(ROOM_BYTES_MIN, this.#slabBytes / 2);
  }

  #allocate(): Buffer {
    if (this.#slabBytes === LARGE_BYTES) return pool.take();
    return Buffer.allocUnsafeSlow(this.#slabBytes);
  }
}
