/** Thrown for a property whose text is not of its type or not supported, and for a configuration file that cannot be read. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}
