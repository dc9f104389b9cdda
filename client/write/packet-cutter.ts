/** Cutting the bytes of a file into packets. */
/** A packet without its checksums. */
export interface CutPacket {
  readonly seqno: number;
  readonly offsetInBlock: number;
  readonly data: Buffer;
  readonly lastPacketInBlock: boolean;
  readonly syncBlock: boolean;
}

export interface PacketCutterOptions {
  readonly blockSizeBytes: number;
  /** Data bytes of a full packet; a multiple of bytesPerChecksum. */
  readonly packetSizeBytes: number;
  readonly bytesPerChecksum: number;
  /** Bytes that the first block has already when an append goes on in a partial block; default 0. */
  readonly startOffset?: number;
  /** Each block's last packet makes the DataNodes sync the block (CreateFlag.SYNC_BLOCK); default false. */
  readonly syncBlocks?: boolean;
}

/**
 * Cuts the chunks of a writer into packets. Full packets are views of a chunk; only the rest is copied. No packet crosses
 * the end of a block, where an empty last packet follows. Seqnos go on from block to block. A packet that begins within
 * a checksum chunk, which an append found unfinished, ends with that chunk: DataNodes accept no other.
 */
export class PacketCutter {
  readonly #options: PacketCutterOptions;
  #seqno = 0;
  /** Offset in the block at which the next packet begins. */
  #offsetInBlock = 0;
  /** Copied bytes of the packet that is not full yet: `#partial.subarray(0, #partialBytes)`. */
  #partial: Buffer | undefined;
  #partialBytes = 0;
  /** Bytes at the front of the partial packet that a flush has already sent: its last, unfinished checksum chunk. */
  #keptBytes = 0;

  constructor(options: PacketCutterOptions) {
    const { blockSizeBytes, packetSizeBytes, bytesPerChecksum, startOffset = 0 } = options;
    if (packetSizeBytes % bytesPerChecksum !== 0 || blockSizeBytes % bytesPerChecksum !== 0) {
      throw new RangeError(`packets of ${packetSizeBytes} and blocks of ${blockSizeBytes} bytes do not fit checksums`);
    }
    if (!(startOffset >= 0 && startOffset < blockSizeBytes))
      throw new RangeError(`a block can't go on at ${startOffset}`);
    this.#options = options;
    this.#offsetInBlock = startOffset;
  }

  /** The seqno of the last packet cut; -1 before the first. */
  get lastSeqno(): number {
    return this.#seqno - 1;
  }

  /** Gives the packets that `chunk` completes, in order and one by one: the caller can wait between two. */
  *cut(chunk: Uint8Array): Generator<CutPacket> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    while (from < bytes.length) {
      const room = this.#packetRoom();
      const take = Math.min(room - this.#partialBytes, bytes.length - from);
      if (this.#partialBytes === 0 && take === room) yield this.#packet(bytes.subarray(from, from + take), false);
      else {
        this.#append(bytes, from, take);
        if (this.#partialBytes === room) yield* this.#flushPartial(false);
      }
      from += take;
      if (this.#offsetInBlock === this.#options.blockSizeBytes) yield this.#endBlock(false);
    }
  }

  /**
   * Gives the packet that is not full yet, for hflush and hsync. Its unfinished checksum chunk will be sent once more.
   * `endBlock` ends the block here, whatever its length (SyncFlag.END_BLOCK).
   */
  *flush(sync: boolean, endBlock = false): Generator<CutPacket> {
    if (endBlock) {
      yield* this.#endPartialBlock(sync);
      return;
    }
    if (this.#partialBytes > this.#keptBytes) yield* this.#flushPartial(sync);
    else if (sync && this.#offsetInBlock + this.#partialBytes > 0) {
      // There are no new bytes, but an empty packet must tell the DataNodes to sync.
      yield { ...this.#packet(Buffer.alloc(0), true), offsetInBlock: this.#offsetInBlock + this.#partialBytes };
    }
  }

  /** Gives the packets at the end of the file: the rest of the bytes, and the last packet of the block. */
  *close(): Generator<CutPacket> {
    yield* this.#endPartialBlock(false);
  }

  *#endPartialBlock(sync: boolean): Generator<CutPacket> {
    if (this.#partialBytes > this.#keptBytes) yield* this.#flushPartial(sync);
    this.#offsetInBlock += this.#partialBytes;
    // The first packet of the next block has another size than the last packet of this block.
    this.#partial = undefined;
    this.#partialBytes = 0;
    if (this.#offsetInBlock > 0) yield this.#endBlock(sync);
  }

  #packetRoom(): number {
    const { packetSizeBytes, blockSizeBytes, bytesPerChecksum } = this.#options;
    const inChunk = this.#offsetInBlock % bytesPerChecksum;
    if (inChunk > 0) return bytesPerChecksum - inChunk;
    return Math.min(packetSizeBytes, blockSizeBytes - this.#offsetInBlock);
  }

  #append(bytes: Buffer, from: number, length: number): void {
    this.#partial ??= Buffer.allocUnsafeSlow(this.#packetRoom());
    const copied = bytes.copy(this.#partial, this.#partialBytes, from, from + length);
    if (copied !== length) throw new Error(`${length} bytes do not fit a packet with room for ${copied}`);
    this.#partialBytes += length;
  }

  *#flushPartial(sync: boolean): Generator<CutPacket> {
    const data = (this.#partial ?? Buffer.alloc(0)).subarray(0, this.#partialBytes);
    const inChunk = (this.#offsetInBlock + data.length) % this.#options.bytesPerChecksum;
    const unfinished = data.subarray(data.length - Math.min(inChunk, data.length));
    this.#partial = undefined;
    this.#partialBytes = 0;
    this.#keptBytes = 0;
    yield this.#packet(data, sync);
    const blockIsFull = this.#offsetInBlock === this.#options.blockSizeBytes;
    if (unfinished.length === 0 || blockIsFull) return;
    this.#offsetInBlock -= unfinished.length;
    this.#append(unfinished, 0, unfinished.length);
    this.#keptBytes = unfinished.length;
  }

  #packet(data: Buffer, syncBlock: boolean): CutPacket {
    const offsetInBlock = this.#offsetInBlock;
    this.#offsetInBlock += data.length;
    return { seqno: this.#seqno++, offsetInBlock, data, lastPacketInBlock: false, syncBlock };
  }

  #endBlock(sync: boolean): CutPacket {
    const offsetInBlock = this.#offsetInBlock;
    this.#offsetInBlock = 0;
    this.#keptBytes = 0;
    return {
      seqno: this.#seqno++,
      offsetInBlock,
      data: Buffer.alloc(0),
      lastPacketInBlock: true,
      syncBlock: sync || (this.#options.syncBlocks ?? false),
    };
  }
}
