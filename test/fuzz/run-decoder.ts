// Feeds mutated frames to a decoder and judges its behaviour.
import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DecoderTarget } from './decoder-targets.ts';
import { applyEdits, type Recipe, recipe } from './mutate.ts';
import { SeededRandom } from './random.ts';
import { fault } from './verdict.ts';

/** Limit for one frame, in time of the processor: the time on the clock is that of a busy machine too. */
const FRAME_CPU_MS_MAX = 5000;
const SHOWN_BYTES_MAX = 4096;

/** A failure of a decoder or server, with the frame. The same target, seed and batch repeat it. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
  readonly target: string;
  readonly batch: number;
  readonly frame: Buffer;

  constructor(target: string, batch: number, frame: Buffer, reason: string) {
    super(reason);
    this.target = target;
    this.batch = batch;
    this.frame = frame;
  }

  /** Returns the report for a run with this seed. */
  describe(seed: number): string {
    const more = this.frame.length > SHOWN_BYTES_MAX ? ` … ${this.frame.length} bytes` : '';
    return `FAILED ${this.target}: ${this.message}
seed ${seed}, batch ${this.batch}: npm run fuzz -- --seed ${seed} --target '${this.target}' --batch ${this.batch}
frame ${this.frame.toString('hex', 0, SHOWN_BYTES_MAX)}${more}`;
  }
}

/** Feeds mutated frames to a decoder. @throws FuzzFailure with the smallest frame that fails */
export function runDecoder(target: DecoderTarget, seed: number, batch: number, frames: number): void {
  const property = fc.property(recipe, (one) => tryFrame(target, one));
  const { failed, counterexample, errorInstance } = fc.check(property, { seed, numRuns: frames });
  if (!failed) return;
  const [smallest] = counterexample ?? [];
  const bytes = smallest === undefined ? Buffer.alloc(0) : frameOf(target, smallest);
  const reason =
    errorInstance instanceof Error ? (errorInstance.stack ?? errorInstance.message) : String(errorInstance);
  throw new FuzzFailure(target.name, batch, bytes, reason);
}

/** Makes the frame of a recipe from a target's good frames. */
export function frameOf(target: Pick<DecoderTarget, 'good'>, { base, edits }: Recipe): Buffer {
  return applyEdits(target.good(new SeededRandom(base)), edits, () => target.good(new SeededRandom(base + 1)));
}

function tryFrame(target: DecoderTarget, one: Recipe): void {
  const bytes = frameOf(target, one);
  const began = process.cpuUsage();
  try {
    target.run(bytes, new SeededRandom(one.base));
  } catch (e) {
    if (e instanceof assert.AssertionError) throw e;
    const why = fault(e);
    if (why !== undefined) throw new Error(why, { cause: e });
    if (one.edits.length === 0 && !target.refusesSome)
      throw new Error(`a good frame is refused: ${String(e)}`, { cause: e });
  }
  const { user, system } = process.cpuUsage(began);
  const tookMs = (user + system) / 1000;
  assert(tookMs < FRAME_CPU_MS_MAX, `${bytes.length} bytes took ${tookMs} ms of the processor's time`);
}
