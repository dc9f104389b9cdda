/** Errors of settings, and the message of any error. */

/** Thrown for a property whose text is not of its type or not supported, and for a configuration file that cannot be read. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Returns the message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
