import { DataChecksum } from '../protocol/checksum.ts';
import { type HadoopError, hadoopError } from '../protocol/errors.ts';
import { DataStreamer, type OpenFile } from './data-streamer.ts';
import type { DfsClient } from './dfs-client.ts';
import { StepTeller } from './explain.ts';
import type { FileOutput } from './file-system.ts';
import { type CutPacket, PacketCutter } from './packet-cutter.ts';

const BUFFERED_BYTES = 1024 * 1024;

/** A file of HDFS being written: cuts packets, computes their checksums and hands them to the DataStreamer. */
export class HdfsOutputStream implements FileOutput {
  readonly #file: OpenFile;
  readonly #checksum: DataChecksum;
  readonly #cutter: PacketCutter;
  readonly #streamer: DataStreamer;
  readonly #teller: StepTeller;
  #position = 0;
  #closing: Promise<void> | undefined;
  /** Calls take their turn, so that unawaited writes keep their order. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @throws HadoopIllegalArgumentException when checksums don't fit the block size */
  constructor(client: DfsClient, file: OpenFile) {
    const { conf } = client;
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
    this.#cutter = new PacketCutter({ blockSizeBytes: file.blockSizeBytes, packetSizeBytes, bytesPerChecksum });
    this.#streamer = new DataStreamer(client, file, this.#checksum, this.#teller, () => client.leases.remove(this));
    client.leases.add(this);
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
    return this.#flush(false);
  }

  hsync(): Promise<void> {
    return this.#flush(true);
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
      for (const packet of this.#cutter.close()) await this.#queue(packet);
      await this.#streamer.close();
    });
    return this.#closing;
  }

  async abort(): Promise<void> {
    this.#closing ??= Promise.resolve();
    this.#streamer.abort();
  }

  /** The lease or the file system is gone: unlike after abort(), close() fails, because the file is not complete. */
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

  async #flush(sync: boolean): Promise<void> {
    this.#checkOpen();
    await this.#inTurn(async () => {
      for (const packet of this.#cutter.flush(sync)) await this.#queue(packet);
    });
    await this.#streamer.flushThrough(this.#cutter.lastSeqno);
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
