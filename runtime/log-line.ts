/** Formats lines as Hadoop's log shows them on a terminal. Pure. */

const two = (n: number): string => String(n).padStart(2, '0');

/** Returns a line in log4j's format `%d{ISO8601} %p %c{2}: %m`, in local time and without a line break. */
export function logLine(date: Date, level: 'INFO' | 'WARN' | 'ERROR', logger: string, message: string): string {
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')} ${level} ${logger}: ${message}`;
}
