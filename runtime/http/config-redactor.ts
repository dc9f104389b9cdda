/** Finds the properties that hold secrets (Hadoop's ConfigRedactor). */
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { messageOf } from '../errors.ts';

const PROPERTY = 'hadoop.security.sensitive-config-keys';

/** The text that Hadoop shows in place of a secret. */
export const SECRET_IN_JSON = '<redacted>';

/** Names of environment variables that are likely to hold secrets: no property lists them. */
const SECRET_VARIABLE = /secret|passw|token|credential|key/i;

/**
 * Returns a function that tells whether a property's value is a secret: some regular expression of
 * hadoop.security.sensitive-config-keys finds something in the property's name, or in the name of a property that stands
 * in its text as `${…}`. Hadoop looks at the property's own name alone.
 * The function goes by the properties as they are at this call.
 * @throws ConfigurationError for a text that is no regular expression
 */
export function sensitiveKeys(conf: Configuration): (name: string) => boolean {
  // Hadoop's StringUtils.getTrimmedStrings splits at commas and at ends of lines.
  const expressions = conf.get(PROPERTY).flatMap((part) => part.split('\n'));
  const patterns = expressions.map((text) => text.trim()).filter((text) => text !== '');
  const compiled = patterns.map(compile);
  const isSensitive = (name: string): boolean =>
    name.startsWith('env.') ? SECRET_VARIABLE.test(name) : compiled.some((pattern) => pattern.test(name));
  const texts = new Map(conf.entries());
  const hasSecret = (name: string, above: readonly string[]): boolean => {
    if (isSensitive(name)) return true;
    if (above.includes(name)) return false;
    const named = [...(texts.get(name) ?? '').matchAll(/\$\{([^${}\s]+)\}/g)].map((match) => match[1] ?? '');
    return named.some((other) => hasSecret(other, [...above, name]));
  };
  return (name) => hasSecret(name, []);
}

function compile(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (e) {
    throw new ConfigurationError(`${PROPERTY} has '${text}': ${messageOf(e)}`, { cause: e });
  }
}
