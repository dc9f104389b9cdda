/** The part of the write pipeline that completes the file. */
import type { ExtendedBlockProto } from '../../protocol/gen/messages.ts';
import { type HadoopError, hadoopError } from '../../runtime/errors.ts';
import { blockName } from '../dfs/block-format.ts';
import type { Emit, PipelineEvent } from './pipeline-events.ts';

type Stage =
  | { readonly kind: 'COMPLETING'; readonly tries: number; readonly retryAtMs?: number }
  | { readonly kind: 'COMPLETED' }
  | { readonly kind: 'FAILED'; readonly error: HadoopError };

/**
 * Completes a file: asks the NameNode again until the last block has enough replicas. Pure, a part of WritePipeline
 * (Hadoop: DFSOutputStream.completeFile).
 */
export class FileCompletion {
  readonly #last: ExtendedBlockProto | undefined;
  readonly #retryDelaysMs: readonly number[];
  readonly #emit: Emit;
  #stage: Stage = { kind: 'COMPLETING', tries: 0 };

  /** @param last the last block of the file, with its final length */
  constructor(last: ExtendedBlockProto | undefined, retryDelaysMs: readonly number[], emit: Emit) {
    this.#last = last;
    this.#retryDelaysMs = retryDelaysMs;
    this.#emit = emit;
    this.#sendComplete(0);
  }

  get stage(): Stage {
    return this.#stage;
  }

  get tickAtMs(): number | undefined {
    return this.#stage.kind === 'COMPLETING' ? this.#stage.retryAtMs : undefined;
  }

  get bytesAcked(): number | undefined {
    return this.#last?.numBytes;
  }

  step(event: PipelineEvent, now: number): void {
    const stage = this.#stage;
    if (stage.kind !== 'COMPLETING') return;
    if (event.kind === 'completed') this.#handleCompleted(event.done, stage.tries, now);
    else if (event.kind === 'refused') this.#stage = { kind: 'FAILED', error: event.error };
    else if (event.kind === 'tick' && now >= (stage.retryAtMs ?? Number.POSITIVE_INFINITY)) {
      this.#sendComplete(stage.tries + 1);
    }
  }

  #sendComplete(tries: number): void {
    this.#stage = { kind: 'COMPLETING', tries };
    this.#emit({ kind: 'complete', last: this.#last });
  }

  #handleCompleted(done: boolean, tries: number, now: number): void {
    const delayMs = this.#retryDelaysMs[tries];
    if (done) this.#stage = { kind: 'COMPLETED' };
    else if (delayMs !== undefined) this.#stage = { kind: 'COMPLETING', tries, retryAtMs: now + delayMs };
    else {
      const block = this.#last ? ` ${blockName(this.#last)}` : '';
      const message = `Unable to close file because the last block${block} does not have enough number of replicas.`;
      this.#stage = { kind: 'FAILED', error: hadoopError('IOException', message) };
    }
  }
}
