/** The methods of ClientProtocol that writing a file takes, from create or append to complete, and those of its lease. */
import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  AppendResponseProto,
  CreateFlagProto,
  CreateResponseProto,
  TruncateResponseProto,
  UpdatePipelineResponseProto,
} from '../../protocol/gen/messages.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { badReplicasOf } from './context/bad-replicas.ts';
import type { ClientContext } from './context/client-context.ts';
import { apply, applyAtMostOnce, applyOnce, empty, type MethodTable } from './context/method-table.ts';
import { whenReplicated } from './when-replicated.ts';
import * as Request from './write-requests.ts';

export const clientWrites = {
  create: applyAtMostOnce(CreateResponseProto, Request.createCommand, (fs) => ({ fs })),
  append: applyAtMostOnce(
    AppendResponseProto,
    ({ src: path, clientName, flag = 0 }, caller) => ({
      op: 'append',
      caller,
      path,
      clientName,
      newBlock: (flag & CreateFlagProto.NEW_BLOCK) !== 0,
    }),
    ({ block, stat }) => ({ block, stat }),
  ),
  truncate: applyAtMostOnce(
    TruncateResponseProto,
    ({ src: path, newLength: newLengthBytes, clientName }, caller) => ({
      op: 'truncate',
      caller,
      path,
      newLengthBytes,
      clientName,
    }),
    (result) => ({ result }),
  ),
  addBlock: async ({ driver, callerOf }, request, call) => {
    const command = Request.addBlockCommand(request, await callerOf(call));
    return { block: await whenReplicated(driver, () => driver.apply(command)) };
  },
  complete: async ({ driver, callerOf }, request, call) => {
    const command = Request.completeCommand(request, await callerOf(call));
    return {
      result: await whenReplicated(
        driver,
        () => driver.apply(command),
        (isClosed) => isClosed,
      ),
    };
  },
  abandonBlock: apply(Request.abandonBlockCommand, empty),
  fsync: applyOnce(
    ({ src: path, fileId = 0, client: clientName, lastBlockLength = -1 }, caller) => ({
      op: 'fsync',
      caller,
      path,
      fileId,
      clientName,
      lastBlockLength,
    }),
    empty,
  ),
  updateBlockForPipeline: async ({ driver }, { block, clientName }) => ({
    block: await driver.apply({ op: 'updateBlockForPipeline', block: Request.clientBlock(block), clientName }),
  }),
  updatePipeline: applyAtMostOnce(UpdatePipelineResponseProto, Request.updatePipelineCommand, empty),
  getAdditionalDatanode: apply(Request.getAdditionalDatanodeCommand, (block) => ({ block })),
  renewLease: async ({ driver }, { clientName, namespaces }) => {
    if (namespaces.length > 0) {
      throw hadoopError('IOException', `namespaces([${namespaces.join(', ')}]) should be null or empty`);
    }
    await driver.applySoft({ op: 'renewLease', clientName });
    return {};
  },
  recoverLease: applyOnce(
    ({ src: path, clientName }, caller) => ({ op: 'recoverLease', caller, path, clientName }),
    (result) => ({ result }),
  ),
  reportBadBlocks: async ({ driver }, { blocks }) => {
    await driver.applySoft({ op: 'reportBadBlocks', replicas: badReplicasOf(blocks) });
    return {};
  },
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;
