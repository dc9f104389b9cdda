/** The shell command -test. */
import type { FileStatus } from '../../../client/filesystem/file-system.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { PathData } from '../paths/path-data.ts';
import { mayAccess, READ, WRITE } from '../shell/access.ts';
import { FsCommand } from '../shell/command.ts';

const TESTS: Record<string, (status: FileStatus) => boolean> = {
  e: () => true,
  d: (status) => status.type === 'DIRECTORY',
  f: (status) => status.type === 'FILE',
  s: (status) => status.length > 0,
  z: (status) => status.length === 0,
};

/** Answers a question about a path with the exit status. */
export class Test extends FsCommand {
  #flag = '';

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 1, max: 1, options: ['e', 'd', 'f', 's', 'z', 'w', 'r'] });
    const [flag, ...others] = new Set(options.given.map(({ name }) => name));
    if (flag === undefined) throw new UsageError('No test flag given');
    if (others.length > 0) throw new UsageError('Only one test flag is allowed');
    this.#flag = flag;
    return options.parameters;
  }

  protected override async processPath(item: PathData): Promise<void> {
    const test = TESTS[this.#flag];
    const passed = test
      ? test(item.required)
      : await mayAccess(item, this.#flag === 'w' ? WRITE : READ, this.shell.user);
    if (!passed) this.exitCode = 1;
  }

  protected override async processNonexistentPath(): Promise<void> {
    this.exitCode = 1;
  }
}
