/** Opening a file for append. */
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { CreateFlagProto, type HdfsFileStatusProto, type LocatedBlockProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { allocatedBlock } from '../dfs/allocated-block.ts';
import { blockName } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import type { AppendOptions } from '../filesystem/file-system.ts';
import type { AppendPoint } from './pipeline-events.ts';
import { HdfsOutputStream } from './write-stream.ts';

/** Opens a file to write at its end (Hadoop: DFSClient.append, DFSOutputStream.newStreamForAppend). */
export async function openForAppend(client: DfsClient, src: string, options: AppendOptions): Promise<HdfsOutputStream> {
  const { newBlock = false, syncBlock = false } = options;
  const { clientName } = client;
  const flag = CreateFlagProto.APPEND | (newBlock ? CreateFlagProto.NEW_BLOCK : 0);
  const { block, stat } = await client.call(ClientNamenode.append, { src, clientName, flag });
  const status = stat ?? (await getStatus(client, src));
  const append = appendPoint(src, block, newBlock);
  const file = {
    path: src,
    fileId: status.fileId ?? 0,
    replication: status.block_replication ?? 1,
    blockSizeBytes: status.blocksize ?? 0,
    append,
  };
  return new HdfsOutputStream(client, file, { position: status.length, syncBlocks: syncBlock });
}

/** Asks for the status that an older NameNode does not send with its answer to append(). */
async function getStatus(client: DfsClient, src: string): Promise<HdfsFileStatusProto> {
  const { fs } = await client.call(ClientNamenode.getFileInfo, { src });
  if (!fs) throw hadoopError('FileNotFoundException', `File does not exist: ${src}`);
  return fs;
}

/** The NameNode answers with no block when the file is empty or its last block is full. */
function appendPoint(src: string, block: LocatedBlockProto | undefined, newBlock: boolean): AppendPoint {
  if (newBlock || !block) return { kind: 'newBlock', previous: block?.b };
  if (block.locs.length === 0) {
    const message = `Unable to retrieve blocks locations for last block ${blockName(block.b)} of file ${src}`;
    throw hadoopError('IOException', message);
  }
  return { kind: 'partialBlock', last: allocatedBlock(block) };
}
