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
import { apply, applyAtMostOnce, empty, type MethodTable, NOT_SUPPORTED } from './context/method-table.ts';

export const clientNamespace = {
  mkdirs: async ({ driver, callerOf }, { src: path, masked, createParent }, call) => {
    checkPathLength('mkdirs', path);
    const caller = await callerOf(call);
    return { result: await driver.apply({ op: 'mkdirs', caller, path, permission: masked.perm, createParent }) };
  },
  delete_: applyAtMostOnce(
    DeleteResponseProto,
    ({ src: path, recursive }, caller) => ({ op: 'delete', caller, path, recursive }),
    (result) => ({ result }),
  ),
  rename: applyAtMostOnce(
    RenameResponseProto,
    ({ src: source, dst: destination }, caller) => ({ op: 'rename', caller, source, destination }),
    (result) => ({ result }),
  ),
  rename2: applyAtMostOnce(
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
  concat: applyAtMostOnce(
    ConcatResponseProto,
    ({ trg: target, srcs: sources }, caller) => ({ op: 'concat', caller, target, sources }),
    empty,
  ),
  createSymlink: NOT_SUPPORTED,
  setPermission: apply(
    ({ src: path, permission }, caller) => ({ op: 'setPermission', caller, path, permission: permission.perm }),
    empty,
  ),
  setOwner: apply(
    ({ src: path, username: owner, groupname: group }, caller) => ({ op: 'setOwner', caller, path, owner, group }),
    empty,
  ),
  setTimes: apply(
    ({ src: path, mtime: modificationTimeMs, atime: accessTimeMs }, caller) => ({
      op: 'setTimes',
      caller,
      path,
      modificationTimeMs,
      accessTimeMs,
    }),
    empty,
  ),
  setReplication: apply(
    ({ src: path, replication }, caller) => ({ op: 'setReplication', caller, path, replication }),
    (result) => ({ result }),
  ),
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;
