/** A Java properties file of simple keys, such as `VERSION`. Escapes other than of `:`, `=`, `#`, `!` and `\` are not used there. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) properties.set(match[1], match[2].replace(/\\(.)/g, '$1'));
  }
  return properties;
}

/** The same as text, with the comment line that Java's Properties.store puts first. */
export function formatProperties(properties: Iterable<readonly [string, string | number]>, comment: string): string {
  const lines = [...properties].map(([key, value]) => `${key}=${String(value).replace(/[\\:=#!]/g, '\\$&')}`);
  return `#${comment}\n${lines.join('\n')}\n`;
}
