/** The shell commands -touch and -touchz. */
import { parseOptions, popOption } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from '../shell/command.ts';

async function requireParent(item: PathData): Promise<void> {
  if (!(await item.parentExists())) throw new PathError('notFound', item.text, { qualified: item.qualified });
}

/** -touchz: creates an empty file, or gives an empty file the time of now. */
export class Touchz extends FsCommand {
  protected override processOptions(args: string[]): string[] {
    return parseOptions(args, { min: 1 }).parameters;
  }

  protected override async processPath(item: PathData): Promise<void> {
    if (item.isDirectory) throw new PathError('isDirectory', item.text);
    if (item.required.length !== 0) throw new PathError('io', item.text, { error: 'Not a zero-length file' });
    await createEmpty(item);
  }

  protected override async processNonexistentPath(item: PathData): Promise<void> {
    await requireParent(item);
    await createEmpty(item);
  }
}

async function createEmpty(item: PathData): Promise<void> {
  await (await item.fs.create(item.path)).close();
}

/** -touch: sets times, and creates a missing file. */
export class Touch extends FsCommand {
  #timestamp: string | undefined;
  #accessTimeOnly = false;
  #modificationTimeOnly = false;
  #creates = true;

  protected override processOptions(args: string[]): string[] {
    this.#timestamp = popOption(args, 't');
    const options = parseOptions(args, { min: 1, options: ['t', 'a', 'm', 'c'] });
    this.#accessTimeOnly = options.has('a') && !options.has('m');
    this.#modificationTimeOnly = options.has('m') && !options.has('a');
    this.#creates = !options.has('c');
    return options.parameters;
  }

  protected override async processPath(item: PathData): Promise<void> {
    await this.#setTimes(item);
  }

  protected override async processNonexistentPath(item: PathData): Promise<void> {
    await requireParent(item);
    if (!this.#creates) return;
    await createEmpty(item);
    if (this.#timestamp !== undefined) await this.#setTimes(item);
  }

  async #setTimes(item: PathData): Promise<void> {
    const time = this.#timestamp === undefined ? this.shell.clock.now() : parseTimestamp(this.#timestamp);
    const accessTime = this.#modificationTimeOnly ? -1 : time;
    const modificationTime = this.#accessTimeOnly ? -1 : time;
    await item.fs.setTimes(item.path, modificationTime, accessTime);
  }
}

/** Returns the time of `yyyyMMdd:HHmmss` in local time, in ms. @throws UsageError */
function parseTimestamp(text: string): number {
  const match = /^(\d{4})(\d{2})(\d{2}):(\d{2})(\d{2})(\d{2})/.exec(text);
  if (!match) {
    const expected = 'The expected format is yyyyMMdd:HHmmss';
    throw new UsageError(`Unable to parse the specified timestamp ${text}. ${expected}`);
  }
  const [y = 0, mo = 1, d = 1, h = 0, mi = 0, s = 0] = match.slice(1).map(Number);
  return new Date(y, mo - 1, d, h, mi, s).getTime();
}
