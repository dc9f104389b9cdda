/** The paths that -filters leaves out (Hadoop: RegexCopyFilter). */
import { javaRegex } from '../examples/grep/java-regex.ts';

export type CopyFilter = (uri: string) => boolean;

/**
 * Returns whether a path is to be copied: no expression matches the whole of its URI.
 * @param expressions of Java
 * @throws RegexError for an expression that Java or Calf does not have
 */
export function copyFilter(expressions: readonly string[]): CopyFilter {
  const patterns = expressions.map((text) => {
    const { source, flags } = javaRegex(text);
    return new RegExp(`^(?:${source})$`, flags.replace('g', ''));
  });
  return (uri) => !patterns.some((pattern) => pattern.test(uri));
}

/** Returns the expressions of a filters file, one a line. */
export function filterLines(text: string): string[] {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
