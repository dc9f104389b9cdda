/** Creates files. */
import type { HdfsFileStatusProto } from '../../protocol/gen/messages.ts';
import { isValidName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { checkNameNodeSafeMode } from '../blocks/check-safe-mode.ts';
import { verifyReplication } from '../blocks/verify-replication.ts';
import type { Caller } from '../command/caller.ts';
import type { Transaction } from '../command/transaction.ts';
import { removeSubtree } from '../namespace/delete-op.ts';
import { fileStatus } from '../namespace/file-status.ts';
import { newFile } from '../namespace/inode.ts';
import { type INodesInPath, lastINode, lastName } from '../namespace/inode-tree.ts';
import { addINode, createParentDirectories, verifyParentDir } from '../namespace/mkdir-op.ts';
import { checkPathLength, isReservedName } from '../namespace/path.ts';
import { WRITE } from '../namespace/permissions.ts';
import { checkAccess, resolvePath } from '../namespace/resolve-path.ts';
import { recoverLeaseInternal } from './lease-op.ts';
import type { WritingState } from './writing-state.ts';

/** The bits of CreateFlagProto. */
const CREATE = 1;
const OVERWRITE = 2;

export interface CreateRequest {
  readonly caller: Caller;
  readonly path: string;
  /** The permission after the client's umask. */
  readonly permission: number;
  /** The name of the client, which will hold the lease. */
  readonly clientName: string;
  /** The bits of CreateFlagProto. */
  readonly flags: number;
  readonly createParent: boolean;
  readonly replication: number;
  readonly blockSizeBytes: number;
}

/**
 * Creates an empty file under the lease of its writer (FSDirWriteFileOp.startFile).
 * @throws FileAlreadyExistsException, AlreadyBeingCreatedException, FileNotFoundException, AccessControlException, …
 */
export function create(s: WritingState, tx: Transaction, request: CreateRequest): HdfsFileStatusProto {
  const { caller, path, clientName } = request;
  checkPathLength('create', path);
  if (!isValidName(path) || isReservedName(path)) {
    throw hadoopError('InvalidPathException', `Invalid path name ${path}`);
  }
  checkNameNodeSafeMode(s.blockManager, tx.now, `Cannot create file${path}`);
  const iip = resolvePathForStartFile(s, request);
  if (request.blockSizeBytes < s.config.blockSizeMinBytes) {
    throw hadoopError(
      'IOException',
      `Specified block size ${request.blockSizeBytes} is less than configured minimum value ` +
        `dfs.namenode.fs-limits.min-block-size=${s.config.blockSizeMinBytes}`,
    );
  }
  verifyReplication(s.blockManager, path, request.replication, caller.address);
  const existing = lastINode(iip);
  if (existing !== undefined) {
    if ((request.flags & OVERWRITE) === 0) {
      // The writer of the existing file may be gone. After the soft limit of its lease the file is closed.
      recoverLeaseInternal(s, tx, 'CREATE_FILE', iip, clientName, caller.address, false);
      throw hadoopError('FileAlreadyExistsException', `${iip.path} for client ${caller.address} already exists`);
    }
    removeSubtree(s.namespace, tx, existing);
  }
  return addFile(s, tx, iip, request);
}

function resolvePathForStartFile(s: WritingState, request: CreateRequest): INodesInPath {
  const { caller, path, flags } = request;
  const iip = resolvePath(s.namespace, caller, path, 'CREATE');
  checkAccess(s.namespace, iip, caller, { ancestor: WRITE });
  const inode = lastINode(iip);
  if (inode === undefined) {
    if (!request.createParent) verifyParentDir(iip);
    if ((flags & CREATE) === 0) {
      throw hadoopError('FileNotFoundException', `Can't overwrite non-existent ${path}`);
    }
    return iip;
  }
  if (inode.kind === 'directory') {
    throw hadoopError('FileAlreadyExistsException', `${iip.path} already exists as a directory`);
  }
  if ((flags & OVERWRITE) !== 0) checkAccess(s.namespace, iip, caller, { access: WRITE });
  return iip;
}

function addFile(s: WritingState, tx: Transaction, iip: INodesInPath, request: CreateRequest): HdfsFileStatusProto {
  const { caller, clientName } = request;
  // The file that is overwritten has left the tree, so its place in the path is free.
  const free = lastINode(iip) === undefined ? iip : { ...iip, inodes: iip.inodes.slice(0, -1) };
  const parent = createParentDirectories(s.namespace, tx, free, caller, undefined);
  const file = newFile({
    id: ++s.blockManager.counters.lastInodeId,
    name: lastName(iip),
    owner: caller.user,
    group: parent.group,
    permission: request.permission & 0o1777,
    modificationTimeMs: tx.wallMs,
    accessTimeMs: tx.wallMs,
    replication: request.replication,
    blockSizeBytes: request.blockSizeBytes,
    features: { underConstruction: { clientName, clientMachine: caller.address } },
  });
  addINode(s.namespace, tx, parent, file);
  s.namespace.leases.add(clientName, file.id, tx.now);
  return fileStatus(file, '');
}
