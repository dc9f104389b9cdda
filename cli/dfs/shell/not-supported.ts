/** The shell commands of Hadoop that Calf does not have: each checks its command line, then says why it fails. */
import { hadoopError } from '../../../runtime/errors.ts';
import { notSupportedText, whyNotSupported } from '../../options/not-supported.ts';
import { type OptionFormat, parseOptions } from '../../options/parse-options.ts';
import { FsCommand } from './command.ts';

/** Their command lines: a wrong one is a usage error, as in Hadoop. */
const FORMATS: Readonly<Record<string, OptionFormat>> = {
  createSnapshot: { min: 1, max: 2 },
  deleteSnapshot: { min: 2, max: 2 },
  renameSnapshot: { min: 3, max: 3 },
  getfacl: { min: 1, max: 1, options: ['R'] },
  setfacl: { unknown: 'keep' },
  getfattr: { unknown: 'keep' },
  setfattr: { unknown: 'keep' },
};

/** A command of Hadoop that Calf does not have. */
export class NotSupported extends FsCommand {
  protected override processOptions(args: string[]): string[] {
    const format = FORMATS[this.name];
    if (format) parseOptions(args, format);
    const reason = whyNotSupported('hdfs dfs', this.name) ?? 'use the commands that -help lists';
    throw hadoopError('UnsupportedOperationException', notSupportedText(reason));
  }
}
