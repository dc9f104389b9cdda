/** `mapred streaming --engine yarn`: gives a command line to the streaming jar of a real Hadoop. */
import type { Configuration } from '../../conf/configuration.ts';
import { commandOf, quoted, runCommand } from './hadoop-command.ts';

export interface StreamingOnYarn {
  readonly conf: Configuration;
  /** The command line, which Hadoop's program reads in full. */
  readonly words: readonly string[];
  /** Prints the command and runs nothing. */
  readonly isDry: boolean;
  readonly out: (line: string) => void;
}

/** Returns the exit status of Hadoop's program. @throws JobFileError if no Hadoop is found */
export async function runStreamingOnYarn({ conf, words, isDry, out }: StreamingOnYarn): Promise<number> {
  const command = [...commandOf(conf), ...words];
  if (!isDry) return await runCommand(command);
  out(command.map(quoted).join(' '));
  return 0;
}
