/** Draws the line between an operation's failure and a bug of ours. */
import { Bug } from '../../runtime/bug.ts';
import { errorCode, HadoopError } from '../../runtime/errors.ts';

/**
 * Tells the failure of an operation from a bug. Only a HadoopError is an outcome of a pure machine: of the replica's
 * transition, the packet plan, the ack queue and the plan of a block recovery. Any other exception of theirs may leave
 * the machine half changed: it is a Bug, which ends the DataNode before anything of the operation is written or answered.
 * Code that works with disks and sockets fails with errors that carry a system code, too; those are outcomes.
 */
export class BugTrap {
  readonly #onBug: (bug: Bug) => void;

  /** `onBug` is called at each bug, before the bug is thrown on, and asks for the DataNode's end. */
  constructor(onBug: (bug: Bug) => void) {
    this.#onBug = onBug;
  }

  /** Returns what to throw in place of an exception of a pure machine: a HadoopError as it is, anything else as a Bug. */
  ofMachine(operation: string, request: unknown, thrown: unknown): Error {
    if (thrown instanceof HadoopError || thrown instanceof Bug) return thrown;
    const bug = new Bug(operation, request, thrown);
    this.#onBug(bug);
    return bug;
  }

  /** Returns what to throw in place of an exception of code that uses disks or sockets, whose errors stay as they are. */
  ofWork(operation: string, request: unknown, thrown: unknown): Error {
    // Node gives codes to TypeErrors and RangeErrors too, such as ERR_OUT_OF_RANGE: those are mistakes of the code.
    const isMistake = thrown instanceof TypeError || thrown instanceof RangeError;
    if (thrown instanceof Error && errorCode(thrown) !== undefined && !isMistake) return thrown;
    return this.ofMachine(operation, request, thrown);
  }
}
