/** The pauses between calls of the NameNode that have to wait for replicas. */
const QUICK_FIRST_MS = 10;
const DELAY_MAX_MS = 60_000;

/**
 * Returns the pauses in ms before each further addBlock or complete call: a few short ones, because the report of a DataNode
 * mostly follows the last ack within milliseconds, and then Hadoop's (`initialDelayMs`, doubled `retries` - 1 times,
 * `delayMaxMs` at most).
 */
export function retryDelaysMs(initialDelayMs: number, retries: number, delayMaxMs = DELAY_MAX_MS): number[] {
  const delays: number[] = [];
  for (let delay = QUICK_FIRST_MS; delay < initialDelayMs; delay *= 2) delays.push(delay);
  for (let i = 0; i < retries; i++) delays.push(Math.min(initialDelayMs * 2 ** i, delayMaxMs));
  return delays;
}
