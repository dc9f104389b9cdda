/** Reads and writes Java properties files of simple keys (`VERSION`). Escapes only `:`, `=`, `#`, `!` and `\`. Pure. */

/** Returns the values of a properties file by their keys, without its comments and empty lines. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s=:][^\s=:]*)\s*[=:\s]\s*(.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) properties.set(match[1], match[2].replace(/\\(.)/g, '$1'));
  }
  return properties;
}

/**
 * Returns the text of a properties file. As in a file by Java's Properties.store, its first line is a comment with the
 * time at which it is written, in UTC: to look up the name of a local time zone takes 27 ms of a daemon's start.
 */
export function formatProperties(properties: Iterable<readonly [string, string | number]>, writtenMs: number): string {
  const [day, date, month, year, time] = new Date(writtenMs).toUTCString().replace(',', '').split(' ');
  const lines = [...properties].map(([key, value]) => `${key}=${String(value).replace(/[\\:=#!]/g, '\\$&')}`);
  return `#${day} ${month} ${date} ${time} UTC ${year}\n${lines.join('\n')}\n`;
}
