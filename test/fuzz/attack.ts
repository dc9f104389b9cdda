// Sends bad bytes to a running daemon.
import net from 'node:net';
import fc from 'fast-check';
import type { LiveTarget } from './live-targets.ts';
import { type Recipe, recipe } from './mutate.ts';
import { SeededRandom } from './random.ts';
import { FuzzFailure, frameOf } from './run-decoder.ts';

const CONNECTIONS_AT_ONCE = 48;
/** Limit for a server to close a connection after its client has ended its side. */
const CLOSE_MS_MAX = 60_000;

/** Sends a batch of mutated frames to a live server. @throws FuzzFailure if the server leaves a connection open */
export async function attack(target: LiveTarget, seed: number, batch: number, frames: number): Promise<void> {
  const connections = streams(target, fc.sample(recipe, { seed, numRuns: frames }));
  await Promise.all(
    Array.from({ length: CONNECTIONS_AT_ONCE }, async () => {
      for (let bytes = connections.pop(); bytes !== undefined; bytes = connections.pop()) {
        if (!(await exchange(target.port, bytes))) {
          throw new FuzzFailure(target.name, batch, bytes, `the connection is still open after ${CLOSE_MS_MAX} ms`);
        }
      }
    }),
  );
}

/**
 * Returns the bytes of each connection: frames after which the server goes on, and last a frame after which it does
 * not, so that the server reads every frame.
 */
function streams(target: LiveTarget, recipes: readonly Recipe[]): Buffer[] {
  const goingOn: Buffer[] = [];
  const last: Buffer[] = [];
  for (const one of recipes) {
    const frame = frameOf(target, one);
    (target.goesOn(frame) ? goingOn : last).push(frame);
  }
  const connections: Buffer[] = [];
  while (goingOn.length + last.length > 0) {
    const frames = [...goingOn.splice(0, target.framesPerConnection - 1), ...last.splice(0, 1)];
    const random = new SeededRandom(recipes[connections.length]?.base ?? 0);
    connections.push(Buffer.concat([target.opening(random), ...frames]));
  }
  return connections;
}

/** Sends bytes and ends. Resolves with true if the server closes the connection in time, whatever its answer. */
function exchange(port: number, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve(false);
    }, CLOSE_MS_MAX);
    socket.on('error', () => socket.destroy()); // A server may reset the connection.
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
    socket.resume();
    socket.end(bytes);
  });
}
