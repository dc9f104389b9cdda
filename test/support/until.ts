/** Waiting for a condition: a test never waits for time to pass. */

const LOOK_MS = 10;
const WAIT_MS_MAX = 25_000;

/**
 * Resolves when the condition holds, which is looked at every 10 ms.
 * @throws Error that names the condition, after 25 s
 */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const beganMs = performance.now();
  while (!(await condition())) {
    if (performance.now() - beganMs > WAIT_MS_MAX) throw new Error(`waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
