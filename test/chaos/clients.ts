// The clients of a run: they are started together, and must all come back when the load ends.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { SimRandom } from '../sim/world/random.ts';
import type { Ledger } from './ledger.ts';
import { LOADS, runLoad, type Worker } from './load.ts';

/** Number of clients of each kind. */
const CLIENTS: Readonly<Record<keyof typeof LOADS, number>> = { write: 3, append: 2, read: 2, move: 1, recover: 1 };
/** A client that still works this long after the faults have ended is stuck. */
const LOAD_END_LIMIT_MS = 90_000;
/** Pause between two lines that say which condition the run waits for. */
const TELL_MS = 10_000;

export interface ClientsOptions {
  readonly connect: () => DistributedFileSystem;
  readonly random: SimRandom;
  readonly ledger: Ledger;
  /** Once aborted, each client ends after its present operation. */
  readonly stopping: AbortSignal;
}

/** One client at work. */
export interface Load {
  readonly worker: Worker;
  readonly running: Promise<void>;
}

export function startLoad({ connect, random, ledger, stopping }: ClientsOptions): Load[] {
  return (Object.keys(LOADS) as (keyof typeof LOADS)[]).flatMap((kind) =>
    Array.from({ length: CLIENTS[kind] }, (_, i) => {
      const hdfs = connect();
      const own = new SimRandom(random.nextUint32());
      const worker: Worker = { name: `${kind} ${i + 1}`, hdfs, random: own, ledger, stopping, doing: '' };
      return { worker, running: runLoad(kind, worker) };
    }),
  );
}

/** Waits until all clients have come back. One that does not is a violation. */
export async function endLoad(load: readonly Load[], ledger: Ledger, tell: (line: string) => void): Promise<void> {
  const late = (): Worker[] => load.map(({ worker }) => worker).filter(({ doing }) => doing !== 'done');
  const limit = new AbortController();
  const waiting = (async () => {
    for (let waitedMs = 0; waitedMs < LOAD_END_LIMIT_MS; waitedMs += TELL_MS) {
      await sleep(TELL_MS, undefined, { signal: limit.signal });
      tell(
        `waiting for ${late()
          .map(({ name, doing }) => `${name}: ${doing}`)
          .join('; ')}`,
      );
    }
  })().catch((e: unknown) => {
    if (!limit.signal.aborted) throw e;
  });
  await Promise.race([Promise.all(load.map(({ running }) => running)), waiting]);
  limit.abort();
  for (const { name, doing } of late()) ledger.violate('a client', `(${name}) never came back from: ${doing}`);
}
