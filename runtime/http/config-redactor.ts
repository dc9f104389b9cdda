/** Finds the properties that hold secrets (Hadoop's ConfigRedactor). */
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { messageOf } from '../errors.ts';

const PROPERTY = 'hadoop.security.sensitive-config-keys';

/**
 * Returns a function that tells whether a property's value is a secret: some regular expression of
 * hadoop.security.sensitive-config-keys finds something in the property's name.
 * @throws ConfigurationError for a text that is no regular expression
 */
export function sensitiveKeys(conf: Configuration): (name: string) => boolean {
  // Hadoop's StringUtils.getTrimmedStrings splits at commas and at ends of lines.
  const expressions = conf.get(PROPERTY).flatMap((part) => part.split('\n'));
  const patterns = expressions.map((text) => text.trim()).filter((text) => text !== '');
  const compiled = patterns.map(compile);
  return (name) => compiled.some((pattern) => pattern.test(name));
}

function compile(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (e) {
    throw new ConfigurationError(`${PROPERTY} has '${text}': ${messageOf(e)}`, { cause: e });
  }
}
