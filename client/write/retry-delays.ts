const QUICK_FIRST_MS = 10;
const DELAY_MAX_MS = 60_000;

/**
 * The pauses before each further addBlock or complete call, ms: Hadoop's (`initialDelayMs`, doubled `retries` - 1 times,
 * `delayMaxMs` at most), after a few quick ones, because a DataNode's report is mostly only milliseconds behind the last ack.
 */
export function retryDelaysMs(initialDelayMs: number, retries: number, delayMaxMs = DELAY_MAX_MS): number[] {
  const delays: number[] = [];
  for (let delay = QUICK_FIRST_MS; delay < initialDelayMs; delay *= 2) delays.push(delay);
  for (let i = 0; i < retries; i++) delays.push(Math.min(initialDelayMs * 2 ** i, delayMaxMs));
  return delays;
}
