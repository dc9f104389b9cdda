/** Waits for conditions, so that no test waits for a fixed time. */

/** Resolves when the condition holds. If the condition never holds, the test fails at its own time limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
