/** The frame of every Hadoop command: generic options, configuration, and the exit status of a failure. */
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { complain, type Print } from '../terminal/terminal.ts';
import { loadConfiguration, parseGenericOptions, tellOfIgnored } from './generic-options.ts';
import { refuseUsage, UsageError } from './usage-error.ts';

/** A command as its user knows it. */
export interface Tool {
  /** Stands before its complaints, such as `dfsadmin`. */
  readonly name: string;
  /** Printed after the message of a usage error; default none. */
  readonly usage?: readonly string[];
  /** Exit status of a usage error; default 255, Hadoop's -1. */
  readonly usageExitCode?: number;
  /** Exit status of a failure or of a wrong configuration; default 1. */
  readonly failureExitCode?: number;
  /** Default: a line to standard error. */
  readonly err?: Print;
  /** Hears of -D properties that are deprecated or without effect; default: lines of a log to standard error. */
  readonly tell?: Print;
}

/** Runs a command with the configuration that its generic options make. @returns the exit status */
export async function runTool<T>(
  tool: Tool,
  args: readonly string[],
  action: (conf: Configuration, rest: readonly string[]) => Promise<T>,
): Promise<T | number> {
  const err = tool.err ?? complain;
  try {
    const options = parseGenericOptions(args);
    const conf = loadConfiguration(options, tool.tell);
    await tellOfIgnored(options, tool.tell ?? err);
    return await action(conf, options.rest);
  } catch (e) {
    if (e instanceof UsageError) {
      return refuseUsage(e, { prefix: tool.name, usage: tool.usage ?? [], err, exitCode: tool.usageExitCode });
    }
    if (!(e instanceof HadoopError || e instanceof ConfigurationError)) throw e;
    err(`${tool.name}: ${e.message}`);
    return tool.failureExitCode ?? 1;
  }
}
