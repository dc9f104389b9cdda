/** WRITE_BLOCK: sets a pipeline up, receives the block and finalizes it. */
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import {
  BlockOpResponseProto,
  type OpWriteBlockProto,
  OpWriteBlockProto_BlockConstructionStage as Stage,
  Status,
} from '../../protocol/gen/messages.ts';
import { HadoopError, hadoopError, JAVA_CLASSES } from '../../runtime/errors.ts';
import { isDiskError } from '../../runtime/files/disk-errors.ts';
import { settled } from '../../runtime/promises.ts';
import type { DatanodeContext } from '../context/datanode-context.ts';
import { noteFailedAccess } from '../context/failed-access.ts';
import { releaseReserved } from '../replicas/replica-changes.ts';
import { ReplicaWriter } from '../replicas/replica-writer.ts';
import type { ReplicaHolder, StoredReplica } from '../replicas/stored-replica.ts';
import { formatBlock } from '../volumes/block-layout.ts';
import { BlockReceiver } from './block-receiver.ts';
import { type ConnectAck, openMirror, xferAddressOf } from './mirror.ts';
import { completion, createReplica, kindOf, openReplica, type WriteKind } from './write-stage.ts';

/**
 * Serves WRITE_BLOCK (Hadoop: DataXceiver.writeBlock): a client's pipeline in any of its stages, or a copy of a block
 * that another DataNode sends.
 *
 *     open the replica → connect to the next node → answer upstream → receive packets → finalize
 */
export async function writeBlock(
  context: DatanodeContext,
  upstream: DataConnection,
  header: OpWriteBlockProto,
): Promise<void> {
  const kind = kindOf(header);
  const block = formatBlock(header.header.baseHeader.block);
  context.log.info({ block, src: upstream.remoteAddress, dest: upstream.localAddress }, 'Receiving');
  let setUp: SetUp | undefined;
  let receiving = false;
  try {
    setUp = await setUpReceiver(context, upstream, header, kind).catch(async (e: unknown) => {
      const err = context.bugs.failureOf('DataXceiver.writeBlock', { block, stage: header.stage }, e);
      await noteFailedAccess(context, header.header.baseHeader.block, err);
      if (kind === 'pipeline') await settled(answer(upstream, refusal(context, upstream, err)));
      throw err;
    });
    const { replica, writer, mirror, checksum, ack, holder } = setUp;
    if (kind === 'pipeline') await answer(upstream, ack);
    if (writer) {
      holder.check();
      const complete = completion(context, replica, header, kind);
      const isPipeline = kind === 'pipeline';
      const { source } = header;
      const sendTimer = mirror && context.peerMetrics?.timerFor(header.targets);
      const options = { replica, writer, upstream, mirror, sendTimer, checksum, isPipeline, source, complete };
      receiving = true;
      if (isPipeline) context.metrics.DataNodePacketResponderCount++;
      await new BlockReceiver(context, options).receive().finally(() => {
        if (isPipeline) context.metrics.DataNodePacketResponderCount--;
      });
    } else {
      context.events.received(replica);
    }
    if (kind === 'transfer') await answer(upstream, SUCCESS);
    context.log.info(
      { block: replica.name, src: upstream.remoteAddress, bytes: replica.state.bytesOnDisk },
      'Received',
    );
  } catch (e) {
    // A disk that fails when the block is finalized is checked, as one that fails in a write is.
    if (setUp && isDiskError(e)) setUp.replica.volume.noteSuspect();
    throw e;
  } finally {
    setUp?.mirror?.destroy();
    // If a BlockReceiver has run, it has closed the files.
    if (setUp && !receiving) await release(setUp);
    if (setUp?.replica.state.kind === 'TEMPORARY') await context.store.remove(setUp.replica);
  }
}

interface SetUp {
  readonly replica: StoredReplica;
  /** Undefined if a failed close is repeated, because then there is nothing to write. */
  readonly writer: ReplicaWriter | undefined;
  readonly mirror: DataConnection | undefined;
  readonly checksum: DataChecksum;
  readonly ack: ConnectAck;
  readonly holder: SetUpHolder;
}

/** Holds a replica while its pipeline is set up. A recovery that comes meanwhile takes the replica away. */
class SetUpHolder implements ReplicaHolder {
  readonly #upstream: DataConnection;
  #superseded: string | undefined;

  constructor(upstream: DataConnection) {
    this.#upstream = upstream;
  }

  stop(reason: string): Promise<void> {
    this.#superseded = reason;
    this.#upstream.destroy();
    return Promise.resolve();
  }

  /** @throws IOException if another writer or a recovery has taken the replica */
  check(): void {
    if (this.#superseded) throw hadoopError('IOException', `The pipeline's set-up is superseded: ${this.#superseded}`);
  }
}

async function setUpReceiver(
  context: DatanodeContext,
  upstream: DataConnection,
  header: OpWriteBlockProto,
  kind: WriteKind,
): Promise<SetUp> {
  const checksum = DataChecksum.fromProto(header.requestedChecksum);
  const isNew = kind !== 'pipeline' || header.stage === Stage.PIPELINE_SETUP_CREATE;
  const holder = new SetUpHolder(upstream);
  const created = isNew ? await createReplica(context, header, kind, checksum, holder) : undefined;
  const replica = created?.replica ?? (await openReplica(context, header, kind, holder));
  let writer = created?.writer;
  try {
    const hasData = header.stage !== Stage.PIPELINE_CLOSE_RECOVERY;
    if (!isNew && hasData) writer = await ReplicaWriter.reopen(replica);
    const { timeoutMs } = upstream;
    // The writer is silent while it waits for the answer. Only the next node has a time limit, which is longer.
    upstream.setTimeout(0);
    const { mirror, ack } = await connectMirror(context, header, kind);
    upstream.setTimeout(timeoutMs);
    return { replica, writer, mirror, checksum, ack, holder };
  } catch (e) {
    await release({ replica, writer, holder });
    if (replica.state.kind === 'TEMPORARY') await context.store.remove(replica);
    throw e;
  }
}

/** Closes the files, and gives up the replica if the set-up still holds it. */
async function release({ replica, writer, holder }: Pick<SetUp, 'replica' | 'writer' | 'holder'>): Promise<void> {
  if (replica.writer === holder) replica.writer = undefined;
  await writer?.close();
  releaseReserved(replica);
}

const SUCCESS: ConnectAck = { status: Status.SUCCESS, firstBadLink: '' };

/** Connects to the next node. If that fails, a client's pipeline fails, while a copy goes on without the next node. */
async function connectMirror(
  context: DatanodeContext,
  header: OpWriteBlockProto,
  kind: WriteKind,
): Promise<{ mirror: DataConnection | undefined; ack: ConnectAck }> {
  const [next] = header.targets;
  if (!next) return { mirror: undefined, ack: SUCCESS };
  try {
    return await openMirror(header, context.settings, kind !== 'copy');
  } catch (e) {
    const block = formatBlock(header.header.baseHeader.block);
    const err = context.bugs.failureOf('DataXceiver.openMirror', { block, next: next.id.hostName }, e);
    if (kind === 'pipeline') throw new BadLink(err, xferAddressOf(next));
    context.log.info({ block, err }, 'continuing without the mirror');
    return { mirror: undefined, ack: SUCCESS };
  }
}

/** The next node could not be reached. The answer names that node, and the client builds the pipeline without it. */
class BadLink extends HadoopError {
  readonly firstBadLink: string;

  constructor(cause: Error, firstBadLink: string) {
    super(JAVA_CLASSES.IOException, `cannot reach the next node ${firstBadLink}: ${cause.message}`, cause);
    this.firstBadLink = firstBadLink;
  }
}

function refusal(context: DatanodeContext, upstream: DataConnection, e: Error): ConnectAck {
  if (e instanceof BadLink) return { status: Status.ERROR, firstBadLink: e.firstBadLink, message: e.message };
  const message = e instanceof HadoopError ? `${e.javaClass}: ${e.message}` : e.message;
  // Before the registration, the address that the client has reached is the only one known.
  const self = context.self();
  return { status: Status.ERROR, firstBadLink: self ? xferAddressOf(self) : upstream.localAddress, message };
}

function answer(upstream: DataConnection, ack: ConnectAck): Promise<void> {
  const { status, firstBadLink, message } = ack;
  return upstream.sendMessage(BlockOpResponseProto, { status, firstBadLink, message });
}
