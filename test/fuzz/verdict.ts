// Judges what a decoder does with bad bytes.
import { HadoopError, JAVA_CLASSES } from '../../runtime/errors.ts';

/** RangeErrors of the engine rather than of a decoder that looked at its input. */
const ENGINE_LIMITS = /call stack|array length|allocation|string length|Cannot create a string/i;
/** What Node's own functions throw for arguments that a decoder should not have given them. */
const ARGUMENT_CODES = new Set([
  'ERR_OUT_OF_RANGE',
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_BUFFER_OUT_OF_BOUNDS',
]);

/**
 * Why a decoder may not throw this, or undefined: bad input is refused on purpose, by an error with a reason. A
 * TypeError, a failed allocation or an overflown stack says that the input was believed.
 */
export function fault(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return `threw ${String(thrown)}, which is no Error`;
  if (thrown instanceof HadoopError) {
    const known = Object.values<string>(JAVA_CLASSES).includes(thrown.javaClass);
    const cause = thrown.cause === undefined ? undefined : fault(thrown.cause);
    return (
      cause ?? (known || thrown.javaClass.startsWith('org.apache.hadoop.') ? undefined : `class ${thrown.javaClass}`)
    );
  }
  const code = 'code' in thrown ? String(thrown.code) : '';
  const isEngine = thrown instanceof RangeError && ENGINE_LIMITS.test(thrown.message);
  if (thrown instanceof TypeError || thrown instanceof ReferenceError || isEngine || ARGUMENT_CODES.has(code)) {
    return thrown.stack ?? String(thrown);
  }
  return undefined;
}
