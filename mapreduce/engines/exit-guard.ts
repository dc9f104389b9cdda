/** Makes process.exit() in the functions of a job a failure of their attempt: it would end the client, without a word. */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Guarded {
  readonly attemptId: string;
  exit?: Error;
}

const store = new AsyncLocalStorage<Guarded>();
/** Attempts that run now. */
let running = 0;
let ownExit = process.exit;

/**
 * Runs an attempt. process.exit() in code that the attempt runs or has left behind throws; all other code ends the process.
 * @throws the failure of the attempt; Error after a call of process.exit() whose error the job's function has caught
 */
export async function withoutExit<T>(attemptId: string, body: () => Promise<T>): Promise<T> {
  const guarded: Guarded = { attemptId };
  if (running++ === 0) {
    ownExit = process.exit;
    process.exit = exit;
  }
  try {
    const result = await store.run(guarded, body);
    if (guarded.exit) throw guarded.exit;
    return result;
  } finally {
    if (--running === 0) process.exit = ownExit;
  }
}

function exit(code?: number | string | null): never {
  const owner = store.getStore();
  if (!owner) return ownExit(code);
  const error = new Error(
    `process.exit(${code ?? ''}) was called in ${owner.attemptId}: a function of a job throws an error to fail`,
  );
  owner.exit ??= error;
  throw error;
}
