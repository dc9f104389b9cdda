/** Shell commands that set a number on files and may wait until it is reached: -setrep and -truncate. */
import { parseJavaInt } from '../../options/numbers.ts';
import { parseOptions } from '../../options/parse-options.ts';
import { UsageError } from '../../options/usage-error.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from './command.ts';

/** The numbers that a command takes, and its words for others. */
export interface NumberRule {
  readonly options: readonly string[];
  readonly min: number;
  readonly max: number;
  /** Printed before the usage error of a text that is no number. */
  readonly illegal: string;
  /** The usage error of a number below `min`. */
  readonly tooSmall: string;
}

/** A command with the arguments `[-w] NUMBER PATH…`. With -w it waits for each path that waitLater() was given. */
export abstract class NumberCommand extends FsCommand {
  protected number = 0;
  #waits = false;
  readonly #waitList: PathData[] = [];

  protected abstract get rule(): NumberRule;

  /** Resolves when the number is reached. */
  protected abstract waitFor(item: PathData): Promise<void>;

  protected override processOptions(args: string[]): string[] {
    const options = parseOptions(args, { min: 2, options: this.rule.options });
    this.#waits = options.has('w');
    const [text = '', ...paths] = options.parameters;
    try {
      this.number = parseJavaInt(text, this.rule.max);
    } catch (e) {
      this.displayWarning(this.rule.illegal);
      throw e;
    }
    if (this.number < this.rule.min) throw new UsageError(this.rule.tooSmall);
    return paths;
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    await super.processArguments(items);
    for (const item of this.#waitList) await this.waitFor(item);
  }

  /** Has waitFor() called for a path when all paths are processed. @returns false without -w */
  protected waitLater(item: PathData): boolean {
    if (this.#waits) this.#waitList.push(item);
    return this.#waits;
  }
}
