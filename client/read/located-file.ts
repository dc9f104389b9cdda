import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import type { DatanodeInfoProto, LocatedBlockProto, LocatedBlocksProto } from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { HadoopError, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { blockName } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';

/** dfs.client.read.prefetch.size: the locations of so many blocks are fetched at once. */
const PREFETCH_BLOCKS = 10;
/** How long a DataNode that has just started is asked again, and how often (Hadoop: DFSInputStream). */
const STARTING_RETRY_MS = 500;

/** What is known of a file at one time. */
interface Snapshot {
  readonly length: number;
  readonly blocks: LocatedBlockProto[];
  readonly isOpen: boolean;
}

/** Where the blocks of a file lie, as far as it was asked, and how long the file is. */
export class LocatedFile {
  readonly #client: DfsClient;
  readonly path: string;
  #length: number;
  /** By offset, without gaps being known: blocks that were asked for. */
  #blocks: LocatedBlockProto[];
  /** Somebody is writing the file. */
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

  /** Includes what the writer of an open file has flushed. */
  get length(): number {
    return this.#length;
  }

  get known(): readonly LocatedBlockProto[] {
    return this.#blocks;
  }

  /**
   * Looks whether a file that is being written has grown to `end`, when it is not known to be so long. What a reader
   * has seen stays: the length never falls.
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

  /** The block that has byte `position`. @throws FileNotFoundException, IOException when the file has become shorter */
  async blockAt(position: number): Promise<LocatedBlockProto> {
    return this.#find(position) ?? this.refetch(position);
  }

  /** Asks the NameNode again where the block is, after replicas failed. */
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
      // A block without bytes may have been given up by the writer, who got another one in its place.
      if (known && (known.b.numBytes ?? 0) > 0 && known.b.blockId !== block.b.blockId) {
        // Another file has the name now: its bytes are not those that this reader began with.
        throw hadoopError('IOException', `Blocklist for ${this.path} has changed!`);
      }
      // The length of an open block is only known from its DataNodes.
      const numBytes = Math.max(block.b.numBytes ?? 0, known?.b.numBytes ?? 0);
      blocks.set(block.offset, { ...block, b: { ...block.b, numBytes } });
    }
    this.#blocks = [...blocks.values()];
  }

  #find(position: number): LocatedBlockProto | undefined {
    return this.#blocks.find((b) => position >= b.offset && position < b.offset + (b.b.numBytes ?? 0));
  }
}

/** The file's length and its blocks from `offset` on, the last one as long as its DataNodes say. */
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
    // The writer may be rebuilding the pipeline, or the DataNodes are still reporting to a NameNode that has restarted.
    if (retries <= 0) throw failure;
    client.warn(
      `${failure.message} Datanodes might not have reported blocks completely. Will retry for ${retries} times`,
    );
    await pause(conf.get('dfs.client.retry.interval-ms.get-last-block-length'));
  }
}

async function getBlockLocations(client: DfsClient, src: string, offset: number): Promise<LocatedBlocksProto> {
  const length = PREFETCH_BLOCKS * client.conf.get('dfs.blocksize');
  const { locations } = await client.call(ClientNamenode.getBlockLocations, { src, offset, length });
  if (!locations) throw hadoopError('FileNotFoundException', `File does not exist: ${src}`);
  return locations;
}

/**
 * How many bytes of a block that is being written a reader may see: any of its DataNodes knows.
 * @throws CannotObtainBlockLengthException, and IOException while the NameNode does not know where a block with bytes is
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
      // A replica that waits to be recovered says -1: none of its bytes is sure.
      if (length >= 0) return length;
    } catch (e) {
      failure = e;
      if (isHadoopError(e, 'ReplicaNotFoundException')) notFound++;
      if (isHadoopError(e, 'RetriableException') && client.clock.monotonicMs() < deadlineMs) {
        // It starts: it will know when it has looked at its disks.
        nodes.push(node);
        await pause(STARTING_RETRY_MS);
      }
    }
  }
  // No DataNode has it yet: the pipeline is just being set up. Bytes that were flushed are never taken for none.
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

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
