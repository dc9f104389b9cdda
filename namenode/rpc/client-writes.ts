import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  AddBlockFlagProto,
  AppendResponseProto,
  ConcatResponseProto,
  CreateFlagProto,
  CreateResponseProto,
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  UpdatePipelineResponseProto,
} from '../../protocol/gen/messages.ts';
import type { Handlers } from '../../protocol/rpc/server.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { ClientBlock } from '../writing/write-file-op.ts';
import type { ClientContext } from './client-context.ts';

/**
 * A client that is told "not yet" comes back after 400 ms. A DataNode's report usually is only some ms behind the
 * client's call, so the call waits for it that long.
 */
const REPLICA_WAIT_MS = 300;

const clientBlock = (b: ExtendedBlockProto): ClientBlock => ({ ...b, numBytes: b.numBytes ?? 0 });
const optionalBlock = (b: ExtendedBlockProto | undefined) => (b === undefined ? undefined : clientBlock(b));
const uuids = (nodes: readonly DatanodeInfoProto[]) => nodes.map((n) => n.id.datanodeUuid);

/** The methods of ClientProtocol that writing a file needs, from create or append to complete, and those for its lease. */
export function writeHandlers(context: ClientContext) {
  const { driver } = context;

  /** Tries again when a DataNode reports, until `done` or the time is over. */
  async function awaitReplicas<T>(attempt: () => Promise<T>, done: (result: T) => boolean): Promise<T> {
    const end = driver.clock.monotonicMs() + REPLICA_WAIT_MS;
    for (;;) {
      const left = end - driver.clock.monotonicMs();
      let result: T;
      try {
        result = await attempt();
        if (done(result) || left <= 0) return result;
      } catch (e) {
        if (left <= 0 || !isHadoopError(e, 'NotReplicatedYetException')) throw e;
      }
      await driver.replicaReported(left);
    }
  }

  return {
    create: async (request, call) => {
      const caller = await context.caller(call);
      const command = {
        op: 'create',
        caller,
        path: request.src,
        permission: request.masked.perm,
        clientName: request.clientName,
        flags: request.createFlag,
        createParent: request.createParent,
        replication: request.replication,
        blockSizeBytes: request.blockSize,
      } as const;
      return driver.applyAtMostOnce(command, call, CreateResponseProto, (fs) => ({ fs }));
    },

    append: async (request, call) => {
      const caller = await context.caller(call);
      const newBlock = ((request.flag ?? 0) & CreateFlagProto.NEW_BLOCK) !== 0;
      const { src: path, clientName } = request;
      const command = { op: 'append', caller, path, clientName, newBlock } as const;
      return driver.applyAtMostOnce(command, call, AppendResponseProto, ({ block, stat }) => ({ block, stat }));
    },

    truncate: async (request, call) => {
      const caller = await context.caller(call);
      const { src: path, newLength: newLengthBytes, clientName } = request;
      return { result: await driver.apply({ op: 'truncate', caller, path, newLengthBytes, clientName }) };
    },

    concat: async (request, call) => {
      const caller = await context.caller(call);
      const command = { op: 'concat', caller, target: request.trg, sources: request.srcs } as const;
      return driver.applyAtMostOnce(command, call, ConcatResponseProto, () => ({}));
    },

    addBlock: async (request, call) => {
      const caller = await context.caller(call);
      const block = await awaitReplicas(
        () =>
          driver.apply({
            op: 'addBlock',
            caller,
            path: request.src,
            fileId: request.fileId ?? 0,
            clientName: request.clientName,
            previous: optionalBlock(request.previous),
            excludedUuids: uuids(request.excludeNodes),
            favoredNodes: request.favoredNodes,
            noLocalWrite: request.flags.includes(AddBlockFlagProto.NO_LOCAL_WRITE),
            ignoreClientLocality: request.flags.includes(AddBlockFlagProto.IGNORE_CLIENT_LOCALITY),
          }),
        () => true,
      );
      return { block };
    },

    complete: async (request, call) => {
      const caller = await context.caller(call);
      const result = await awaitReplicas(
        () =>
          driver.apply({
            op: 'complete',
            caller,
            path: request.src,
            fileId: request.fileId ?? 0,
            clientName: request.clientName,
            last: optionalBlock(request.last),
          }),
        (closed) => closed,
      );
      return { result };
    },

    abandonBlock: async (request, call) => {
      const caller = await context.caller(call);
      await driver.apply({
        op: 'abandonBlock',
        caller,
        path: request.src,
        fileId: request.fileId ?? 0,
        clientName: request.holder,
        block: clientBlock(request.b),
      });
      return {};
    },

    fsync: async (request, call) => {
      const caller = await context.caller(call);
      await driver.apply({
        op: 'fsync',
        caller,
        path: request.src,
        fileId: request.fileId ?? 0,
        clientName: request.client,
        lastBlockLength: request.lastBlockLength ?? -1,
      });
      return {};
    },

    updateBlockForPipeline: async (request) => {
      const block = clientBlock(request.block);
      return { block: await driver.apply({ op: 'updateBlockForPipeline', block, clientName: request.clientName }) };
    },

    updatePipeline: (request, call) => {
      const command = {
        op: 'updatePipeline',
        clientName: request.clientName,
        oldBlock: clientBlock(request.oldBlock),
        newBlock: clientBlock(request.newBlock),
        datanodeUuids: request.newNodes.map((n) => n.datanodeUuid),
        storageUuids: request.storageIDs,
      } as const;
      return driver.applyAtMostOnce(command, call, UpdatePipelineResponseProto, () => ({}));
    },

    getAdditionalDatanode: async (request, call) => {
      const caller = await context.caller(call);
      const block = await driver.apply({
        op: 'getAdditionalDatanode',
        caller,
        path: request.src,
        fileId: request.fileId ?? 0,
        clientName: request.clientName,
        block: clientBlock(request.blk),
        existing: request.existings.map((n, i) => ({
          datanodeUuid: n.id.datanodeUuid,
          storageUuid: request.existingStorageUuids[i],
        })),
        excludedUuids: uuids(request.excludes),
        count: request.numAdditionalNodes,
      });
      return { block };
    },

    renewLease: async (request) => {
      if (request.namespaces.length > 0) {
        throw hadoopError('IOException', `namespaces([${request.namespaces.join(', ')}]) should be null or empty`);
      }
      await driver.applySoft({ op: 'renewLease', clientName: request.clientName });
      return {};
    },

    recoverLease: async (request, call) => {
      const caller = await context.caller(call);
      const { src: path, clientName } = request;
      return { result: await driver.apply({ op: 'recoverLease', caller, path, clientName }) };
    },
  } satisfies Handlers<typeof ClientNamenode>;
}
