/** Errors of settings, and the message and code of any error. */

/** Thrown for a property whose text is not of its type or not supported, and for a configuration file that cannot be read. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Returns the message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Returns the code of a system or library error, such as `ENOENT`; undefined if it has none. */
export function errorCode(thrown: unknown): string | undefined {
  const { code } = (thrown ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/**
 * Returns whether a system call failed because there is no file of that name. Any other failure leaves open whether the
 * file exists.
 */
export function isNoSuchFile(thrown: unknown): boolean {
  const code = errorCode(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
