// Records the promises made about each file, and checks every read against them.
import { FileAttributes } from '../actors/attributes.ts';
import type { World } from '../world/world.ts';

/** Whether a file exists; 'maybe' after a create, rename or delete whose answer never came. */
export type Existence = 'yes' | 'no' | 'maybe';

/** Hadoop's default of dfs.bytes-per-checksum. */
const CHUNK_BYTES = 512;

/** The promises made about one file. */
export interface ModelFile {
  readonly id: number;
  path: string;
  /** Target of a rename whose answer never came: the file is at `path` or here. */
  otherPath: string | undefined;
  existence: Existence;
  /** All bytes passed to write(); the DataNodes hold a prefix of them. */
  content: Buffer;
  /** Length that every reader must see: acknowledged by hflush, hsync or close. */
  ackedBytes: number;
  /** Length that survives a loss of power: acknowledged by hsync or close. */
  syncedBytes: number;
  /** Length of the closed file; undefined while the file is open or its length is not known. */
  closedBytes: number | undefined;
  /** Whether its owner works on the file, or its writer may still be alive. */
  isBusy: boolean;
  /** Whether the outcome of an append or truncate is unknown: no operation changes the file any more. */
  isFrozen: boolean;
  /** New length asked for by a truncate whose answer has not come: the file may have been cut to it. */
  cutBytes: number | undefined;
  replication: number;
  /** Lowest replication that was ever asked for. */
  leastReplication: number;
  /** Whether a truncate was ever asked for: it may have removed blocks. */
  wasCut: boolean;
  /** Grows with every change that a reader may see half done: a read during which it grew is not checked. */
  epoch: number;
  /** Number of appends that were asked for. Each gives the last block a new generation, also without a new byte. */
  appends: number;
  readonly owner: number;
  readonly attributes: FileAttributes;
}

/** Every file that was ever created in a world, and the check of every read. */
export class Model {
  readonly files: ModelFile[] = [];
  readonly #world: World;
  bytesVerified = 0;
  /** Number of times that several DataNodes lost their power at once. */
  powerLosses = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Adds a file. @param path a new name in the owner's directory when absent */
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
      appends: 0,
      owner,
      attributes: new FileAttributes(),
    };
    this.files.push(file);
    return file;
  }

  /** Records that a file is now at `path`: the rename that was asked for has happened. */
  isFoundAt(file: ModelFile, path: string): void {
    file.path = path;
    file.otherPath = undefined;
    file.epoch++;
  }

  /** Makes the next bytes to write. Bytes written after a truncate differ from those that were cut off. */
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
   * Records that several DataNodes lost their power: bytes that were only flushed may be gone, as with Hadoop's hflush.
   * The last chunk may be lost too: the disk may have its new checksum without the bytes that were added to the chunk.
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

  /** Returns the lengths and the existence that a reader who opens the file now must see. */
  expectation(file: ModelFile) {
    const { epoch, ackedBytes, closedBytes, existence, cutBytes } = file;
    const leastBytes = Math.min(closedBytes ?? ackedBytes, cutBytes ?? Number.POSITIVE_INFINITY);
    return { epoch, leastBytes, exactBytes: cutBytes === undefined ? closedBytes : undefined, existence };
  }

  /** Compares bytes read from the start of a file with the expectation taken when the file was opened. */
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
