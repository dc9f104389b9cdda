/** What every command of `hdfs debug` is given. */
import type { Configuration } from '../../conf/configuration.ts';

/** The configuration of a debug command, and its access to the terminal and to time. */
export interface DebugContext {
  readonly conf: Configuration;
  /** Prints a result, one line without its newline. */
  readonly out: (line: string) => void;
  /** Prints a complaint, one line without its newline. */
  readonly err: (line: string) => void;
  /** Resolves after `ms` milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}
