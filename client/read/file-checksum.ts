/** The checksum of a file (Hadoop: FileChecksumHelper). */
import { createHash } from 'node:crypto';
import { checksumType } from '../../protocol/checksum/checksum.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  BlockChecksumTypeProto,
  BlockOpResponseProto,
  ChecksumTypeProto,
  type LocatedBlockProto,
  OpBlockChecksumProto,
  type OpBlockChecksumResponseProto,
  Status,
} from '../../protocol/gen/messages.ts';
import { hadoopError, messageOf } from '../../runtime/errors.ts';
import { blockName, xferAddress } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import { opStatusMessage } from '../dfs/op-status.ts';
import type { FileChecksum } from '../filesystem/file-system.ts';

const MD5_BYTES = 16;
/** Hadoop digests its whole buffer with the zeros behind the MD5s. The buffer begins with this size and doubles. */
const MD5S_BUFFER_BYTES = 32;

/**
 * Returns the MD5 of the MD5s of the blocks' CRCs, as Hadoop's getFileChecksum. Its bytes:
 *
 *     +-------------------+----------------------------------------------+-------------------------+
 *     | int32 bytesPerCrc | int64 crcPerBlock, 0 with fewer than 2 blocks | MD5 of the block's MD5s |
 *     +-------------------+----------------------------------------------+-------------------------+
 *
 * @throws FileNotFoundException; UnsupportedOperationException for another combine mode; IOException when no DataNode of
 * a block answers
 */
export async function fileChecksum(client: DfsClient, path: string): Promise<FileChecksum> {
  if (client.conf.get('dfs.checksum.combine.mode') === 'COMPOSITE_CRC') {
    const message = 'dfs.checksum.combine.mode=COMPOSITE_CRC is not supported: set it to MD5MD5CRC';
    throw hadoopError('UnsupportedOperationException', message);
  }
  const { locations } = await client.call(ClientNamenode.getBlockLocations, {
    src: path,
    offset: 0,
    length: Number.MAX_SAFE_INTEGER,
  });
  if (!locations) throw hadoopError('FileNotFoundException', `File does not exist: ${path}`);
  if (locations.underConstruction)
    throw hadoopError('IOException', `Fail to get checksum, since file ${path} is under construction.`);
  const answers: OpBlockChecksumResponseProto[] = [];
  for (const block of locations.blocks) answers.push(await blockChecksum(client, path, block));
  const [first] = answers;
  if (!first) return encodeChecksum(0, 0, 'CRC32', Buffer.alloc(MD5S_BUFFER_BYTES));
  for (const [i, answer] of answers.entries()) {
    if (answer.bytesPerCrc !== first.bytesPerCrc) {
      const message = `Byte-per-checksum not matched: bpc=${answer.bytesPerCrc} but bytesPerCRC=${first.bytesPerCrc} (block ${i})`;
      throw hadoopError('IOException', message);
    }
  }
  const type = checksumType(first.crcType ?? ChecksumTypeProto.CHECKSUM_CRC32);
  return encodeChecksum(first.bytesPerCrc, answers.length > 1 ? first.crcPerBlock : 0, type, md5sBuffer(answers));
}

function md5sBuffer(answers: readonly OpBlockChecksumResponseProto[]): Buffer {
  let bytes = MD5S_BUFFER_BYTES;
  while (bytes < answers.length * MD5_BYTES) bytes *= 2;
  const buffer = Buffer.alloc(bytes);
  for (const [i, answer] of answers.entries()) buffer.set(answer.blockChecksum, i * MD5_BYTES);
  return buffer;
}

function encodeChecksum(bytesPerCrc: number, crcPerBlock: number, type: string, md5s: Buffer): FileChecksum {
  const bytes = Buffer.alloc(12 + MD5_BYTES);
  bytes.writeInt32BE(bytesPerCrc, 0);
  bytes.writeBigInt64BE(BigInt(crcPerBlock), 4);
  bytes.set(createHash('md5').update(md5s).digest(), 12);
  return { algorithm: `MD5-of-${crcPerBlock}MD5-of-${bytesPerCrc}${type}`, bytes };
}

/** Returns the MD5 of the CRCs of one block, from the first of its DataNodes that answers. */
async function blockChecksum(
  client: DfsClient,
  path: string,
  located: LocatedBlockProto,
): Promise<OpBlockChecksumResponseProto> {
  let failure: unknown;
  for (const node of located.locs) {
    let connection: DataConnection | undefined;
    try {
      const timeoutMs = client.readTimeoutMs(3);
      connection = await DataConnection.connect({ host: client.datanodeHost(node), port: node.id.xferPort, timeoutMs });
      await connection.sendOp(Op.BLOCK_CHECKSUM, OpBlockChecksumProto, {
        header: { block: located.b, token: located.blockToken },
        blockChecksumOptions: { blockChecksumType: BlockChecksumTypeProto.MD5CRC },
      });
      const response = await connection.receiveMessage(BlockOpResponseProto);
      const { checksumResponse } = response;
      if (response.status === Status.SUCCESS && checksumResponse) return checksumResponse;
      throw hadoopError('IOException', `${opStatusMessage(response)}, for ${blockName(located.b)}`);
    } catch (e) {
      failure = e;
      client.warn(`src=${path}, datanodes=${xferAddress(node)}: ${messageOf(e)}`);
    } finally {
      connection?.destroy();
    }
  }
  throw hadoopError('IOException', `${path}: Fail to get block MD5 for ${blockName(located.b)}`, failure);
}
