/** Waiting for a condition: a test never waits for time to pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import { vi } from 'vitest';

const LOOK_MS = 10;
/** Long, because a busy machine may be ten times slower than an idle one; shorter than a test's own limit. */
const WAIT_MS_MAX = 50_000;

/**
 * Resolves when the condition holds, which is looked at every 10 ms.
 * @param what the condition in words; its source text if it is left out
 * @throws Error that names the condition, after 50 s
 */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string = condition.toString(),
): Promise<void> {
  const beganMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - beganMs > WAIT_MS_MAX) throw new Error(`waited in vain for: ${what}`);
    await sleep(LOOK_MS);
  }
}

/**
 * Resolves when `check` passes, which is called every 10 ms.
 * @throws the last error of `check`, after 50 s
 */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: WAIT_MS_MAX, interval: LOOK_MS });
}
