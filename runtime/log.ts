/** Loggers of daemons. */
import pino, { type Logger } from 'pino';

export type { Logger };

/** The levels that CALF_LOG may name. */
const LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

/**
 * Returns the logger of one daemon. It writes one line of JSON for each event to standard error, because standard output
 * is for results. The environment variable CALF_LOG sets the level; the default is info.
 */
export function createLogger(name: string, level = process.env.CALF_LOG ?? 'info'): Logger {
  if (!LEVELS.has(level)) throw new Error(`CALF_LOG is '${level}': expected one of ${[...LEVELS].join(', ')}`);
  return pino({ name, level, base: { name } }, pino.destination({ dest: 2, sync: true }));
}

/** A logger that writes nothing, for tests and for programs that embed Calf. */
export const silentLogger: Logger = pino({ level: 'silent' });
