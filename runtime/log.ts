import pino, { type Logger } from 'pino';

export type { Logger };

/** Levels of CALF_LOG; daemons log to standard error, because standard output is for results. */
const LEVELS = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

/** A logger of one daemon or part, one JSON line an event on standard error. CALF_LOG sets the level (default info). */
export function createLogger(name: string, level = process.env.CALF_LOG ?? 'info'): Logger {
  if (!LEVELS.has(level)) throw new Error(`CALF_LOG is '${level}': expected one of ${[...LEVELS].join(', ')}`);
  return pino({ name, level, base: { name } }, pino.destination({ dest: 2, sync: true }));
}

/** A logger that keeps quiet, for embedding and tests. */
export const silentLogger: Logger = pino({ level: 'silent' });
