/** The memory that one connection reads into. */
import { nothing } from '../../runtime/promises.ts';
import { BufferPool } from './buffer-pool.ts';

/** The size of slabs before large pieces are expected, and from then on. */
const SMALL_BYTES = 4 * 1024;
const LARGE_BYTES = 512 * 1024;
/** The least room for one read in a large slab. */
const ROOM_BYTES_MIN = 64 * 1024;
/** Most unused slabs that the process keeps for all its connections. */
const FREE_MAX = 32;
/** Most full slabs that one connection keeps. If a reader never releases pieces, older slabs are left to the collector. */
const RETIRED_MAX = 16;

const pool = new BufferPool(LARGE_BYTES, FREE_MAX);

interface Slab {
  readonly memory: Buffer;
  /** Bytes at the start of `memory` that have been read into. */
  filledBytes: number;
  /** The stream's position behind the last byte of the slab; set when the slab is retired. */
  endPosition: number;
  /** The number of its pieces that are still used. */
  pieces: number;
}

/**
 * Large slabs are filled one after the other, so that most packets lie in one piece. A slab is used again when all its
 * bytes have been taken and all its pieces released. A piece that is never released stays valid: its slab is left to the
 * garbage collector.
 */
export class ReceiveBuffers {
  #slabBytes = SMALL_BYTES;
  #current: Slab | undefined;
  readonly #retired: Slab[] = [];
  #receivedBytes = 0;

  /** Makes further slabs large. */
  expectLarge(): void {
    this.#slabBytes = LARGE_BYTES;
  }

  /** Returns the memory for the next bytes from the socket. */
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

  /** Returns the bytes that were just read into the memory of room(). */
  filled(lengthBytes: number): Buffer {
    const slab = this.#current as Slab;
    const from = slab.filledBytes;
    slab.filledBytes += lengthBytes;
    this.#receivedBytes += lengthBytes;
    return slab.memory.subarray(from, slab.filledBytes);
  }

  /** Protects the slab of `piece` from being used again until the returned function is called. */
  hold(piece: Buffer): () => void {
    const slab = this.#slabOf(piece);
    // A piece that was copied together from two slabs needs no protection.
    if (slab === undefined) return nothing;
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

  /** Takes back the slabs that are no longer used. `untakenBytes`: received bytes at the end that nobody has taken. */
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
