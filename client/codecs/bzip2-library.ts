/** The library that compresses and decompresses whole bzip2 streams in memory: libbzip2 1.0.8 as WebAssembly. */
/// <reference path="./bzip2-wasm.d.ts" />
import Library from 'bzip2-wasm';
import { DamagedStreamError } from './compressed-input.ts';

/** The library's functions, and the memory that they work in. */
interface Bzip2Module {
  readonly HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(place: number): void;
  getValue(place: number, type: 'i32'): number;
  setValue(place: number, value: number, type: 'i32'): void;
  _BZ2_bzBuffToBuffCompress(
    to: number,
    toLength: number,
    from: number,
    length: number,
    blockSize: number,
    verbosity: number,
    workFactor: number,
  ): number;
  _BZ2_bzBuffToBuffDecompress(
    to: number,
    toLength: number,
    from: number,
    length: number,
    small: number,
    verbosity: number,
  ): number;
}

const MESSAGES: Readonly<Record<number, string>> = {
  [-4]: 'data integrity error',
  [-5]: 'bad magic number',
  [-7]: 'the data ends too early',
};
const OK = 0;
const OUTPUT_FULL = -8;
/** The size of blocks that bzip2 makes without an option, in units of 100,000 bytes. */
const BLOCK_SIZE = 9;

export class Bzip2Library {
  readonly #module: Bzip2Module;

  private constructor(module: Bzip2Module) {
    this.#module = module;
  }

  static async load(): Promise<Bzip2Library> {
    const library = new Library();
    // The library sets these two names for all code of the process; they are put back.
    const names = ['require', '__dirname'] as const;
    const before = names.map((name) => Object.getOwnPropertyDescriptor(globalThis, name));
    try {
      await library.init();
    } finally {
      names.forEach((name, i) => {
        const descriptor = before[i];
        if (descriptor) Object.defineProperty(globalThis, name, descriptor);
        else Reflect.deleteProperty(globalThis, name);
      });
    }
    return new Bzip2Library(library.wasmModule as Bzip2Module);
  }

  /** Returns one stream of these bytes, which are one block of it if they are at most BLOCK_BYTES_MAX. */
  compress(bytes: Uint8Array): Buffer {
    const bound = Math.ceil(bytes.length * 1.01) + 600;
    return this.#run(bytes, bound, (m, to, toLength, from) =>
      m._BZ2_bzBuffToBuffCompress(to, toLength, from, bytes.length, BLOCK_SIZE, 0, 0),
    );
  }

  /** Returns the bytes of one stream. @throws DamagedStreamError */
  decompress(stream: Uint8Array, guess: number): Buffer {
    return this.#run(stream, guess, (m, to, toLength, from) =>
      m._BZ2_bzBuffToBuffDecompress(to, toLength, from, stream.length, 0, 0),
    );
  }

  /** Calls `work` with room for `guess` bytes, and again with more where that is too little. */
  #run(
    bytes: Uint8Array,
    guess: number,
    work: (module: Bzip2Module, to: number, toLength: number, from: number) => number,
  ): Buffer {
    const m = this.#module;
    for (let room = guess; ; room *= 4) {
      const from = m._malloc(bytes.length);
      const to = m._malloc(room);
      const toLength = m._malloc(4);
      try {
        if (from === 0 || to === 0) throw new Error(`bzip2 has no memory for ${room} bytes`);
        m.HEAPU8.set(bytes, from);
        m.setValue(toLength, room, 'i32');
        const status = work(m, to, toLength, from);
        if (status === OK) return Buffer.from(m.HEAPU8.subarray(to, to + m.getValue(toLength, 'i32')));
        if (status !== OUTPUT_FULL) {
          throw new DamagedStreamError('IOException', MESSAGES[status] ?? `bzip2 fails with status ${status}`);
        }
      } finally {
        for (const place of [from, to, toLength]) m._free(place);
      }
    }
  }
}
