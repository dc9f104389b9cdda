/** Tells the failure of an operation from a bug, in every part of a DataNode. */
import { Bug, isFailure } from '../../runtime/bug.ts';
import { HadoopError } from '../../runtime/errors.ts';

/**
 * Turns an exception that is no failure into a Bug, and asks for the DataNode's end at the first sight of it. A catch
 * that logs, answers or drops an exception calls one of these methods first. A catch that throws its exception on need
 * not: the caller that ends the exception's way does.
 */
export class BugTrap {
  readonly #onBug: (bug: Bug) => void;

  /** `onBug` is called at each bug, before the bug is thrown on, and asks for the DataNode's end. */
  constructor(onBug: (bug: Bug) => void) {
    this.#onBug = onBug;
  }

  /**
   * Returns the error to throw in place of an exception of a pure machine: of the replica's transition, the packet plan, the
   * ack queue and the plan of a block recovery. Only a HadoopError is a failure of such a machine, which uses neither
   * disks nor sockets. Any other exception may leave the machine half changed, and is returned as a Bug.
   */
  ofMachine(operation: string, request: unknown, thrown: unknown): Error {
    if (thrown instanceof HadoopError || thrown instanceof Bug) return thrown;
    return this.#bug(operation, request, thrown);
  }

  /** Returns the failure of an operation as it is (see isFailure), and any other exception as a Bug. */
  ofWork(operation: string, request: unknown, thrown: unknown): Error {
    if (thrown instanceof Bug || isFailure(thrown)) return thrown;
    return this.#bug(operation, request, thrown);
  }

  /** Returns the failure of an operation, which the caller may log, answer or drop. @throws Bug for any other exception */
  failureOf(operation: string, request: unknown, thrown: unknown): Error {
    const error = this.ofWork(operation, request, thrown);
    if (error instanceof Bug) throw error;
    return error;
  }

  #bug(operation: string, request: unknown, thrown: unknown): Bug {
    const bug = new Bug(operation, request, thrown);
    this.#onBug(bug);
    return bug;
  }

  /** Returns the failure of a call: an error of a disk or a socket is an IOException, as it is one in Java. */
  ofCall(operation: string, request: unknown, thrown: unknown): HadoopError | Bug {
    const failure = this.ofWork(operation, request, thrown);
    return failure instanceof Bug ? failure : HadoopError.from(failure);
  }
}
