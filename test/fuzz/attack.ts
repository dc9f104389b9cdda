import net from 'node:net';
import fc from 'fast-check';
import type { LiveTarget } from './live-targets.ts';
import { applyEdits, type Recipe, recipe } from './mutate.ts';
import { SeededRandom } from './random.ts';
import { FuzzFailure } from './run-decoder.ts';

const CONNECTIONS_AT_ONCE = 32;
/** A server must have closed a connection by then that its client has ended. */
const CLOSE_MS_MAX = 60_000;
/** One handshake in some is mutated too. */
const SPOILT_OPENINGS = 8;

/** Sends a batch of mutated frames to a live server. @throws FuzzFailure when it leaves a connection open */
export async function attack(target: LiveTarget, seed: number, batch: number, frames: number): Promise<void> {
  const recipes = fc.sample(recipe, { seed, numRuns: frames });
  const connections: Recipe[][] = [];
  for (let at = 0; at < frames; at += target.framesPerConnection) {
    connections.push(recipes.slice(at, at + target.framesPerConnection));
  }
  await Promise.all(
    Array.from({ length: CONNECTIONS_AT_ONCE }, async () => {
      for (let next = connections.pop(); next !== undefined; next = connections.pop()) {
        const bytes = streamOf(target, next);
        if (!(await exchange(target.port, bytes))) {
          throw new FuzzFailure(target.name, batch, bytes, `the connection is still open after ${CLOSE_MS_MAX} ms`);
        }
      }
    }),
  );
}

function streamOf(target: LiveTarget, recipes: readonly Recipe[]): Buffer {
  const [first] = recipes;
  const random = new SeededRandom(first?.base ?? 0);
  const opening = target.opening(random);
  const parts = [random.oneIn(SPOILT_OPENINGS) ? applyEdits(opening, first?.edits ?? [], () => opening) : opening];
  for (const { base, edits } of recipes) {
    const good = target.good(new SeededRandom(base));
    parts.push(applyEdits(good, edits, () => target.good(new SeededRandom(base + 1))));
  }
  return Buffer.concat(parts);
}

/** Sends the bytes and ends; true when the server has closed the connection in time, with whatever answer. */
function exchange(port: number, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(false);
    }, CLOSE_MS_MAX);
    socket.on('error', () => socket.destroy()); // A server may reset what it does not want to read.
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.resume();
    socket.end(bytes);
  });
}
