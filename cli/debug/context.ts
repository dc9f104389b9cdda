/** The context that every command of `hdfs debug` is given. */
import type { Configuration } from '../../conf/configuration.ts';
import type { Print } from '../terminal/terminal.ts';

/** The configuration of a debug command, and its access to the terminal and to time. */
export interface DebugContext {
  readonly conf: Configuration;
  readonly out: Print;
  readonly err: Print;
  /** Resolves after `ms` milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}
