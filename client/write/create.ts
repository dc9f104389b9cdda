/** Creating a file. */
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { CreateFlagProto } from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import { StepTeller } from '../dfs/explain.ts';
import type { CreateOptions } from '../filesystem/file-system.ts';
import { HdfsOutputStream } from './write-stream.ts';

/** The options of a create, after the client's defaults and its umask. */
export interface NewFile extends Pick<CreateOptions, 'overwrite' | 'createParent' | 'syncBlock'> {
  readonly permission: { readonly masked: number; readonly unmasked: number };
  readonly replication: number;
  readonly blockSizeBytes: number;
}

/** Creates a file, and opens it for writing (Hadoop: DFSClient.create, DFSOutputStream.newStreamForCreate). */
export async function openForCreate(client: DfsClient, src: string, options: NewFile): Promise<HdfsOutputStream> {
  const { overwrite = true, createParent = true, syncBlock = false, permission } = options;
  const teller = new StepTeller('write', client.explain);
  teller.tell(1, src);
  const { fs } = await client.call(ClientNamenode.create, {
    src,
    masked: { perm: permission.masked },
    clientName: client.clientName,
    createFlag: CreateFlagProto.CREATE | (overwrite ? CreateFlagProto.OVERWRITE : 0),
    createParent,
    replication: options.replication,
    blockSize: options.blockSizeBytes,
    cryptoProtocolVersion: [],
    unmasked: { perm: permission.unmasked },
  });
  if (!fs) throw hadoopError('IOException', `The NameNode did not say what it created: ${src}`);
  const fileId = fs.fileId ?? 0;
  const replication = fs.block_replication ?? options.replication;
  const blockSizeBytes = fs.blocksize ?? options.blockSizeBytes;
  teller.tell(2, `inode ${fileId} of ${client.user}, replication ${replication}, blocks of ${blockSizeBytes} bytes`);
  const file = { path: src, fileId, replication, blockSizeBytes };
  const stream = new HdfsOutputStream(client, file, { syncBlocks: syncBlock });
  teller.tell(3, src);
  return stream;
}
