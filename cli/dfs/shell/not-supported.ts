import { hadoopError } from '../../../runtime/errors.ts';
import { type CommandFormat, parseOptions } from '../../options/command-format.ts';
import { FsCommand } from './command.ts';

/** What each command that cannot run yet would need, and its command line. */
const MISSING: Record<string, { why: string; format: CommandFormat }> = {
  concat: { why: 'the client cannot join files', format: { min: 2 } },
  createSnapshot: { why: 'the client has no snapshots', format: { min: 1, max: 2 } },
  deleteSnapshot: { why: 'the client has no snapshots', format: { min: 2, max: 2 } },
  renameSnapshot: { why: 'the client has no snapshots', format: { min: 3, max: 3 } },
  getfacl: { why: 'the client has no ACLs', format: { min: 1, max: 1, options: ['R'] } },
  setfacl: { why: 'the client has no ACLs', format: { min: 0, ignoreUnknown: true } },
  getfattr: { why: 'the client has no extended attributes', format: { min: 0, ignoreUnknown: true } },
  setfattr: { why: 'the client has no extended attributes', format: { min: 0, ignoreUnknown: true } },
};

/** A command of Hadoop's that is known but not written yet: it says so and fails. */
export class NotSupported extends FsCommand {
  protected override processOptions(args: string[]): string[] {
    const missing = MISSING[this.name];
    if (missing) parseOptions(args, missing.format);
    throw hadoopError('UnsupportedOperationException', `not supported yet: ${missing?.why ?? 'it is not written'}`);
  }
}
