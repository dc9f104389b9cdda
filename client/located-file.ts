import { hadoopError, isHadoopError } from '../protocol/errors.ts';
import * as ClientDatanode from '../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../protocol/gen/client-namenode.ts';
import type { LocatedBlockProto, LocatedBlocksProto } from '../protocol/gen/messages.ts';
import { RpcClient } from '../protocol/rpc-client.ts';
import { blockName } from './block-format.ts';
import type { DfsClient } from './dfs-client.ts';

/** dfs.client.read.prefetch.size: the locations of so many blocks are fetched at once. */
const PREFETCH_BLOCKS = 10;

/** Where the blocks of a file lie, as far as it was asked, and how long the file is. */
export class LocatedFile {
  readonly #client: DfsClient;
  readonly path: string;
  /** Includes what the writer of an open file has flushed. */
  readonly length: number;
  /** By offset, without gaps being known: blocks that were asked for. */
  #blocks: LocatedBlockProto[];

  /** @throws FileNotFoundException */
  static async open(client: DfsClient, path: string): Promise<LocatedFile> {
    const located = await getBlockLocations(client, path, 0);
    if (located.ecPolicy) {
      throw hadoopError(
        'UnsupportedOperationException',
        `${path} is erasure coded (${located.ecPolicy.name}): not supported`,
      );
    }
    const last = located.lastBlock;
    if (!last || located.isLastBlockComplete) return new LocatedFile(client, path, located.fileLength, located.blocks);
    const visible = await visibleLength(client, last);
    const open = { ...last, b: { ...last.b, numBytes: visible } };
    const blocks = [...located.blocks.filter((b) => b.offset < last.offset), open];
    return new LocatedFile(client, path, located.fileLength + visible, blocks);
  }

  private constructor(client: DfsClient, path: string, length: number, blocks: LocatedBlockProto[]) {
    this.#client = client;
    this.path = path;
    this.length = length;
    this.#blocks = blocks;
  }

  get known(): readonly LocatedBlockProto[] {
    return this.#blocks;
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
    for (const block of fresh) {
      const known = this.#blocks.find((b) => b.offset === block.offset);
      // The length of an open block is only known from its DataNodes.
      const numBytes = Math.max(block.b.numBytes ?? 0, known?.b.numBytes ?? 0);
      this.#blocks = this.#blocks.filter((b) => b.offset !== block.offset);
      this.#blocks.push({ ...block, b: { ...block.b, numBytes } });
    }
    const found = this.#find(position) ?? before;
    if (!found) throw hadoopError('IOException', `Could not find target position ${position} of ${this.path}`);
    return found;
  }

  #find(position: number): LocatedBlockProto | undefined {
    return this.#blocks.find((b) => position >= b.offset && position < b.offset + (b.b.numBytes ?? 0));
  }
}

async function getBlockLocations(client: DfsClient, src: string, offset: number): Promise<LocatedBlocksProto> {
  const length = PREFETCH_BLOCKS * client.conf.get('dfs.blocksize');
  const { locations } = await client.call(ClientNamenode.getBlockLocations, { src, offset, length });
  if (!locations) throw hadoopError('FileNotFoundException', `File does not exist: ${src}`);
  return locations;
}

/** How many bytes of a block that is being written a reader may see: any of its DataNodes knows. */
async function visibleLength(client: DfsClient, last: LocatedBlockProto): Promise<number> {
  // After the NameNode's restart, a block that was committed before may still be unknown to it by place.
  if (last.locs.length === 0 && (last.b.numBytes ?? 0) > 0) {
    throw hadoopError('IOException', 'Could not obtain the last block locations.');
  }
  let failure: unknown;
  let notFound = 0;
  for (const node of last.locs) {
    const rpc = new RpcClient({
      host: client.datanodeHost(node),
      port: node.id.ipcPort,
      protocol: ClientDatanode.PROTOCOL,
      user: client.user,
      callTimeoutMs: client.conf.get('dfs.client.socket-timeout'),
    });
    try {
      return (await rpc.call(ClientDatanode.getReplicaVisibleLength, { block: last.b })).length;
    } catch (e) {
      if (isHadoopError(e, 'ReplicaNotFoundException')) notFound++;
      failure = e;
    } finally {
      await rpc.close();
    }
  }
  // No DataNode has it yet: the pipeline is just being set up.
  if (notFound === last.locs.length) return 0;
  throw hadoopError('IOException', `Cannot obtain block length for LocatedBlock{${blockName(last.b)}}`, failure);
}
