/**
 * Checks whether a history is linearizable: whether its calls can be put in an order that agrees with their begins and
 * ends, and in which each call has the outcome that its client saw (Wing and Gong; Lowe, "Testing for linearizability").
 */
import type { RecordedCall } from './history.ts';
import type { Namespace } from './namespace.ts';
import { step } from './namespace-model.ts';
import { agrees, callText, isRead, outcomeText } from './operation.ts';

/** Pairs of a set of calls and a state that one search looks at before it gives up. */
const SEARCHED_MAX = 100_000;
/** Calls before the one that no order explains that a message shows. */
const SHOWN = 8;

export type Verdict =
  | { readonly kind: 'linearizable' }
  /** The search was given up. */
  | { readonly kind: 'undecided' }
  | { readonly kind: 'not linearizable'; readonly message: string };

/** Looks for an order that explains a history. */
export function checkHistory(calls: readonly RecordedCall[], start: Namespace): Verdict {
  const search = new Search(calls);
  if (search.explains(start)) return { kind: 'linearizable' };
  return search.isGivenUp ? { kind: 'undecided' } : { kind: 'not linearizable', message: search.explanation };
}

/** A search, depth first. Each pair of a set of calls and the state after them is tried once. */
class Search {
  /** Calls that have an outcome, in the order of their ends. */
  readonly #answered: readonly RecordedCall[];
  /** Calls without an answer, which may have run or not. Reads among them say nothing. */
  readonly #unanswered: readonly RecordedCall[];
  readonly #tried = new Set<string>();
  readonly #order: RecordedCall[] = [];
  /** Bits of the calls in the order, by their ids. */
  #placed = 0n;
  /** Calls in the order of the deepest dead end, and the words for it. */
  #deepest = -1;
  explanation = '';

  constructor(calls: readonly RecordedCall[]) {
    this.#answered = calls.filter((c) => c.outcome.kind !== 'unknown').sort((a, b) => a.endedAt - b.endedAt);
    this.#unanswered = calls.filter((c) => c.outcome.kind === 'unknown' && !isRead(c.operation));
  }

  get isGivenUp(): boolean {
    return this.#tried.size >= SEARCHED_MAX;
  }

  /** Returns whether the calls that have no place yet can follow in some order. */
  explains(state: Namespace): boolean {
    const waiting = this.#answered.filter((call) => !this.#isPlaced(call));
    const first = waiting[0];
    if (first === undefined) return true;
    // The next call of the order began before the first end of a call that has no place yet. A call without an answer is
    // tried last: most of them did not run, or are not needed.
    for (const call of [...waiting, ...this.#unanswered]) {
      if (call.beganAt > first.endedAt || this.#isPlaced(call)) continue;
      const { after, outcome } = step(state, call);
      if (call.outcome.kind === 'unknown' ? after === state : !agrees(outcome, call.outcome)) continue;
      if (this.#place(call, after)) return true;
      if (this.isGivenUp) return false;
    }
    this.#noteDeadEnd(first, state);
    return false;
  }

  #isPlaced(call: RecordedCall): boolean {
    return (this.#placed & bitOf(call)) !== 0n;
  }

  #place(call: RecordedCall, after: Namespace): boolean {
    this.#placed |= bitOf(call);
    this.#order.push(call);
    const key = `${this.#placed.toString(36)} ${after.key}`;
    const isNew = !this.#tried.has(key);
    this.#tried.add(key);
    if (isNew && this.explains(after)) return true;
    this.#order.pop();
    this.#placed &= ~bitOf(call);
    return false;
  }

  #noteDeadEnd(call: RecordedCall, state: Namespace): void {
    if (this.#order.length <= this.#deepest) return;
    this.#deepest = this.#order.length;
    const before = this.#order.slice(-SHOWN).map((c) => `#${c.id} ${callText(c)}`);
    this.explanation =
      `#${call.id} ${callText(call)}: ${outcomeText(call.outcome)}, but the order that explains most calls gives ` +
      `${outcomeText(step(state, call).outcome)} after ${before.join('; ')}`;
  }
}

const bitOf = ({ id }: RecordedCall): bigint => 1n << BigInt(id);
