/** Faults that end by themselves: `calf fault … --for 30s`. */
import { Alarm } from '../../runtime/promises.ts';

/** Waits, then ends a fault with `undo`. Ctrl-C ends it at once. @param timeMs the duration of the fault */
export async function lasting(timeMs: number, undo: () => unknown): Promise<void> {
  const alarm = new Alarm();
  const end = (): void => alarm.ring();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  await alarm.sleep(timeMs);
  process.off('SIGINT', end);
  process.off('SIGTERM', end);
  await undo();
}
