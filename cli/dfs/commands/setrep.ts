import { hadoopError } from '../../../runtime/errors.ts';
import { parseJavaInt } from '../../options/numbers.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

const SHORT_MAX = 32767;
const FIRST_WAIT_MS = 250;
const WAIT_MS_MAX = 10_000;

/** -setrep REPLICATION: of files, and of all files below directories. */
export class Setrep extends FsCommand {
  #replication = 0;
  #waits = false;
  readonly #waitList: PathData[] = [];
  protected override recursive = true;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 2, options: ['R', 'w'] });
    this.#waits = options.has('w');
    const [text = '', ...paths] = options.parameters;
    try {
      this.#replication = parseJavaInt(text, SHORT_MAX);
    } catch (e) {
      this.displayWarning('Illegal replication, a positive integer expected');
      throw e;
    }
    if (this.#replication < 1) throw new UsageError('replication must be >= 1');
    return paths;
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    await super.processArguments(items);
    for (const item of this.#waitList) await this.#waitFor(item);
  }

  protected override async processPath(item: PathData): Promise<void> {
    const { type, isErasureCoded } = item.required;
    if (type === 'SYMLINK') throw new PathError('io', item.text, { error: 'Symlinks unsupported' });
    if (type !== 'FILE') return;
    if (isErasureCoded) {
      this.terminal.out(`Did not set replication for: ${item.text}, because it's an erasure coded file.`);
      return;
    }
    if (!(await item.fs.setReplication(item.path, this.#replication))) {
      throw hadoopError('IOException', `Could not set replication for: ${item.text}`);
    }
    this.terminal.out(`Replication ${this.#replication} set: ${item.text}`);
    if (this.#waits) this.#waitList.push(item);
  }

  async #waitFor(item: PathData): Promise<void> {
    this.terminal.print(`Waiting for ${item.text} ...`);
    let warned = false;
    for (let delayMs = FIRST_WAIT_MS; ; delayMs = Math.min(delayMs * 2, WAIT_MS_MAX)) {
      const { length } = await item.refresh();
      const locations = await item.fs.getFileBlockLocations(item.path, 0, length);
      const unequal = locations.find(({ hosts }) => hosts.length !== this.#replication);
      if (!unequal) break;
      if (!warned && unequal.hosts.length > this.#replication) {
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
