/**
 * The events of the namespace as they lie in the store. Their numbers grow over restarts of the NameNode, and the
 * oldest are deleted, so that a watcher that comes late enough has missed some (Hadoop: MissingEventsException).
 */
import { type Change, eventKey } from '../command/change.ts';
import type { NamespaceEvent } from '../command/transaction.ts';

/** Events that stay in the store. */
export const EVENTS_MAX = 10_000;

/** Returns the changes that write events under the numbers after `last`. */
export function eventChanges(events: readonly NamespaceEvent[], last: number): Change[] {
  return events.flatMap((event, i): Change[] => {
    const number = last + i + 1;
    const put: Change = { type: 'put', key: eventKey(number), value: JSON.stringify(event) };
    return number > EVENTS_MAX ? [put, { type: 'del', key: eventKey(number - EVENTS_MAX) }] : [put];
  });
}
