import { GENERIC_USAGE, loadConfiguration, parseGenericOptions } from '../options/generic-options.ts';
import type { DebugContext } from './context.ts';

interface DebugCommand {
  readonly usage: string;
  readonly help: readonly string[];
  /** Resolves with the exit status. */
  readonly run: (args: string[], context: DebugContext) => Promise<number>;
}

/** In Hadoop's order and words (DebugAdmin). */
const COMMANDS: Record<string, DebugCommand> = {
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
  verifyEC: {
    usage: 'verifyEC -file <file> [-blockId <blk_Id>] [-skipFailureBlocks]',
    help: ['  Not supported yet: there is no erasure coding.'],
    run: async (_args, { err }) => {
      err('verifyEC: not supported yet: there is no erasure coding');
      return 1;
    },
  },
};

/** `hdfs debug COMMAND`. @returns exit status */
export async function debugMain(args: readonly string[]): Promise<number> {
  const options = parseGenericOptions(args);
  const { setTimeout: sleep } = await import('node:timers/promises');
  return runDebug(options.rest, {
    conf: loadConfiguration(options),
    out: (line) => process.stdout.write(`${line}\n`),
    err: (line) => process.stderr.write(`${line}\n`),
    sleep: async (ms) => {
      await sleep(ms);
    },
  });
}

/** @returns exit status */
export async function runDebug(args: readonly string[], context: DebugContext): Promise<number> {
  const [first = '', ...rest] = args;
  const name = first.replace(/^-/, '');
  const wanted = name === 'help' ? (rest[0] ?? '').replace(/^-/, '') : name;
  const command = Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined;
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
    ...Object.values(COMMANDS).map(({ usage }) => usage),
    '',
    ...GENERIC_USAGE,
  ];
}
