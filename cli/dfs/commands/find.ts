/** The shell command -find. */
import { baseName } from '../../../protocol/path.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { parseOptions } from '../../options/parse-options.ts';
import type { PathData } from '../paths/path-data.ts';
import { FsCommand } from '../shell/command.ts';
import { type Expression, parseExpression } from '../shell/find-expression.ts';

/** `-find PATH… EXPRESSION` walks trees and applies an expression to each entry. */
export class Find extends FsCommand {
  #expression: Expression | undefined;
  protected override recursive = true;

  protected override processOptions(args: string[]): string[] {
    // -L and -H have no effect: symbolic links are never followed.
    const { parameters } = parseOptions(args, { min: 1, options: ['L', 'H'], unknown: 'keep' });
    const at = parameters.findIndex((arg) => arg.startsWith('-'));
    const paths = at < 0 ? parameters : parameters.slice(0, at);
    this.#expression = parseExpression(at < 0 ? [] : parameters.slice(at), (message) =>
      hadoopError('IOException', message),
    );
    return paths.length > 0 ? paths : ['.'];
  }

  protected override processPath(item: PathData): void {
    this.#expression?.({ name: baseName(item.path), text: item.text }, (text) => this.terminal.print(text));
  }
}
