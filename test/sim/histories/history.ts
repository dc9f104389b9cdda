/** Records the calls of clients that work at the same time, with the order in which they began and ended. */
import type { World } from '../world/world.ts';
import { type Call, callText, isRead, type Operation, type Outcome, outcomeText, type User } from './operation.ts';

/** A call, and what its client saw of it. */
export interface RecordedCall extends Call {
  /** Position of the begin among all begins and ends of the history. */
  readonly beganAt: number;
  /** Position of the end; infinite if the client has no answer. */
  endedAt: number;
  outcome: Outcome;
}

/** The calls of one run. */
export class History {
  readonly calls: RecordedCall[] = [];
  readonly #world: World;
  #position = 0;

  constructor(world: World) {
    this.#world = world;
  }

  begin(client: string, user: User, operation: Operation): RecordedCall {
    const call: RecordedCall = {
      id: this.calls.length,
      client,
      user,
      operation,
      beganAt: this.#position++,
      endedAt: Number.POSITIVE_INFINITY,
      outcome: { kind: 'unknown' },
    };
    this.calls.push(call);
    this.#world.note(client, `#${call.id} ${callText(call)}`);
    return call;
  }

  /**
   * Records the end of a call.
   * @param mayRunLater whether more than one copy of the call was sent: the NameNode keeps nothing of a call that failed,
   * so a late copy of the call may run yet, as in Hadoop
   */
  end(call: RecordedCall, outcome: Outcome, mayRunLater: boolean): void {
    this.#world.note(call.client, `#${call.id} ${outcomeText(outcome)}`);
    this.#world.coverage.hit(`history ${call.operation.op}:${kindOf(outcome)}`);
    if (outcome.kind === 'unknown') return;
    call.outcome = outcome;
    call.endedAt = this.#position++;
    if (outcome.kind !== 'error' || !mayRunLater || isRead(call.operation)) return;
    const copy = { ...call, id: this.calls.length, endedAt: Number.POSITIVE_INFINITY };
    this.calls.push({ ...copy, outcome: { kind: 'unknown' } });
  }
}

const kindOf = (outcome: Outcome): string =>
  outcome.kind === 'error' ? outcome.code : outcome.kind === 'value' ? 'done' : 'no answer';
