/** The check of paths that users type. */
import { UsageError } from '../../options/usage-error.ts';

/** Checks a typed path. @throws UsageError if org.apache.hadoop.fs.Path does not take it */
export function checkPathText(text: string): void {
  if (text === '') throw new UsageError('Can not create a Path from an empty string');
  const colon = text.indexOf(':');
  const slash = text.indexOf('/');
  if (colon === 0 && (slash < 0 || colon < slash)) {
    throw new UsageError(`java.net.URISyntaxException: Expected scheme name at index 0: ${text}`);
  }
  if (colon > 0 && slash !== colon + 1 && (slash < 0 || colon < slash)) {
    throw new UsageError(`java.net.URISyntaxException: Relative path in absolute URI: ${text}`);
  }
}
