/** Thrown for a property whose text is not of its type, and for a configuration file that can't be read. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
