/** Leads the recovery of a block whose writer is gone. */
import { currentUser } from '../../conf/configuration.ts';
import * as InterDatanode from '../../protocol/gen/inter-datanode.ts';
import { type DatanodeInfoProto, type RecoveringBlockProto, ReplicaStateProto } from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { initReplicaRecovery, updateReplicaUnderRecovery } from '../context/inter-datanode.ts';
import type { NamenodeSession } from '../link/namenode-session.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { planRecovery, type RecoveringReplica } from './block-recovery-plan.ts';

interface Participant extends RecoveringReplica {
  readonly datanode: DatanodeInfoProto;
}

/**
 * Brings the replicas of a block whose writer is gone to one length and generation stamp, as the node that the NameNode
 * chose to lead it (Hadoop: BlockRecoveryWorker).
 * @throws HadoopError if another recovery is under way, or no node takes part; the NameNode then orders the recovery again
 */
export async function recoverBlock(
  context: DatanodeContext,
  session: NamenodeSession,
  recovering: RecoveringBlockProto,
): Promise<void> {
  const { block, newGenStamp, truncateBlock } = recovering;
  const name = formatBlock(block.b);
  context.log.info({ block: name, recoveryId: newGenStamp }, 'recovering block');
  const answers = await Promise.all(block.locs.map((datanode) => begin(context, recovering, datanode)));
  if (answers.length > 0 && answers.every((a) => a === 'failed')) {
    throw hadoopError(
      'IOException',
      `All datanodes failed: block=${name}, datanodeids=${block.locs.map((l) => l.id.hostName)}`,
    );
  }
  const replicas = answers.filter((a): a is Participant => a !== 'failed' && a !== undefined);
  const plan = plannedRecovery(context, replicas, recovering);
  const { newLength } = plan;
  const newBlockId = truncateBlock?.blockId ?? block.b.blockId;
  if (plan.participants.length === 0) {
    await commit(session, recovering, { newLength: 0, deleteBlock: true, updated: [] });
    return;
  }
  const updates = await Promise.all(
    plan.participants.map((p) => update(context, recovering, p, newLength, newBlockId)),
  );
  const updated = updates.filter((u) => u !== undefined);
  if (updated.length === 0) throw hadoopError('IOException', `Cannot recover ${name}: no replica could be updated`);
  await commit(session, recovering, { newLength, deleteBlock: false, updated });
}

/** Plans the recovery. @throws HadoopError if the replicas can't be recovered; Bug */
function plannedRecovery(
  { bugs }: DatanodeContext,
  replicas: readonly Participant[],
  { block, truncateBlock }: RecoveringBlockProto,
) {
  const truncateTo = truncateBlock && (truncateBlock.numBytes ?? 0);
  try {
    return planRecovery(replicas, block.b.generationStamp, truncateTo);
  } catch (e) {
    throw bugs.ofMachine('planRecovery', { block: formatBlock(block.b), replicas, truncateTo }, e);
  }
}

async function commit(
  session: NamenodeSession,
  { block, newGenStamp }: RecoveringBlockProto,
  result: {
    newLength: number;
    deleteBlock: boolean;
    updated: readonly { datanode: DatanodeInfoProto; storageUuid: string }[];
  },
): Promise<void> {
  await session.commitBlockSynchronization({
    block: block.b,
    newGenStamp,
    newLength: result.newLength,
    closeFile: true,
    deleteBlock: result.deleteBlock,
    newTaragets: result.updated.map((u) => u.datanode.id),
    newTargetStorages: result.updated.map((u) => u.storageUuid),
  });
}

async function begin(
  context: DatanodeContext,
  recovering: RecoveringBlockProto,
  datanode: DatanodeInfoProto,
): Promise<Participant | 'failed' | undefined> {
  try {
    const answer = isSelf(context, datanode)
      ? await initReplicaRecovery(context, recovering)
      : await withPeer(context, datanode, (peer) =>
          peer.call(InterDatanode.initReplicaRecovery, { block: recovering }),
        );
    if (!answer.replicaFound || !answer.block) return undefined;
    const state = NAMES.get(answer.state ?? -1);
    if (!state) return undefined;
    return { datanode, state, generationStamp: answer.block.genStamp, numBytes: answer.block.numBytes ?? 0 };
  } catch (e) {
    const asked = { block: formatBlock(recovering.block.b), datanode: datanode.id.hostName };
    const err = context.bugs.failureOf('BlockRecovery.begin', asked, e);
    if (isHadoopError(err, 'RecoveryInProgressException')) throw err;
    context.log.warn({ ...asked, err }, 'no replica to recover');
    return 'failed';
  }
}

const NAMES = new Map<number, RecoveringReplica['state']>([
  [ReplicaStateProto.FINALIZED, 'FINALIZED'],
  [ReplicaStateProto.RBW, 'RBW'],
  [ReplicaStateProto.RWR, 'RWR'],
  [ReplicaStateProto.TEMPORARY, 'TEMPORARY'],
]);

async function update(
  context: DatanodeContext,
  { block, newGenStamp }: RecoveringBlockProto,
  replica: Participant,
  newLength: number,
  newBlockId: number,
) {
  const { datanode, generationStamp, numBytes } = replica;
  const old = { ...block.b, generationStamp, numBytes };
  try {
    if (isSelf(context, datanode)) {
      return {
        datanode,
        storageUuid: await updateReplicaUnderRecovery(context, old, newGenStamp, newLength, newBlockId),
      };
    }
    const request = { block: old, recoveryId: newGenStamp, newLength, newBlockId };
    const { storageUuid = '' } = await withPeer(context, datanode, (peer) =>
      peer.call(InterDatanode.updateReplicaUnderRecovery, request),
    );
    return { datanode, storageUuid };
  } catch (e) {
    const asked = { block: formatBlock(block.b), datanode: datanode.id.hostName };
    const err = context.bugs.failureOf('BlockRecovery.update', asked, e);
    context.log.warn({ ...asked, err }, 'failed to update a replica');
    return undefined;
  }
}

function isSelf(context: DatanodeContext, datanode: DatanodeInfoProto): boolean {
  return datanode.id.datanodeUuid === context.store.datanodeUuid;
}

async function withPeer<T>(
  context: DatanodeContext,
  datanode: DatanodeInfoProto,
  use: (peer: RpcClient) => Promise<T>,
): Promise<T> {
  const host = context.settings.connectByHostname ? datanode.id.hostName : datanode.id.ipAddr;
  const { PROTOCOL: protocol } = InterDatanode;
  const callTimeoutMs = context.settings.socketTimeoutMs;
  const peer = new RpcClient({ host, port: datanode.id.ipcPort, protocol, user: currentUser(), callTimeoutMs });
  try {
    return await use(peer);
  } finally {
    await peer.close();
  }
}
