import { type Deferred, deferred } from '../../runtime/promises.ts';
import type { TrackerAction } from './messages.ts';

export interface NumberedAction {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly action: TrackerAction;
}

/** What a tracker is to do, kept until it says that it has it. */
export class ActionQueue {
  #actions: NumberedAction[] = [];
  #seq = 0;
  #waiting: Deferred<void> | undefined;

  push(action: TrackerAction): void {
    this.#actions.push({ seq: ++this.#seq, action });
    this.#waiting?.resolve();
  }

  /** The actions after number `after`, which are waited for; none when the time is over. Earlier ones are forgotten. */
  async take(after: number, timeoutMs: number): Promise<readonly NumberedAction[]> {
    this.#actions = this.#actions.filter((a) => a.seq > after);
    if (this.#actions.length === 0) {
      // Only the latest poll is answered: an earlier one's connection is gone.
      this.#waiting?.resolve();
      const waiting = deferred<void>();
      this.#waiting = waiting;
      const timer = setTimeout(waiting.resolve, timeoutMs);
      await waiting.promise;
      clearTimeout(timer);
      if (this.#waiting === waiting) this.#waiting = undefined;
    }
    return this.#actions;
  }

  /** Ends a poll that waits. */
  wake(): void {
    this.#waiting?.resolve();
  }
}
