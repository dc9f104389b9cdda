/** Waiting for a condition: a test never waits for time to pass. */

/** Resolves when the condition holds; the test's own time limit ends a wait that never does. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
