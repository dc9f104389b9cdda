/** Reading a range of one block from one DataNode (Hadoop: BlockReaderRemote). */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op, type Packet } from '../../protocol/datatransfer/data-transfer.ts';
import {
  BlockOpResponseProto,
  ClientReadStatusProto,
  type DatanodeInfoProto,
  type LocatedBlockProto,
  OpReadBlockProto,
  Status,
} from '../../protocol/gen/messages.ts';
import { hadoopError, JAVA_CLASSES, type JavaClassName } from '../../runtime/errors.ts';
import { blockName } from '../dfs/block-format.ts';
import { connectDatanode } from '../dfs/connect-datanode.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import { opStatusMessage } from '../dfs/op-status.ts';

export interface BlockReadRequest {
  readonly path: string;
  readonly located: LocatedBlockProto;
  readonly node: DatanodeInfoProto;
  /** Offsets in the block of the first byte and of the byte after the last. */
  readonly start: number;
  readonly end: number;
  /** False reads the bytes without their checksums. */
  readonly verifyChecksum: boolean;
}

/** Reads a range of one block from one DataNode, packet by packet, and verifies the checksums. */
export class BlockReader {
  readonly #client: DfsClient;
  readonly #connection: DataConnection;
  readonly #request: BlockReadRequest;
  readonly #checksum: DataChecksum;
  readonly #address: string;
  #position: number;
  #nextSeqno = 0;
  #broken = false;

  /** @throws IOException when the DataNode can't be reached or refuses */
  static async open(client: DfsClient, request: BlockReadRequest): Promise<BlockReader> {
    const { node } = request;
    const address = `${client.datanodeHost(node)}:${node.id.xferPort}`;
    const begin = (connection: DataConnection, response: BlockOpResponseProto): BlockReader => {
      try {
        return new BlockReader(client, connection, address, request, response);
      } catch (e) {
        connection.destroy();
        throw e;
      }
    };
    // The DataNode may have closed a kept connection meanwhile: this does not count as a failure of the DataNode.
    for (let kept = client.peers.take(address); kept; kept = client.peers.take(address)) {
      const response = await sendRequest(client, kept, request).catch(() => undefined);
      if (response) return begin(kept, response);
      kept.destroy();
    }
    const connection = await connectDatanode(client, node);
    try {
      return begin(connection, await sendRequest(client, connection, request));
    } catch (e) {
      connection.destroy();
      throw e;
    }
  }

  private constructor(
    client: DfsClient,
    connection: DataConnection,
    address: string,
    request: BlockReadRequest,
    response: BlockOpResponseProto,
  ) {
    this.#client = client;
    this.#connection = connection;
    this.#address = address;
    this.#request = request;
    this.#position = request.start;
    if (response.status !== Status.SUCCESS || !response.readOpChecksumInfo) {
      const { located, path } = request;
      const which = `for OP_READ_BLOCK, remote=${connection.remoteAddress}, for file ${path}, for ${blockName(located.b)}`;
      throw hadoopError(refusalClass(response), `${opStatusMessage(response)}, ${which}`);
    }
    const { checksum, chunkOffset } = response.readOpChecksumInfo;
    this.#checksum = DataChecksum.fromProto(checksum);
    // The DataNode begins at the start of a checksum chunk, at most one chunk before the range.
    if (chunkOffset < 0 || chunkOffset > request.start || chunkOffset <= request.start - checksum.bytesPerChecksum) {
      throw hadoopError(
        'IOException',
        `BlockReader: error in first chunk offset (${chunkOffset}), asked for ${request.start}`,
      );
    }
  }

  /**
   * Returns the next bytes of the range as a view of the received packet; undefined after the last.
   * @throws ChecksumException, IOException
   */
  async next(): Promise<Buffer | undefined> {
    while (this.#position < this.#request.end) {
      const packet = await this.#receive();
      if (packet.data.length === 0) throw this.#malformed(packet, 'ends early');
      const { located, path, start, end, verifyChecksum } = this.#request;
      if (verifyChecksum) {
        this.#checksum.verify(packet.data, packet.checksums, located.offset + packet.offsetInBlock, path);
      }
      const from = Math.max(this.#position - packet.offsetInBlock, 0);
      const to = Math.min(end - packet.offsetInBlock, packet.data.length);
      if (packet.offsetInBlock > this.#position) throw this.#malformed(packet, `begins after ${start}`);
      if (from >= to) continue;
      this.#position = packet.offsetInBlock + to;
      return packet.data.subarray(from, to);
    }
    return undefined;
  }

  /** Ends the use. A reader that has read the whole range leaves its connection to the next reader. */
  release(): void {
    if (this.#broken || this.#position < this.#request.end) this.#connection.destroy();
    else void this.#finish();
  }

  async #receive(): Promise<Packet> {
    try {
      const packet = await this.#connection.receivePacket();
      if (packet.seqno !== this.#nextSeqno) throw this.#malformed(packet, `expected packet ${this.#nextSeqno}`);
      this.#nextSeqno++;
      return packet;
    } catch (e) {
      this.#broken = true;
      throw e;
    }
  }

  /** Takes the empty last packet and sends the DataNode the result of the read: the DataNode then waits for another op. */
  async #finish(): Promise<void> {
    try {
      const last = await this.#receive();
      if (!last.lastPacketInBlock || last.data.length > 0) throw this.#malformed(last, 'expected the last');
      const status = this.#request.verifyChecksum ? Status.CHECKSUM_OK : Status.SUCCESS;
      await this.#connection.sendMessage(ClientReadStatusProto, { status });
      this.#client.peers.put(this.#address, this.#connection);
    } catch {
      // The whole range was read: a connection that fails now is only not kept.
      this.#connection.destroy();
    }
  }

  #malformed(packet: Packet, reason: string): Error {
    this.#broken = true;
    const { seqno, offsetInBlock } = packet;
    const block = blockName(this.#request.located.b);
    return hadoopError('IOException', `Unexpected packet ${seqno} at ${offsetInBlock} of ${block}: ${reason}`);
  }
}

/** Returns the class of a DataNode's refusal. A damaged meta file is known by the class that the DataNode's message names. */
function refusalClass({ status, message = '' }: BlockOpResponseProto): JavaClassName {
  if (status === Status.ERROR_ACCESS_TOKEN) return 'InvalidBlockTokenException';
  return message.includes(JAVA_CLASSES.CorruptMetaHeaderException) ? 'CorruptMetaHeaderException' : 'IOException';
}

async function sendRequest(
  client: DfsClient,
  connection: DataConnection,
  request: BlockReadRequest,
): Promise<BlockOpResponseProto> {
  const { located, start, end, verifyChecksum } = request;
  await connection.sendOp(Op.READ_BLOCK, OpReadBlockProto, {
    header: { baseHeader: { block: located.b, token: located.blockToken }, clientName: client.clientName },
    offset: start,
    len: end - start,
    sendChecksums: verifyChecksum,
    cachingStrategy: {},
  });
  return connection.receiveMessage(BlockOpResponseProto);
}
