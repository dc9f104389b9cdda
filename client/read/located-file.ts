/** The locations of the blocks of an open file, and the file's length. */
import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { DatanodeInfoProto, LocatedBlockProto, LocatedBlocksProto } from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { HadoopError, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import { blockName } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';

/** The locations of this number of blocks are fetched at once (Hadoop: dfs.client.read.prefetch.size). */
const PREFETCH_BLOCKS = 10;
/** Pause before a DataNode that has just started is asked again (Hadoop: DFSInputStream). */
const STARTING_RETRY_MS = 500;

/** The length and the blocks of a file at one time. */
interface Snapshot {
  readonly length: number;
  readonly blocks: LocatedBlockProto[];
  readonly isOpen: boolean;
}

/** The blocks of a file that were asked for so far, with their locations, and the length of the file. */
export class LocatedFile {
  readonly #client: DfsClient;
  readonly path: string;
  #length: number;
  /** The blocks that were asked for; there may be gaps between them. */
  #blocks: LocatedBlockProto[];
  /** Whether a writer has the file open. */
  #isOpen: boolean;
  #refreshing: Promise<void> | undefined;

  /** @throws FileNotFoundException, CannotObtainBlockLengthException */
  static async open(client: DfsClient, path: string): Promise<LocatedFile> {
    return new LocatedFile(client, path, await locate(client, path));
  }

  private constructor(client: DfsClient, path: string, { length, blocks, isOpen }: Snapshot) {
    this.#client = client;
    this.path = path;
    this.#length = length;
    this.#blocks = blocks;
    this.#isOpen = isOpen;
  }

  /** Length in bytes, with the bytes that the writer of an open file has flushed. */
  get length(): number {
    return this.#length;
  }

  get known(): readonly LocatedBlockProto[] {
    return this.#blocks;
  }

  /**
   * Asks whether a file that is being written has grown, if `end` is beyond its known length. The length never falls:
   * a reader keeps all bytes that it has seen.
   */
  async growTo(end: number): Promise<void> {
    if (!this.#isOpen || end <= this.#length) return;
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    await this.#refreshing;
  }

  async #refresh(): Promise<void> {
    const { length, blocks, isOpen } = await locate(this.#client, this.path, this.#length);
    this.#merge(blocks);
    this.#length = Math.max(this.#length, length);
    this.#isOpen = isOpen;
  }

  /** Returns the block with the byte `position`. @throws FileNotFoundException, IOException when the file became shorter */
  async blockAt(position: number): Promise<LocatedBlockProto> {
    return this.#find(position) ?? this.refetch(position);
  }

  /** Asks the NameNode again for the locations of a block, after its replicas failed. */
  async refetch(position: number): Promise<LocatedBlockProto> {
    const before = this.#find(position);
    const located = await getBlockLocations(this.#client, this.path, position);
    const fresh = [...located.blocks];
    const { lastBlock } = located;
    if (lastBlock && !fresh.some((b) => b.offset === lastBlock.offset)) fresh.push(lastBlock);
    this.#merge(fresh);
    const found = this.#find(position) ?? before;
    if (!found) throw hadoopError('IOException', `Could not find target position ${position} of ${this.path}`);
    return found;
  }

  #merge(fresh: readonly LocatedBlockProto[]): void {
    const blocks = new Map(this.#blocks.map((b) => [b.offset, b]));
    for (const block of fresh) {
      const known = blocks.get(block.offset);
      // A writer may have given up a block without bytes and got another block in its place.
      if (known && (known.b.numBytes ?? 0) > 0 && known.b.blockId !== block.b.blockId) {
        // Another file has this path now: its bytes are not those that this reader began to read.
        throw hadoopError('IOException', `Blocklist for ${this.path} has changed!`);
      }
      // Only its DataNodes know the length of an open block.
      const numBytes = Math.max(block.b.numBytes ?? 0, known?.b.numBytes ?? 0);
      blocks.set(block.offset, { ...block, b: { ...block.b, numBytes } });
    }
    this.#blocks = [...blocks.values()];
  }

  #find(position: number): LocatedBlockProto | undefined {
    return this.#blocks.find((b) => position >= b.offset && position < b.offset + (b.b.numBytes ?? 0));
  }
}

/** Returns the length of the file and its blocks from `offset` on. The DataNodes tell the length of an open last block. */
async function locate(client: DfsClient, path: string, offset = 0): Promise<Snapshot> {
  const { conf } = client;
  for (let retries = conf.get('dfs.client.retry.times.get-last-block-length'); ; retries--) {
    const located = await getBlockLocations(client, path, offset);
    if (located.ecPolicy) {
      const message = `${path} is erasure coded (${located.ecPolicy.name}): not supported`;
      throw hadoopError('UnsupportedOperationException', message);
    }
    const { blocks, lastBlock: last, fileLength } = located;
    if (!last || located.isLastBlockComplete) return { length: fileLength, blocks, isOpen: located.underConstruction };
    let failure: HadoopError;
    try {
      const visible = await visibleLength(client, last);
      const open = { ...last, b: { ...last.b, numBytes: visible } };
      const before = blocks.filter((b) => b.offset < last.offset);
      return { length: fileLength + visible, blocks: [...before, open], isOpen: true };
    } catch (e) {
      failure = HadoopError.from(e);
    }
    // The writer may be rebuilding its pipeline, or the DataNodes have not yet reported to a NameNode that restarted.
    if (retries <= 0) throw failure;
    client.warn(
      `${failure.message} Datanodes might not have reported blocks completely. Will retry for ${retries} times`,
    );
    await sleep(conf.get('dfs.client.retry.interval-ms.get-last-block-length'));
  }
}

async function getBlockLocations(client: DfsClient, src: string, offset: number): Promise<LocatedBlocksProto> {
  const length = PREFETCH_BLOCKS * client.conf.get('dfs.blocksize');
  const { locations } = await client.call(ClientNamenode.getBlockLocations, { src, offset, length });
  if (!locations) throw hadoopError('FileNotFoundException', `File does not exist: ${src}`);
  return locations;
}

/**
 * Asks the DataNodes of a block that is being written for the number of bytes that a reader may see; each of them knows it.
 * @throws CannotObtainBlockLengthException; IOException while the NameNode has no location of a block with bytes
 */
async function visibleLength(client: DfsClient, last: LocatedBlockProto): Promise<number> {
  if (last.locs.length === 0 && (last.b.numBytes ?? 0) === 0) return 0;
  if (last.locs.length === 0) throw hadoopError('IOException', 'Could not obtain the last block locations.');
  const deadlineMs = client.clock.monotonicMs() + client.conf.get('dfs.client.socket-timeout');
  const nodes = [...last.locs];
  let notFound = 0;
  let failure: unknown;
  for (let node = nodes.shift(); node; node = nodes.shift()) {
    try {
      const length = await askVisibleLength(client, node, last);
      // -1 is the answer for a replica that waits for recovery: none of its bytes is sure.
      if (length >= 0) return length;
    } catch (e) {
      failure = e;
      if (isHadoopError(e, 'ReplicaNotFoundException')) notFound++;
      if (isHadoopError(e, 'RetriableException') && client.clock.monotonicMs() < deadlineMs) {
        // The DataNode is starting: it can answer when it has read its disks.
        nodes.push(node);
        await sleep(STARTING_RETRY_MS);
      }
    }
  }
  // No DataNode has the replica yet: its pipeline is being set up. Bytes that were flushed are never taken for none.
  if (notFound === last.locs.length && !((last.b.numBytes ?? 0) > 0)) return 0;
  const message = `Cannot obtain block length for LocatedBlock{${blockName(last.b)}}`;
  throw hadoopError('CannotObtainBlockLengthException', message, failure);
}

async function askVisibleLength(client: DfsClient, node: DatanodeInfoProto, last: LocatedBlockProto): Promise<number> {
  const rpc = new RpcClient({
    host: client.datanodeHost(node),
    port: node.id.ipcPort,
    protocol: ClientDatanode.PROTOCOL,
    user: client.user,
    connectTimeoutMs: client.conf.get('dfs.client.socket-timeout'),
    callTimeoutMs: client.conf.get('dfs.client.socket-timeout'),
  });
  try {
    return (await rpc.call(ClientDatanode.getReplicaVisibleLength, { block: last.b })).length;
  } finally {
    await rpc.close();
  }
}
