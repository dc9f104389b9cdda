/** The methods of ClientProtocol that change the tree: directories, names, attributes. */
import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  ConcatResponseProto,
  DeleteResponseProto,
  Rename2ResponseProto,
  RenameResponseProto,
} from '../../protocol/gen/messages.ts';
import { checkPathLength } from '../namespace/path.ts';
import type { ClientContext } from './context/client-context.ts';
import { applyAtMostOnce, applyOnce, empty, type MethodTable, NOT_SUPPORTED } from './context/method-table.ts';
import { afterSubtreeCheck } from './subtree-slices.ts';

export const clientNamespace = {
  mkdirs: applyOnce(
    ({ src: path, masked, createParent }, caller) => {
      checkPathLength('mkdirs', path);
      return { op: 'mkdirs', caller, path, permission: masked.perm, createParent };
    },
    (result) => ({ result }),
  ),
  delete_: afterSubtreeCheck(
    ({ src }) => src,
    applyAtMostOnce(
      DeleteResponseProto,
      ({ src: path, recursive }, caller) => ({ op: 'delete', caller, path, recursive }),
      (result) => ({ result }),
    ),
  ),
  rename: applyAtMostOnce(
    RenameResponseProto,
    ({ src: source, dst: destination }, caller) => ({ op: 'rename', caller, source, destination }),
    (result) => ({ result }),
  ),
  rename2: afterSubtreeCheck(
    ({ src, moveToTrash }) => (moveToTrash ? src : undefined),
    applyAtMostOnce(
      Rename2ResponseProto,
      ({ src: source, dst: destination, overwriteDest: overwrite, moveToTrash }, caller) => ({
        op: 'rename2',
        caller,
        source,
        destination,
        overwrite,
        moveToTrash,
      }),
      empty,
    ),
  ),
  concat: applyAtMostOnce(
    ConcatResponseProto,
    ({ trg: target, srcs: sources }, caller) => ({ op: 'concat', caller, target, sources }),
    empty,
  ),
  createSymlink: NOT_SUPPORTED,
  setPermission: applyOnce(
    ({ src: path, permission }, caller) => ({ op: 'setPermission', caller, path, permission: permission.perm }),
    empty,
  ),
  setOwner: applyOnce(
    ({ src: path, username: owner, groupname: group }, caller) => ({ op: 'setOwner', caller, path, owner, group }),
    empty,
  ),
  setTimes: applyOnce(
    ({ src: path, mtime: modificationTimeMs, atime: accessTimeMs }, caller) => ({
      op: 'setTimes',
      caller,
      path,
      modificationTimeMs,
      accessTimeMs,
    }),
    empty,
  ),
  setReplication: applyOnce(
    ({ src: path, replication }, caller) => ({ op: 'setReplication', caller, path, replication }),
    (result) => ({ result }),
  ),
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;
