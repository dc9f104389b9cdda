// What the world has been promised of each file, and the check of what a reader saw.
import type { World } from './world.ts';

/** Whether a path is there: 'maybe' when a change of it was asked for and never answered. */
export type Existence = 'yes' | 'no' | 'maybe';

/** dfs.bytes-per-checksum. */
const CHUNK_BYTES = 512;

/** What the world has been promised about one file. */
export interface ModelFile {
  readonly id: number;
  path: string;
  /** Where a rename that was never answered may have put it. */
  otherPath: string | undefined;
  existence: Existence;
  /** Everything that was given to write(); what is on the DataNodes is a first part of it. */
  content: Buffer;
  /** Bytes that no reader may miss: acked by hflush, hsync or close. */
  ackedBytes: number;
  /** Of them, those on the disks for good: acked by hsync or close. */
  syncedBytes: number;
  /** The length, once the file is closed and it is known. */
  closedBytes: number | undefined;
  /** Its owner works on it, or its writer may still live. */
  isBusy: boolean;
  /** Nothing more is written: the outcome of an append or truncate is not known. */
  isFrozen: boolean;
  /** What a truncate that was never answered may have cut it to. */
  cutBytes: number | undefined;
  replication: number;
  /** The least that it was ever asked to have. */
  leastReplication: number;
  /** A truncate was asked for: blocks of it may be gone. */
  wasCut: boolean;
  /** Grows with every change that readers may see half of. */
  epoch: number;
  readonly owner: number;
}

/** Every file that was ever created in a world, and the check of what a reader saw. */
export class Model {
  readonly files: ModelFile[] = [];
  readonly #world: World;
  bytesVerified = 0;
  /** How often several DataNodes lost their power at once. */
  powerLosses = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** @param path in its owner's directory when it is not given */
  newFile({ owner, replication, path }: { owner: number; replication: number; path?: string }): ModelFile {
    const id = this.files.length;
    const file: ModelFile = {
      id,
      path: path ?? `/c${owner}/f${id}`,
      otherPath: undefined,
      existence: 'maybe',
      content: Buffer.alloc(0),
      ackedBytes: 0,
      syncedBytes: 0,
      closedBytes: undefined,
      isBusy: true,
      isFrozen: false,
      cutBytes: undefined,
      replication,
      leastReplication: replication,
      wasCut: false,
      epoch: 0,
      owner,
    };
    this.files.push(file);
    return file;
  }

  /** What a rename asked for has come true. */
  isFoundAt(file: ModelFile, path: string): void {
    file.path = path;
    file.otherPath = undefined;
    file.epoch++;
  }

  /** The file's next bytes; what is written after a truncate differs from what was there before. */
  nextBytes(file: ModelFile, lengthBytes: number): Buffer {
    const bytes = Buffer.alloc(lengthBytes);
    let x = (file.id * 0x9e3779b1 + file.content.length * 0x85ebca6b + file.epoch * 0xc2b2ae35 + 1) >>> 0;
    for (let i = 0; i < lengthBytes; i++) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      bytes[i] = x & 0xff;
    }
    file.content = Buffer.concat([file.content, bytes]);
    return bytes;
  }

  /**
   * Several DataNodes lose their power: what was only flushed may be gone, as with Hadoop's hflush. A checksum that was
   * written over for a chunk's further bytes may be there without them; then the chunk is lost.
   */
  losePower(): void {
    this.powerLosses++;
    for (const file of this.files) {
      if (file.closedBytes !== undefined) continue;
      const isAllSynced = file.syncedBytes === file.content.length;
      file.syncedBytes = isAllSynced ? file.syncedBytes : Math.max(0, file.syncedBytes - (CHUNK_BYTES - 1));
      file.ackedBytes = Math.min(file.ackedBytes, file.syncedBytes);
      file.epoch++;
    }
  }

  /** What a reader has to see who opens the file now. */
  expectation(file: ModelFile) {
    const { epoch, ackedBytes, closedBytes, existence, cutBytes } = file;
    const leastBytes = Math.min(closedBytes ?? ackedBytes, cutBytes ?? Number.POSITIVE_INFINITY);
    return { epoch, leastBytes, exactBytes: cutBytes === undefined ? closedBytes : undefined, existence };
  }

  /** Compares what was read from the start of a file with what was promised when it was opened. */
  checkRead(file: ModelFile, reader: string, bytes: Uint8Array, expected: ReturnType<Model['expectation']>): void {
    if (file.epoch !== expected.epoch) return;
    const who = `${reader} reads ${file.path}`;
    const { exactBytes, leastBytes } = expected;
    if (bytes.length < leastBytes) {
      this.#world.fail('acked-bytes-are-read', `${who}: ${bytes.length} bytes, but ${leastBytes} were acknowledged`);
    } else if (exactBytes !== undefined && file.closedBytes === exactBytes && bytes.length !== exactBytes) {
      this.#world.fail('closed-length-stays', `${who}: ${bytes.length} bytes, but it was closed with ${exactBytes}`);
    } else if (bytes.length > file.content.length) {
      this.#world.fail(
        'only-written-bytes',
        `${who}: ${bytes.length} bytes, but only ${file.content.length} were ever written`,
      );
    } else {
      const at = firstDifference(bytes, file.content);
      if (at >= 0)
        this.#world.fail('only-written-bytes', `${who}: byte ${at} of ${bytes.length} is not what was written`);
    }
    this.bytesVerified += bytes.length;
  }
}

function firstDifference(bytes: Uint8Array, content: Uint8Array): number {
  if (Buffer.compare(bytes, content.subarray(0, bytes.length)) === 0) return -1;
  return bytes.findIndex((b, i) => b !== content[i]);
}
