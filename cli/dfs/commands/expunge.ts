/** The shell command -expunge. */

import { splitPath } from '../../../client/filesystem/path-text.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { FsCommand } from '../shell/command.ts';
import { checkpointTrash, expungeTrash, trashIntervalMinutes } from '../shell/trash.ts';

/** Deletes old checkpoints of the trash, and makes a checkpoint of its present content. */
export class Expunge extends FsCommand {
  #immediately = false;
  #uri: string | undefined;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 0, max: 2, options: ['immediate'], valued: ['fs'] });
    this.#immediately = options.has('immediate');
    this.#uri = options.value('fs') || undefined;
    return options.parameters;
  }

  protected override async processArguments(): Promise<void> {
    const { scheme, authority } = splitPath(this.#uri ?? this.shell.conf.get('fs.defaultFS'));
    const fs = await this.shell.fileSystems.get(scheme, authority);
    const now = this.shell.clock.now();
    if (this.#immediately) {
      await checkpointTrash(fs, now);
      await expungeTrash(fs, now, 0, true);
    } else {
      await expungeTrash(fs, now, (await trashIntervalMinutes(fs, this.shell.conf)) * 60_000, false);
      await checkpointTrash(fs, now);
    }
  }
}
