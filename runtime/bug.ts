/** Mistakes in our own code: assertions, the line between a mistake and a failure, and the error that ends a daemon. */
import { errorCode, HadoopError } from './errors.ts';

/** Whether the dear assertions run, those that cost more than some nanoseconds: in tests and in the simulator. */
export const dearInvariants = process.env['CALF_INVARIANTS'] === 'all';

/** Thrown when an invariant does not hold. It is never an operation's outcome: the daemon ends (see Bug). */
export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** @throws InvariantError if the condition does not hold */
export function invariant(condition: boolean, rule: string): asserts condition {
  if (!condition) throw new InvariantError(`Invariant broken: ${rule}`);
}

const TEXT_MAX = 200;
const ITEMS_MAX = 20;

/**
 * Returns whether an exception is the failure of an operation: a HadoopError, or an error of the system, of a disk or of
 * a socket, which has a code such as ENOENT. Every other exception is a mistake in our code. So is a TypeError or a
 * RangeError of Node, which has a code too (ERR_OUT_OF_RANGE): Node throws it for a wrong argument.
 */
export function isFailure(thrown: unknown): thrown is Error {
  if (thrown instanceof HadoopError) return true;
  if (thrown instanceof TypeError || thrown instanceof RangeError) return false;
  return thrown instanceof Error && errorCode(thrown) !== undefined;
}

/**
 * An exception of a state machine that is not a HadoopError. The state may be half changed, so the daemon ends before
 * anything of the operation is written or answered. The store or the disk still has the state before the operation.
 */
export class Bug extends Error {
  override readonly name = 'Bug';

  /** `request`: the operation's arguments. Bytes are named by their length, long texts and lists are cut. */
  constructor(operation: string, request: unknown, cause: unknown) {
    const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    super(`A bug in ${operation}(${argumentsText(request)}) ends this daemon: ${stack}`, { cause });
  }
}

/** Returns arguments as one line of JSON without the data in them. */
function argumentsText(request: unknown): string {
  const seen = new Set<unknown>();
  const text = JSON.stringify(request, function (this: Record<string, unknown>, key: string, value: unknown) {
    // A Buffer arrives here as its toJSON(), with all its bytes.
    const given = this[key];
    if (ArrayBuffer.isView(given)) return `${given.byteLength} bytes`;
    if (typeof value === 'bigint') return String(value);
    if (typeof value === 'string') return value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}…` : value;
    if (typeof value !== 'object' || value === null) return value;
    if (seen.has(value)) return '…';
    seen.add(value);
    if (value instanceof Map || value instanceof Set) return `${value.constructor.name} of ${value.size}`;
    if (Array.isArray(value) && value.length > ITEMS_MAX) return [...value.slice(0, ITEMS_MAX), `… of ${value.length}`];
    return value;
  });
  return text ?? '';
}
