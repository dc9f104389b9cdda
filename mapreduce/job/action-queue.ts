/** The queue of actions for one TaskTracker. An action stays until the tracker says that it has it. */
import { type Deferred, deferred } from '../../runtime/promises.ts';
import type { TrackerAction } from './messages.ts';

export interface NumberedAction {
  /** Counts from 1, without gaps. */
  readonly seq: number;
  readonly action: TrackerAction;
}

export class ActionQueue {
  #actions: NumberedAction[] = [];
  #seq = 0;
  #waiting: Deferred<void> | undefined;

  push(action: TrackerAction): void {
    this.#actions.push({ seq: ++this.#seq, action });
    this.#waiting?.resolve();
  }

  /**
   * Returns the actions after number `after`, and forgets the earlier ones. Waits for an action if there is none; returns
   * none after `timeoutMs`.
   */
  async take(after: number, timeoutMs: number): Promise<readonly NumberedAction[]> {
    this.#actions = this.#actions.filter((a) => a.seq > after);
    if (this.#actions.length === 0) {
      // The tracker has given up an earlier poll: its connection is gone.
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

  /** Ends the wait of take(). */
  wake(): void {
    this.#waiting?.resolve();
  }
}
