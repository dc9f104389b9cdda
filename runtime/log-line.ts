/** The form of a line of Hadoop's log on a terminal. Pure. */

const two = (n: number): string => String(n).padStart(2, '0');

/** Formats a line as log4j's `%d{ISO8601} %p %c{2}: %m`. */
export function logLine(date: Date, level: 'INFO' | 'WARN' | 'ERROR', logger: string, message: string): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')} ${level} ${logger}: ${message}`;
}
