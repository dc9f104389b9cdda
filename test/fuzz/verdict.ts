// Judges an error that a decoder throws for bad bytes.
import { HadoopError, JAVA_CLASSES } from '../../runtime/errors.ts';

/** Matches RangeErrors of the JavaScript engine, which a decoder does not throw on purpose. */
const ENGINE_LIMITS = /call stack|array length|allocation|string length|Cannot create a string/i;
/** Error codes of Node's functions for arguments that a decoder should not have passed. */
const ARGUMENT_CODES = new Set([
  'ERR_OUT_OF_RANGE',
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_BUFFER_OUT_OF_BOUNDS',
]);

/**
 * Returns why a decoder may not throw this error; undefined if it may. A decoder must refuse bad input on purpose, with
 * a reason. A TypeError, a failed allocation or a stack overflow shows that it trusted the input.
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
