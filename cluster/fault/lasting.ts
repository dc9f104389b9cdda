/** Waits, then ends a fault; Ctrl-C ends it at once. @param timeMs how long it is to last */
export async function lasting(timeMs: number, undo: () => unknown): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      process.off('SIGINT', done);
      process.off('SIGTERM', done);
      resolve();
    };
    const timer = setTimeout(done, timeMs);
    process.once('SIGINT', done);
    process.once('SIGTERM', done);
  });
  await undo();
}
