/** `hdfs debug`: tools for lost leases and damaged blocks; org.apache.hadoop.hdfs.tools.DebugAdmin. */
import { sleep } from '../../runtime/promises.ts';
import { GENERIC_USAGE } from '../options/generic-options.ts';
import { notSupportedText, whyNotSupported } from '../options/not-supported.ts';
import { runTool } from '../options/tool.ts';
import { complain, print } from '../terminal/terminal.ts';
import type { DebugContext } from './context.ts';

interface DebugCommand {
  readonly usage: string;
  readonly help: readonly string[];
  /** Resolves with the exit status. */
  readonly run: (args: string[], context: DebugContext) => Promise<number>;
}

/** The commands in Hadoop's order and words. */
export const DEBUG_COMMANDS: Readonly<Record<string, DebugCommand>> = {
  verifyMeta: {
    usage: 'verifyMeta -meta <metadata-file> [-block <block-file>]',
    help: [
      '  Verify HDFS metadata and block files.  If a block file is specified, we',
      '  will verify that the checksums in the metadata file match the block',
      '  file.',
    ],
    run: async (args, context) => (await import('./meta.ts')).verifyMeta(args, context),
  },
  computeMeta: {
    usage: 'computeMeta -block <block-file> -out <output-metadata-file>',
    help: [
      '  Compute HDFS metadata from the specified block file, and save it to',
      '  the specified output metadata file.',
      '',
      '**NOTE: Use at your own risk!',
      " If the block file is corrupt and you overwrite it's meta file, ",
      " it will show up as good in HDFS, but you can't read the data.",
      ' Only use as a last measure, and when you are 100% certain the block file is good.',
    ],
    run: async (args, context) => (await import('./meta.ts')).computeMeta(args, context),
  },
  recoverLease: {
    usage: 'recoverLease -path <path> [-retries <num-retries>]',
    help: [
      '  Recover the lease on the specified path.  The path must reside on an',
      '  HDFS filesystem.  The default number of retries is 1.',
    ],
    run: async (args, context) => (await import('./lease.ts')).recoverLease(args, context),
  },
};

/** `hdfs debug COMMAND`. @returns exit status */
export async function debugMain(args: readonly string[]): Promise<number> {
  return runTool({ name: 'debug', usageExitCode: 1 }, args, (conf, rest) =>
    runDebug(rest, {
      conf,
      out: print,
      err: complain,
      sleep,
    }),
  );
}

/** Runs one command line. @returns exit status @throws UsageError for an option without its value */
export async function runDebug(args: readonly string[], context: DebugContext): Promise<number> {
  const [first = '', ...rest] = args;
  const name = first.replace(/^-/, '');
  const reason = whyNotSupported('hdfs debug', name);
  if (reason !== undefined) {
    context.err(`${name}: ${notSupportedText(reason)}`);
    return 1;
  }
  const wanted = name === 'help' ? (rest[0] ?? '').replace(/^-/, '') : name;
  const command = Object.hasOwn(DEBUG_COMMANDS, wanted) ? DEBUG_COMMANDS[wanted] : undefined;
  if (!command) {
    for (const line of usageLines()) context.out(line);
    return 0;
  }
  if (name === 'help' || rest.length === 0) {
    for (const line of [command.usage, ...command.help, '']) context.out(line);
    return name === 'help' ? 0 : 1;
  }
  return command.run(rest, context);
}

function usageLines(): string[] {
  return [
    'Usage: hdfs debug <command> [arguments]',
    '',
    'These commands are for advanced users only.',
    '',
    'Incorrect usages may result in data loss. Use at your own risk.',
    '',
    ...Object.values(DEBUG_COMMANDS).map(({ usage }) => usage),
    '',
    ...GENERIC_USAGE,
  ];
}
