/** The output stream of a file of HDFS (Hadoop: DFSOutputStream). */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { type HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import { StepTeller } from '../dfs/explain.ts';
import type { FileOutput, HsyncOptions } from '../filesystem/file-system.ts';
import { DataStreamer, type OpenFile } from './data-streamer.ts';
import { type CutPacket, PacketCutter } from './packet-cutter.ts';

const BUFFERED_BYTES = 1024 * 1024;

export interface WriteStreamOptions {
  readonly position?: number;
  /** CreateFlag.SYNC_BLOCK: each block is synced to the DataNodes' disks when it is full. */
  readonly syncBlocks?: boolean;
}

/** A file of HDFS being written: cuts packets, computes their checksums and gives them to the DataStreamer. */
export class HdfsOutputStream implements FileOutput {
  readonly #client: DfsClient;
  readonly #file: OpenFile;
  readonly #checksum: DataChecksum;
  readonly #cutter: PacketCutter;
  readonly #streamer: DataStreamer;
  readonly #teller: StepTeller;
  #position: number;
  #closing: Promise<void> | undefined;
  /** The last call that was queued: calls run one after the other, so that writes without await keep their order. */
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param options `position`: the length of the file, for an append
   * @throws HadoopIllegalArgumentException when the block size is no multiple of dfs.bytes-per-checksum
   */
  constructor(client: DfsClient, file: OpenFile, options: WriteStreamOptions = {}) {
    const { conf } = client;
    this.#client = client;
    const bytesPerChecksum = conf.get('dfs.bytes-per-checksum');
    if (file.blockSizeBytes % bytesPerChecksum !== 0) {
      const message = `Invalid values: dfs.bytes-per-checksum (=${bytesPerChecksum}) must divide block size (=${file.blockSizeBytes}).`;
      throw hadoopError('HadoopIllegalArgumentException', message);
    }
    this.#file = file;
    this.#teller = new StepTeller('write', client.explain);
    this.#checksum = new DataChecksum(checksumTypeOf(conf.get('dfs.checksum.type')), bytesPerChecksum);
    const chunks = Math.max(1, Math.floor(conf.get('dfs.client-write-packet-size') / bytesPerChecksum));
    const packetSizeBytes = chunks * bytesPerChecksum;
    const { position = 0, syncBlocks = false } = options;
    this.#position = position;
    const startOffset = file.append?.kind === 'partialBlock' ? (file.append.last.block.numBytes ?? 0) : 0;
    const { blockSizeBytes } = file;
    if (startOffset >= blockSizeBytes) {
      throw hadoopError('IOException', `The last block for file ${file.path} is full.`);
    }
    this.#cutter = new PacketCutter({ blockSizeBytes, packetSizeBytes, bytesPerChecksum, startOffset, syncBlocks });
    this.#streamer = new DataStreamer(client, file, this.#checksum, this.#teller, () => client.leases.remove(this));
    client.leases.add(this);
  }

  get path(): string {
    return this.#file.path;
  }

  get position(): number {
    return this.#position;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#checkOpen();
    await this.#inTurn(async () => {
      for (const packet of this.#cutter.cut(chunk)) await this.#queue(packet);
      this.#position += chunk.length;
    });
  }

  hflush(): Promise<void> {
    return this.#flush(false, {});
  }

  hsync(options: HsyncOptions = {}): Promise<void> {
    return this.#flush(true, options);
  }

  writable(): WritableStream<Uint8Array> {
    return new WritableStream<Uint8Array>(
      {
        write: (chunk) => this.write(chunk),
        close: () => this.close(),
        abort: () => this.abort(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: BUFFERED_BYTES }),
    );
  }

  close(): Promise<void> {
    this.#closing ??= this.#inTurn(async () => {
      this.#teller.tell(11, this.#file.path);
      try {
        for (const packet of this.#cutter.close()) await this.#queue(packet);
        await this.#streamer.close(this.#cutter.lastSeqno);
      } catch (e) {
        await this.#maybeRecoverLease();
        throw e;
      }
    });
    return this.#closing;
  }

  /** Lets the NameNode close the file that this writer could not close, if the configuration asks for it. */
  async #maybeRecoverLease(): Promise<void> {
    const { conf, clientName } = this.#client;
    if (!conf.get('dfs.client.write.recover.lease.on.close.exception')) return;
    try {
      await this.#client.call(ClientNamenode.recoverLease, { src: this.#file.path, clientName });
    } catch (e) {
      // The caller receives the error of close(); this one is only warned of.
      this.#client.warn(`Failed to recover lease for ${this.#file.path}: ${messageOf(e)}`);
    }
  }

  async abort(): Promise<void> {
    this.#closing ??= Promise.resolve();
    this.#streamer.abort();
  }

  /** Ends the write because the lease or the file system is gone. Unlike after abort(), close() then fails. */
  fail(reason: HadoopError): void {
    this.#streamer.abort(reason);
  }

  /** Leaving an `await using` block closes the file. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #checkOpen(): void {
    if (this.#closing) throw hadoopError('ClosedChannelException', `${this.#file.path} is closed`);
  }

  async #flush(sync: boolean, { updateLength, endBlock }: HsyncOptions): Promise<void> {
    this.#checkOpen();
    const seqno = await this.#inTurn(async () => {
      for (const packet of this.#cutter.flush(sync, endBlock)) await this.#queue(packet);
      return this.#cutter.lastSeqno;
    });
    await this.#streamer.flushThrough(seqno, updateLength);
  }

  #queue(packet: CutPacket): Promise<void> {
    return this.#streamer.queue({ ...packet, checksums: this.#checksum.compute(packet.data) });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    const done = () => undefined;
    this.#turn = result.then(done, done);
    return result;
  }
}

function checksumTypeOf(text: string): 'CRC32C' | 'CRC32' | 'NULL' {
  if (text === 'CRC32C' || text === 'CRC32' || text === 'NULL') return text;
  throw hadoopError('HadoopIllegalArgumentException', `Bad checksum type: ${text}`);
}
