/** The shell command -setrep. */
import { hadoopError } from '../../../runtime/errors.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { NumberCommand } from '../shell/number-command.ts';

const SHORT_MAX = 32767;
const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 10_000;

/** `-setrep REPLICATION` sets the replication of files, and of all files below directories. */
export class Setrep extends NumberCommand {
  protected override recursive = true;
  protected override readonly rule = {
    options: ['R', 'w'],
    min: 1,
    max: SHORT_MAX,
    illegal: 'Illegal replication, a positive integer expected',
    tooSmall: 'replication must be >= 1',
  };

  protected override async processPath(item: PathData): Promise<void> {
    const { type, isErasureCoded } = item.required;
    if (type === 'SYMLINK') throw new PathError('io', item.text, { error: 'Symlinks unsupported' });
    if (type !== 'FILE') return;
    if (isErasureCoded) {
      this.terminal.out(`Did not set replication for: ${item.text}, because it's an erasure coded file.`);
      return;
    }
    if (!(await item.fs.setReplication(item.path, this.number))) {
      throw hadoopError('IOException', `Could not set replication for: ${item.text}`);
    }
    this.terminal.out(`Replication ${this.number} set: ${item.text}`);
    this.waitLater(item);
  }

  protected override async waitFor(item: PathData): Promise<void> {
    this.terminal.print(`Waiting for ${item.text} ...`);
    let warned = false;
    for (let delayMs = FIRST_WAIT_MS; ; delayMs = Math.min(delayMs * 2, WAIT_MS_MAX)) {
      const { length } = await item.refresh();
      const locations = await item.fs.getFileBlockLocations(item.path, 0, length);
      const unequal = locations.find(({ hosts }) => hosts.length !== this.number);
      if (!unequal) break;
      if (!warned && unequal.hosts.length > this.number) {
        this.terminal.out('\nWARNING: the waiting time may be long for DECREASING the number of replications.');
        warned = true;
      }
      this.terminal.print('.');
      this.terminal.flush();
      await this.shell.sleep(delayMs);
    }
    this.terminal.out(' done');
  }
}
