// Runs the fuzzer: sends mutated frames to decoders and to running daemons.
import fs from 'node:fs';
import path from 'node:path';
import { systemClock } from '../../runtime/runtime.ts';
import { Arena } from './arena.ts';
import { attack } from './attack.ts';
import { type Captures, type DecoderTarget, wireTargets } from './decoder-targets.ts';
import { type LiveTarget, liveTargets } from './live-targets.ts';
import { type MemoryPeak, MemoryWatch } from './memory-watch.ts';
import { mixSeeds } from './random.ts';
import { FuzzFailure, runDecoder } from './run-decoder.ts';
import { Schema } from './schema-bytes.ts';
import { storeTargets } from './store-targets.ts';

const BATCH_FRAMES = 500;
/** Largest Buffer that may be allocated: the longest packet, because every frame here is shorter. */
const BUFFER_BYTES_MAX = 16 * 1024 * 1024;
const EXTERNAL_BYTES_MAX = 1024 * 1024 * 1024;

export interface FuzzOptions {
  readonly frames: number;
  readonly seed: number;
  /** The directory of the .proto files. */
  readonly protoDir: string;
  /** Runs this target only, and with `batch` only this batch of it. */
  readonly target?: string | undefined;
  readonly batch?: number | undefined;
  /** Called after each batch. */
  readonly onBatch?: (target: string, batch: number) => void;
}

export interface FuzzRow {
  readonly target: string;
  readonly frames: number;
  readonly ms: number;
}

export interface FuzzReport {
  readonly rows: readonly FuzzRow[];
  readonly peak: MemoryPeak;
  readonly bystanderOperations: number;
  readonly bystanderBytesVerified: number;
}

type Target = { readonly name: string; readonly share: number; batch(index: number, frames: number): Promise<void> };

/** Feeds mutated frames to all decoders and servers. @throws FuzzFailure, or the bystander's error */
export async function runFuzz(options: FuzzOptions): Promise<FuzzReport> {
  const memory = new MemoryWatch();
  const strays: unknown[] = [];
  const onStray = (e: unknown) => void strays.push(e);
  process.on('unhandledRejection', onStray);
  process.on('uncaughtException', onStray);
  try {
    await using arena = await Arena.open();
    const rows: FuzzRow[] = [];
    const targets = allTargets(options, arena).filter(({ name }) => (options.target ?? name) === name);
    const shares = targets.reduce((sum, { share }) => sum + share, 0);
    for (const target of targets) {
      const frames = Math.ceil((options.frames * target.share) / shares);
      const beganMs = systemClock.monotonicMs();
      for (const [batch, size] of batches(frames, options.batch)) {
        await target.batch(batch, size);
        memory.sample();
        await afterBatch(target.name, batch, arena, memory.peak, strays);
        options.onBatch?.(target.name, batch);
      }
      rows.push({ target: target.name, frames, ms: systemClock.monotonicMs() - beganMs });
    }
    await arena.bystander.stop();
    const { operations, bytesVerified } = arena.bystander;
    return { rows, peak: memory.peak, bystanderOperations: operations, bystanderBytesVerified: bytesVerified };
  } finally {
    memory.stop();
    process.off('unhandledRejection', onStray);
    process.off('uncaughtException', onStray);
  }
}

function* batches(frames: number, only: number | undefined): Generator<[index: number, frames: number]> {
  if (only !== undefined) {
    yield [only, BATCH_FRAMES];
    return;
  }
  for (let at = 0, index = 0; at < frames; at += BATCH_FRAMES, index++) {
    yield [index, Math.min(BATCH_FRAMES, frames - at)];
  }
}

function allTargets({ seed, protoDir }: FuzzOptions, arena: Arena): Target[] {
  const schema = new Schema(protoDir);
  const captures = withKept(arena.captures, path.join(import.meta.dirname, 'captures'));
  const seedOf = (name: string, batch: number) => mixSeeds(seed, name, batch);
  const decoder = (target: DecoderTarget): Target => ({
    ...target,
    batch: async (index, frames) => {
      runDecoder(target, seedOf(target.name, index), index, frames);
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
  const live = (target: LiveTarget): Target => ({
    ...target,
    batch: (index, frames) => attack(target, seedOf(target.name, index), index, frames),
  });
  return [
    ...[...wireTargets(schema, captures), ...storeTargets()].map(decoder),
    ...liveTargets(schema, captures, arena.ports).map(live),
  ];
}

/** Adds the captures kept as files, which other clients have sent: `rpc-*.hex` and `xceiver-*.hex`. */
function withKept(recorded: Captures, dir: string): Captures {
  const kept = (prefix: string) => {
    const names = fs.existsSync(dir) ? fs.readdirSync(dir).filter((name) => name.startsWith(prefix)) : [];
    return names.map((name) => Buffer.from(fs.readFileSync(path.join(dir, name), 'latin1').replace(/\s/g, ''), 'hex'));
  };
  return {
    ...recorded,
    toRpcServer: [...recorded.toRpcServer, ...kept('rpc-')],
    toXceiver: [...recorded.toXceiver, ...kept('xceiver-')],
  };
}

async function afterBatch(
  target: string,
  batch: number,
  arena: Arena,
  peak: MemoryPeak,
  strays: readonly unknown[],
): Promise<void> {
  const fail = (reason: string) => new FuzzFailure(target, batch, Buffer.alloc(0), reason);
  if (strays.length > 0) throw fail(`not handled by anybody: ${stackOf(strays[0])}`);
  if (peak.largestBuffer > BUFFER_BYTES_MAX) throw fail(`a Buffer of ${peak.largestBuffer} bytes was asked for`);
  if (peak.external > EXTERNAL_BYTES_MAX) throw fail(`${peak.external} bytes of external memory`);
  try {
    await arena.check();
  } catch (e) {
    throw fail(stackOf(e));
  }
}

const stackOf = (e: unknown): string => (e instanceof Error ? (e.stack ?? e.message) : String(e));
