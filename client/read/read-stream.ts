/** The input stream of a file of HDFS (Hadoop: DFSInputStream). */
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { DatanodeInfoProto, LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { HadoopError, hadoopError, messageOf } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import { allocatedBlock, nodeList } from '../dfs/allocated-block.ts';
import { blockName, datanodeNames } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import { StepTeller } from '../dfs/explain.ts';
import { chooseReplica, refetchDelayMs } from '../dfs/replica-choice.ts';
import type { FileInput, OpenOptions, ReadRange } from '../filesystem/file-system.ts';
import { toReadableStream } from '../filesystem/web-stream.ts';
import { BlockReader } from './block-reader.ts';
import { LocatedFile } from './located-file.ts';

/** A file of HDFS being read. */
export class HdfsInputStream implements FileInput {
  readonly #client: DfsClient;
  readonly #file: LocatedFile;
  readonly #teller: StepTeller;
  readonly #verifyChecksum: boolean;
  /** DataNodes that failed this reader, by datanodeUuid; forgotten when the locations are fetched again. */
  readonly #dead = new Map<string, DatanodeInfoProto>();
  /** Corrupt replicas that are not reported yet: by block id, then by datanodeUuid. */
  readonly #corrupt = new Map<number, Map<string, DatanodeInfoProto>>();
  #connected = false;
  #closed = false;

  static async open(client: DfsClient, path: string, options: OpenOptions = {}): Promise<HdfsInputStream> {
    const teller = new StepTeller('read', client.explain);
    teller.tell(1, path);
    teller.tell(2, path);
    const file = await LocatedFile.open(client, path);
    if (teller.isOn) {
      teller.tell(3, `${file.length} bytes, ${file.known.length} blocks located`);
      for (const block of file.known) teller.note(`${blockName(block.b)} on ${datanodeNames(block.locs)}`);
    }
    return new HdfsInputStream(client, file, teller, options.verifyChecksum ?? true);
  }

  private constructor(client: DfsClient, file: LocatedFile, teller: StepTeller, verifyChecksum: boolean) {
    this.#client = client;
    this.#file = file;
    this.#teller = teller;
    this.#verifyChecksum = verifyChecksum;
  }

  get length(): number {
    return this.#file.length;
  }

  async pread(position: number, length: number): Promise<Uint8Array> {
    if (position < 0) throw hadoopError('EOFException', 'position is negative');
    await this.#file.growTo(position + length);
    const end = Math.min(position + length, this.length);
    if (end <= position) return new Uint8Array();
    let bytes: Buffer | undefined;
    let filled = 0;
    for await (const chunk of this.stream({ start: position, end })) {
      // Most reads are answered by one packet, which then needs no copy.
      if (!bytes && chunk.length === end - position) return chunk;
      bytes ??= Buffer.allocUnsafe(end - position);
      bytes.set(chunk, filled);
      filled += chunk.length;
    }
    return bytes ?? new Uint8Array();
  }

  async *stream({ start = 0, end = this.length }: ReadRange = {}): AsyncGenerator<Buffer> {
    await this.#file.growTo(end);
    const last = Math.min(end, this.length);
    for (let position = Math.max(0, start); position < last; ) {
      const block = await this.#file.blockAt(position);
      const blockEnd = Math.min(block.offset + (block.b.numBytes ?? 0), last);
      for await (const chunk of this.#readBlock(position, blockEnd)) {
        position += chunk.length;
        yield chunk;
      }
      this.#teller.reset();
      if (position < last) this.#teller.tell(6, blockName(block.b));
    }
  }

  readable(range?: ReadRange): ReadableStream<Uint8Array> {
    return toReadableStream(this.stream(range));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#teller.tell(7, this.#file.path);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Gives the bytes from `start` to `end`, both in one block. Goes on with another replica after any failure. */
  async *#readBlock(start: number, end: number): AsyncGenerator<Buffer> {
    let position = start;
    let failures = 0;
    while (position < end) {
      if (this.#closed) throw hadoopError('IOException', 'Stream closed');
      const { located, node, waits } = await this.#chooseReplica(position, failures);
      failures = waits;
      let reader: BlockReader | undefined;
      try {
        const range = { start: position - located.offset, end: end - located.offset };
        const verifyChecksum = this.#verifyChecksum;
        const request = { path: this.#file.path, located, node, ...range, verifyChecksum };
        reader = await BlockReader.open(this.#client, request);
        this.#tellConnected(located, node);
        for (let chunk = await reader.next(); chunk; chunk = await reader.next()) {
          // Reports before the bytes are given out: a reader that has enough bytes does not ask again.
          await this.#reportCorrupt(located, true);
          failures = 0;
          position += chunk.length;
          const size = chunk.length;
          this.#teller.tellSome(5, () => `${size} bytes from ${datanodeNames([node])}`);
          yield chunk;
        }
      } catch (e) {
        this.#handleFailure(located, node, HadoopError.from(e));
      } finally {
        reader?.release();
      }
    }
  }

  /** Chooses a replica. While every known replica has failed, waits and asks the NameNode again. @throws BlockMissingException */
  async #chooseReplica(position: number, failures: number) {
    let located = await this.#file.blockAt(position);
    for (let waits = failures; ; waits++) {
      const dead = new Set(this.#dead.keys());
      const node = chooseReplica({ replicas: located.locs, localAddresses: this.#client.localAddresses, dead });
      if (node) return { located, node, waits };
      const { conf, random } = this.#client;
      if (waits >= conf.get('dfs.client.max.block.acquire.failures')) {
        await this.#reportCorrupt(located, false);
        throw this.#blockMissing(located);
      }
      const delayMs = refetchDelayMs(waits, conf.get('dfs.client.retry.window.base'), random.next());
      this.#client.warn(
        `No node available for ${blockName(located.b)} file=${this.#file.path}. Will get new block locations from namenode and retry in ${Math.round(delayMs)} ms`,
      );
      await sleep(delayMs);
      this.#dead.clear();
      located = await this.#file.refetch(position);
    }
  }

  #handleFailure(located: LocatedBlockProto, node: DatanodeInfoProto, error: HadoopError): void {
    this.#dead.set(node.id.datanodeUuid, node);
    const message = `Failed to read ${blockName(located.b)} of ${this.#file.path} from ${datanodeNames([node])}: ${error.message}`;
    this.#teller.note(message);
    this.#client.warn(message);
    if (!error.is('ChecksumException') && !error.is('CorruptMetaHeaderException')) return;
    const nodes = this.#corrupt.get(located.b.blockId) ?? new Map<string, DatanodeInfoProto>();
    nodes.set(node.id.datanodeUuid, node);
    this.#corrupt.set(located.b.blockId, nodes);
  }

  /**
   * Reports the corrupt replicas of a block. Reports nothing if all of several replicas seem corrupt: the fault is then
   * more likely on the side of this reader (as in Hadoop).
   */
  async #reportCorrupt(located: LocatedBlockProto, anotherIsGood: boolean): Promise<void> {
    const nodes = this.#corrupt.get(located.b.blockId);
    if (!nodes) return;
    this.#corrupt.delete(located.b.blockId);
    if (!anotherIsGood && located.locs.length > 1 && nodes.size >= located.locs.length) return;
    const blocks = [...nodes.values()].map((node): LocatedBlockProto => {
      const at = located.locs.findIndex((n) => n.id.datanodeUuid === node.id.datanodeUuid);
      const pick = <T>(list: readonly T[]): T[] => list.slice(at, at + 1);
      return {
        ...located,
        locs: [node],
        storageTypes: pick(located.storageTypes),
        storageIDs: pick(located.storageIDs),
        isCached: [],
      };
    });
    try {
      await this.#client.call(ClientNamenode.reportBadBlocks, { blocks });
      this.#teller.note(`corrupt replicas of ${blockName(located.b)} reported: ${datanodeNames([...nodes.values()])}`);
    } catch (e) {
      // The read has succeeded; the block scanner of the DataNode will find the replica too.
      this.#client.warn(`Could not report corrupt replicas of ${blockName(located.b)}: ${messageOf(e)}`);
    }
  }

  #blockMissing(located: LocatedBlockProto): HadoopError {
    const places = nodeList(allocatedBlock(located).nodes);
    const dead = datanodeNames([...this.#dead.values()]);
    const message = `Could not obtain block: ${blockName(located.b)} file=${this.#file.path} No live nodes contain current block Block locations: ${places} Dead nodes: ${dead}`;
    return hadoopError('BlockMissingException', message);
  }

  #tellConnected(located: LocatedBlockProto, node: DatanodeInfoProto): void {
    if (this.#connected) this.#teller.note(`reading ${blockName(located.b)} from ${datanodeNames([node])}`);
    else this.#teller.tell(4, `${datanodeNames([node])} for ${blockName(located.b)}`);
    this.#connected = true;
  }
}
