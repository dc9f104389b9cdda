/** Java properties files of simple keys, such as `VERSION`. Their only escapes are those of `:`, `=`, `#`, `!` and `\`. Pure. */

/** Returns the values of a properties file by their keys; comments and empty lines are left out. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) properties.set(match[1], match[2].replace(/\\(.)/g, '$1'));
  }
  return properties;
}

/** Returns the text of a properties file, with the comment line that Java's Properties.store puts first. */
export function formatProperties(properties: Iterable<readonly [string, string | number]>, comment: string): string {
  const lines = [...properties].map(([key, value]) => `${key}=${String(value).replace(/[\\:=#!]/g, '\\$&')}`);
  return `#${comment}\n${lines.join('\n')}\n`;
}
