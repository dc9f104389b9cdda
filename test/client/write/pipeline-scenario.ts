// Plays a scenario of test/scenarios/pipeline-*.txt on a write pipeline.
import type { PipelineNode } from '../../../client/dfs/allocated-block.ts';
import type { AppendPoint, PipelineEffect, PipelineEvent } from '../../../client/write/pipeline-events.ts';
import type { WritePipelineOptions } from '../../../client/write/pipeline-options.ts';
import { WritePipeline } from '../../../client/write/write-pipeline.ts';
import { HEARTBEAT_SEQNO } from '../../../protocol/datatransfer/data-transfer.ts';
import {
  type DatanodeInfoProto,
  type ExtendedBlockProto,
  Status,
  StorageTypeProto,
} from '../../../protocol/gen/messages.ts';
import { HadoopError, hadoopError, JAVA_CLASSES, type JavaClassName } from '../../../runtime/errors.ts';

const TOKEN = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
const PACKET_BYTES = 100;

/** Returns the DataNode of a letter: A listens on port 1, B on port 2, … */
export function datanode(letter: string): DatanodeInfoProto {
  const port = letter.charCodeAt(0) - 64;
  const id = { ipAddr: '10.0.0.1', hostName: letter, datanodeUuid: letter, xferPort: port, infoPort: 0, ipcPort: 0 };
  return { id };
}

function node(letter: string): PipelineNode {
  return { info: datanode(letter), storageType: StorageTypeProto.DISK, storageId: `DS-${letter}` };
}

const letters = (nodes: readonly PipelineNode[]): string => nodes.map((n) => n.info.id.hostName).join(' ');

function blockText(block: ExtendedBlockProto | undefined): string {
  return block ? `blk_${block.blockId}_${block.generationStamp}(${block.numBytes ?? 0})` : 'none';
}

/** Returns an effect as a line of a trace. */
export function effectText(effect: PipelineEffect): string {
  switch (effect.kind) {
    case 'addBlock': {
      const excludes = effect.excludes.map((e) => e.id.hostName).join(' ');
      return `addBlock previous=${blockText(effect.previous)}${excludes ? ` excludes=${excludes}` : ''}`;
    }
    case 'abandonBlock':
    case 'blockFinished':
    case 'updateBlockForPipeline':
      return `${effect.kind} ${blockText(effect.block)}`;
    case 'connect': {
      const stamp = effect.newGenerationStamp ? ` stamp=${effect.newGenerationStamp}` : '';
      const bytes = `acked=${effect.bytesAcked} sent=${effect.bytesSent}`;
      return `connect ${effect.stage} ${blockText(effect.block)} → ${letters(effect.nodes)}${stamp} ${bytes}`;
    }
    case 'send':
      return `send ${effect.packet.seqno}${effect.packet.lastPacketInBlock ? ' last' : ''} at ${effect.packet.offsetInBlock}`;
    case 'acked':
      return `acked ${effect.seqno}`;
    case 'getAdditionalDatanode': {
      const excludes = effect.excludes.map((e) => e.id.hostName).join(' ');
      return `getAdditionalDatanode existing=${letters(effect.existing)} excludes=${excludes}`;
    }
    case 'transferBlock':
      return `transferBlock ${blockText(effect.block)} ${letters([effect.source])} → ${letters([effect.target])}`;
    case 'updatePipeline':
      return `updatePipeline ${blockText(effect.oldBlock)} → ${blockText(effect.newBlock)} on ${letters(effect.nodes)}`;
    case 'complete':
      return `complete last=${blockText(effect.last)}`;
    case 'failed':
      return `failed ${effect.error.code}: ${shortNames(effect.error.message)}`;
    case 'warn':
      return `warn ${shortNames(effect.message)}`;
    default:
      return effect.kind;
  }
}

const shortNames = (message: string): string =>
  message.replace(/DatanodeInfoWithStorage\[[^\]]*DS-(\w+),DISK\]/g, '$1');

/** Returns append()'s answer for a last block of `numBytes` bytes on some nodes. */
export function appendPoint(numBytes: number, nodes = 'ABC'): AppendPoint {
  const block = { poolId: 'BP', blockId: 1, generationStamp: 1001, numBytes };
  return { kind: 'partialBlock', last: { block, token: TOKEN, nodes: [...nodes].map(node) } };
}

/** Drives a WritePipeline with the commands of a scenario file. */
export class PipelineScenario {
  readonly pipeline: WritePipeline;
  #now = 0;
  #seqno = 0;
  #offset = 0;
  #blockId = 1;
  #connection = 0;

  constructor(options: Partial<WritePipelineOptions> = {}) {
    this.pipeline = new WritePipeline({
      replication: 3,
      packetsInFlightMax: 80,
      replaceDatanode: { policy: 'DEFAULT', bestEffort: false, nodesMin: 0 },
      setupRetries: 3,
      locateRetries: 5,
      locateDelayMs: 400,
      heartbeatIntervalMs: 30_000,
      datanodeRestartTimeoutMs: 30_000,
      excludeMs: 600_000,
      isLocal: () => false,
      ...options,
    });
    const { append } = options;
    if (append?.kind === 'partialBlock') {
      this.#offset = append.last.block.numBytes ?? 0;
      this.#blockId = append.last.block.blockId + 1;
    }
  }

  /** Runs a command, such as `ack 0 SUCCESS ERROR`. Returns the trace of its effects and the stage after it. */
  run(command: string): string[] {
    const effects = this.#events(command).flatMap((event) => this.pipeline.step(event, this.#now));
    for (const effect of effects) if (effect.kind === 'connect') this.#connection = effect.connection;
    const { data, ack } = this.pipeline.queued;
    return [...effects.map(effectText), `= ${this.pipeline.stage} data=${data} ack=${ack}`];
  }

  #events(command: string): PipelineEvent[] {
    const [verb = '', ...args] = command.split(/\s+/);
    const connection = this.#connection;
    switch (verb) {
      case 'write':
        return Array.from({ length: Number(args[0]) }, () => this.#packet(PACKET_BYTES));
      case 'end-block':
        return [this.#packet(0)];
      case 'heartbeat-ack': {
        const replies = args.map(() => Status.SUCCESS);
        return [{ kind: 'ack', connection, seqno: HEARTBEAT_SEQNO, replies }];
      }
      case 'block-added': {
        const block = { poolId: 'BP', blockId: this.#blockId++, generationStamp: 1001 };
        return [{ kind: 'blockAdded', allocated: { block, token: TOKEN, nodes: args.map(node) } }];
      }
      case 'datanode-added': {
        const block = { poolId: 'BP', blockId: this.#blockId - 1, generationStamp: 1001 };
        return [{ kind: 'datanodeAdded', allocated: { block, token: TOKEN, nodes: args.map(node) } }];
      }
      case 'connected':
        return [{ kind: 'connected', connection }];
      case 'connect-failed': {
        const badNode = args[0] === undefined ? undefined : Number(args[0]);
        const failure = { badNode, restarting: args[1] === 'restarting', error: hadoopError('IOException', 'set-up') };
        return [{ kind: 'connectFailed', connection, failure }];
      }
      case 'disconnected':
        return [{ kind: 'disconnected', connection, error: hadoopError('EOFException', 'connection closed') }];
      case 'ack': {
        const [seqno, ...names] = args;
        const words = (names.length > 0 ? names : ['SUCCESS']).map((n) => n.split('+'));
        const replies = words.map(([n]) => Status[n as keyof typeof Status]);
        const placesOf = (flag: string) => words.flatMap((w, i) => (w.includes(flag) ? [i] : []));
        const flags = { congested: placesOf('congested'), slow: placesOf('slow') };
        return [{ kind: 'ack', connection, seqno: Number(seqno), replies, ...flags }];
      }
      case 'stamped':
        return [{ kind: 'stamped', generationStamp: Number(args[0]), token: TOKEN }];
      case 'transfer-failed':
        return [{ kind: 'transferFailed', error: hadoopError('IOException', 'transfer') }];
      case 'refused': {
        const [during, name] = args as ['addBlock', JavaClassName];
        return [{ kind: 'refused', during, error: new HadoopError(JAVA_CLASSES[name], 'refused') }];
      }
      case 'completed':
        return [{ kind: 'completed', done: args[0] === 'true' }];
      case 'after':
        this.#now += Number(args[0]);
        return [{ kind: 'tick' }];
      case 'block-abandoned':
        return [{ kind: 'blockAbandoned' }];
      case 'pipeline-updated':
        return [{ kind: 'pipelineUpdated' }];
      case 'transferred':
      case 'close':
      case 'hflush':
        return [{ kind: verb }];
      default:
        throw new Error(`unknown command: ${command}`);
    }
  }

  #packet(bytes: number): PipelineEvent {
    const offsetInBlock = this.#offset;
    const lastPacketInBlock = bytes === 0;
    this.#offset = lastPacketInBlock ? 0 : offsetInBlock + bytes;
    const data = Buffer.alloc(bytes);
    const packet = { seqno: this.#seqno++, offsetInBlock, lastPacketInBlock, syncBlock: false, checksums: data, data };
    return { kind: 'packet', packet };
  }
}
