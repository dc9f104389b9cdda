/** The part of the write pipeline that gets a new block and its pipeline. */
import type { DatanodeInfoProto, ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { type HadoopError, hadoopError, isHadoopError } from '../../runtime/errors.ts';
import { type AllocatedBlock, nodeList } from '../dfs/allocated-block.ts';
import type { Emit, OpenBlock, PipelineEvent, SetupFailure } from './pipeline-events.ts';
import type { ExcludedNodes } from './pipeline-nodes.ts';

export interface BlockSetupOptions {
  /** The block before the new one, with its final length; addBlock commits it. */
  readonly previous: ExtendedBlockProto | undefined;
  /** DataNodes that no new pipeline of the file uses; a DataNode that fails during this set-up is added. */
  readonly excluded: ExcludedNodes;
  /** Nodes that failed in this file's pipelines. */
  readonly failed: readonly DatanodeInfoProto[];
  /** dfs.client.block.write.retries */
  readonly setupRetries: number;
  /** Pauses before each further addBlock, while the NameNode waits for replicas of the previous block. */
  readonly retryDelaysMs: readonly number[];
  /** Returns the number of the next connect effect. */
  readonly nextConnection: () => number;
  readonly emit: Emit;
}

type Stage =
  | { readonly kind: 'ADDING_BLOCK'; readonly tries: number; readonly retryAtMs?: number }
  | { readonly kind: 'CONNECTING'; readonly open: OpenBlock }
  | { readonly kind: 'ABANDONING' }
  | { readonly kind: 'READY'; readonly open: OpenBlock }
  | { readonly kind: 'FAILED'; readonly error: HadoopError };

/**
 * Gets a new block and its pipeline: addBlock, then the connection. If the connection fails: abandonBlock, and the same
 * again without the node that failed. Pure, a part of WritePipeline (Hadoop: DataStreamer.nextBlockOutputStream).
 */
export class BlockSetup {
  readonly #options: BlockSetupOptions;
  readonly #emit: Emit;
  #stage: Stage = { kind: 'ADDING_BLOCK', tries: 0 };
  #setupTries = 0;

  constructor(options: BlockSetupOptions, nowMs: number) {
    this.#options = options;
    this.#emit = options.emit;
    this.#sendAddBlock(0, nowMs);
  }

  get stage(): Stage {
    return this.#stage;
  }

  get tickAtMs(): number | undefined {
    return this.#stage.kind === 'ADDING_BLOCK' ? this.#stage.retryAtMs : undefined;
  }

  /** Acked bytes of the file's last block; undefined while it is not known which block is the last. */
  get bytesAcked(): number | undefined {
    return this.#stage.kind === 'CONNECTING' ? 0 : undefined;
  }

  step(event: PipelineEvent, now: number): void {
    const stage = this.#stage;
    switch (stage.kind) {
      case 'ADDING_BLOCK':
        if (event.kind === 'blockAdded') this.#handleBlockAdded(event.allocated, now);
        else if (event.kind === 'refused') this.#handleRefused(event.error, stage.tries, now);
        else if (event.kind === 'tick' && now >= (stage.retryAtMs ?? Number.POSITIVE_INFINITY)) {
          this.#sendAddBlock(stage.tries + 1, now);
        }
        return;
      case 'CONNECTING':
        if (event.kind === 'connected') this.#stage = { kind: 'READY', open: stage.open };
        else if (event.kind === 'connectFailed') this.#handleConnectFailed(stage.open, event.failure, now);
        else if (event.kind === 'disconnected') this.#handleConnectFailed(stage.open, unknownCause(event.error), now);
        return;
      case 'ABANDONING':
        if (event.kind === 'blockAbandoned') this.#sendAddBlock(0, now);
        else if (event.kind === 'refused') this.#stage = { kind: 'FAILED', error: event.error };
        return;
    }
  }

  #sendAddBlock(tries: number, now: number): void {
    this.#stage = { kind: 'ADDING_BLOCK', tries };
    const { previous, excluded } = this.#options;
    this.#emit({ kind: 'addBlock', previous, excludes: excluded.present(now) });
  }

  #handleBlockAdded({ block, token, nodes }: AllocatedBlock, now: number): void {
    const fresh = { ...block, numBytes: 0 };
    const open = { block: fresh, token, nodes, bytesSent: 0, failed: this.#options.failed };
    if (nodes.length === 0) {
      this.#handleConnectFailed(open, unknownCause(hadoopError('IOException', 'No DataNodes')), now);
      return;
    }
    this.#stage = { kind: 'CONNECTING', open };
    const connection = this.#options.nextConnection();
    const fixed = { stage: 'CREATE', newGenerationStamp: 0, bytesAcked: 0, bytesSent: 0 } as const;
    this.#emit({ kind: 'connect', connection, block: fresh, token, nodes, ...fixed });
  }

  #handleConnectFailed({ block, nodes }: OpenBlock, { badNode, error }: SetupFailure, now: number): void {
    const node = nodes[badNode ?? 0];
    this.#emit({ kind: 'disconnect' });
    if (node) {
      this.#options.excluded.add(node.info, now);
      this.#emit({ kind: 'warn', message: `Excluding DataNode ${nodeList([node])}: ${error.message}` });
    }
    this.#emit({ kind: 'abandonBlock', block });
    this.#stage = { kind: 'ABANDONING' };
    if (++this.#setupTries > this.#options.setupRetries) {
      this.#stage = { kind: 'FAILED', error: hadoopError('IOException', 'Unable to create new block.', error) };
    }
  }

  #handleRefused(error: HadoopError, tries: number, now: number): void {
    const delayMs = isHadoopError(error, 'NotReplicatedYetException') ? this.#options.retryDelaysMs[tries] : undefined;
    if (delayMs === undefined) this.#stage = { kind: 'FAILED', error };
    else this.#stage = { kind: 'ADDING_BLOCK', tries, retryAtMs: now + delayMs };
  }
}

function unknownCause(error: HadoopError): SetupFailure {
  return { restarting: false, error };
}
