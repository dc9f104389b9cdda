/** The events that a WritePipeline takes in, and the effects that it gives. */
import type { Packet } from '../../protocol/datatransfer/data-transfer.ts';
import type { DatanodeInfoProto, ExtendedBlockProto, Status, TokenProto } from '../../protocol/gen/messages.ts';
import type { HadoopError } from '../../runtime/errors.ts';
import type { AllocatedBlock, PipelineNode } from '../dfs/allocated-block.ts';

/** The block being written and its pipeline. */
export interface OpenBlock {
  /** Its numBytes is the number of bytes that every DataNode has acked. */
  readonly block: ExtendedBlockProto;
  readonly token: TokenProto;
  readonly nodes: readonly PipelineNode[];
  readonly bytesSent: number;
  /** DataNodes that failed in the pipelines of this file. */
  readonly failed: readonly DatanodeInfoProto[];
}

/** Hadoop's PIPELINE_SETUP_CREATE, …_APPEND, …_APPEND_RECOVERY, …_STREAMING_RECOVERY and PIPELINE_CLOSE_RECOVERY. */
export type SetupStage = 'CREATE' | 'APPEND' | 'APPEND_RECOVERY' | 'STREAMING_RECOVERY' | 'CLOSE_RECOVERY';

/** The place at which an append goes on: in the partial last block of the file, or in a new block behind `previous`. */
export type AppendPoint =
  | { readonly kind: 'partialBlock'; readonly last: AllocatedBlock }
  | { readonly kind: 'newBlock'; readonly previous: ExtendedBlockProto | undefined };

/** An event of a writer: a call of its user, an answer of the NameNode, an ack of the DataNodes, or the clock. */
export type PipelineEvent =
  | { readonly kind: 'packet'; readonly packet: Packet }
  | { readonly kind: 'hflush' }
  | { readonly kind: 'close' }
  | { readonly kind: 'tick' }
  | { readonly kind: 'blockAdded'; readonly allocated: AllocatedBlock }
  | { readonly kind: 'blockAbandoned' }
  | { readonly kind: 'completed'; readonly done: boolean }
  /** The NameNode refused the effect that `during` names. */
  | { readonly kind: 'refused'; readonly during: NameNodeEffectKind; readonly error: HadoopError }
  /** Events of a connection carry the number of the connect effect that they answer. Events of older connections are ignored. */
  | { readonly kind: 'connected'; readonly connection: number }
  | { readonly kind: 'connectFailed'; readonly connection: number; readonly failure: SetupFailure }
  | { readonly kind: 'disconnected'; readonly connection: number; readonly error: HadoopError }
  | {
      readonly kind: 'ack';
      readonly connection: number;
      readonly seqno: number;
      readonly replies: readonly Status[];
      /** Places of the nodes that ask the writer to slow down (ECN), and of those that are slow. */
      readonly congested?: readonly number[];
      readonly slow?: readonly number[];
    }
  | { readonly kind: 'datanodeAdded'; readonly allocated: AllocatedBlock }
  | { readonly kind: 'transferred' }
  | { readonly kind: 'transferFailed'; readonly error: HadoopError }
  | { readonly kind: 'stamped'; readonly generationStamp: number; readonly token: TokenProto }
  | { readonly kind: 'pipelineUpdated' };

export interface SetupFailure {
  /** Place of the node that failed, from BlockOpResponseProto.firstBadLink; undefined if that names no node. */
  readonly badNode?: number | undefined;
  readonly restarting: boolean;
  readonly error: HadoopError;
}

/** An action that the driver performs. Effects are performed in their order. */
export type PipelineEffect =
  | {
      readonly kind: 'addBlock';
      readonly previous: ExtendedBlockProto | undefined;
      readonly excludes: readonly DatanodeInfoProto[];
    }
  | { readonly kind: 'abandonBlock'; readonly block: ExtendedBlockProto }
  | {
      readonly kind: 'connect';
      readonly connection: number;
      readonly stage: SetupStage;
      readonly block: ExtendedBlockProto;
      readonly token: TokenProto;
      readonly nodes: readonly PipelineNode[];
      readonly newGenerationStamp: number;
      readonly bytesAcked: number;
      readonly bytesSent: number;
    }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'send'; readonly packet: Packet }
  | { readonly kind: 'sendHeartbeat' }
  /** Every DataNode has the packets up to `seqno`. */
  | { readonly kind: 'acked'; readonly seqno: number }
  | { readonly kind: 'blockFinished'; readonly block: ExtendedBlockProto }
  | {
      readonly kind: 'getAdditionalDatanode';
      readonly block: ExtendedBlockProto;
      readonly existing: readonly PipelineNode[];
      readonly excludes: readonly DatanodeInfoProto[];
    }
  | {
      readonly kind: 'transferBlock';
      readonly block: ExtendedBlockProto;
      readonly token: TokenProto;
      readonly source: PipelineNode;
      readonly target: PipelineNode;
      readonly bytesSent: number;
    }
  | { readonly kind: 'updateBlockForPipeline'; readonly block: ExtendedBlockProto }
  | {
      readonly kind: 'updatePipeline';
      readonly oldBlock: ExtendedBlockProto;
      readonly newBlock: ExtendedBlockProto;
      readonly nodes: readonly PipelineNode[];
    }
  | { readonly kind: 'complete'; readonly last: ExtendedBlockProto | undefined }
  /** A message for the user: why a recovery begins or a node is left out. */
  | { readonly kind: 'warn'; readonly message: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly error: HadoopError };

/** The function by which the parts of a WritePipeline give their effects. */
export type Emit = (effect: PipelineEffect) => void;

export type Effect<K extends PipelineEffect['kind']> = Extract<PipelineEffect, { kind: K }>;

/** Effects that the NameNode answers. */
export type NameNodeEffectKind =
  | 'addBlock'
  | 'abandonBlock'
  | 'getAdditionalDatanode'
  | 'updateBlockForPipeline'
  | 'updatePipeline'
  | 'complete';
