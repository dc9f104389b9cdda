/** The shell commands -help and -usage, and the usage lines of all commands. */
import { wrap } from '../../runtime/format.ts';
import { GENERIC_USAGE } from '../options/generic-options.ts';
import { UsageError } from '../options/usage-error.ts';
import { HELP_TEXTS } from './help-texts.ts';
import { FsCommand } from './shell/command.ts';
import { REPLACEMENTS, USAGES } from './usages.ts';

const PREFIX = 'Usage: hadoop fs [generic options]';
const LINE_WIDTH = 80;
const COLUMN_WIDTH_MIN = 10;

/** Returns `-ls [-C] … [<path> ...]`; for a deprecated command only its name. */
function commandLine(name: string): string {
  const usage = USAGES[name];
  return usage ? `-${name} ${usage}` : `-${name}`;
}

/** Returns the usage line of one command. */
export function usageOf(name: string): string {
  return `${PREFIX} ${commandLine(name)}`;
}

/** Returns the usage lines of all commands that are not deprecated, and those of the generic options. */
export function usageOfAll(): string[] {
  return [PREFIX, ...commandNames().map((name) => `\t[${commandLine(name)}]`), '', ...GENERIC_USAGE];
}

/** Returns the names of all commands, in the order of Java's strings. */
function commandNames(): string[] {
  return Object.keys(USAGES).sort((a, b) => (a < b ? -1 : 1));
}

/** Returns the lines of -help for one command. */
function helpOf(name: string): string[] {
  const replacement = REPLACEMENTS[name];
  const text = replacement ? [`(DEPRECATED) Same as '${replacement}'`] : (HELP_TEXTS[name] ?? []);
  const body: string[] = [];
  let rows: [string, string][] = [];
  const endTable = () => {
    body.push(...optionTable(rows));
    rows = [];
  };
  for (const line of text) {
    const row = optionRow(line);
    if (row) rows.push(row);
    else {
      endTable();
      body.push(...wrap(line, LINE_WIDTH));
    }
  }
  endTable();
  return [`${commandLine(name)} :`, ...body.map((line) => `  ${line}`)];
}

function optionRow(line: string): [string, string] | undefined {
  const [option, text, ...more] = line.split(':');
  return /^[ \t]*[-<]/.test(line) && option && text && more.length === 0 ? [option.trim(), text.trim()] : undefined;
}

/** Returns two columns. The second one is wrapped, so that no line is longer than LINE_WIDTH. */
function optionTable(rows: readonly [string, string][]): string[] {
  const first = Math.max(0, ...rows.map(([option]) => option.length)) + 1;
  const second = Math.max(COLUMN_WIDTH_MIN, LINE_WIDTH - first - 2);
  return rows.flatMap(([option, text]) =>
    wrap(text, second).map((line, i) => `${(i === 0 ? option : '').padEnd(first)} ${line}`),
  );
}

abstract class About extends FsCommand {
  protected override processOptions(args: string[]): string[] {
    return args;
  }

  protected override async processRawArguments(args: readonly string[]): Promise<void> {
    const lines = args.length === 0 ? this.ofAll() : args.flatMap((arg) => this.of(this.#known(arg)));
    for (const line of lines) this.terminal.out(line);
  }

  #known(name: string): string {
    if (!Object.hasOwn(USAGES, name) && !Object.hasOwn(REPLACEMENTS, name)) {
      throw new UsageError(`\`${name}': Unknown command`);
    }
    return name;
  }

  protected abstract ofAll(): string[];
  protected abstract of(name: string): string[];
}

/** -help [COMMAND…]. */
export class Help extends About {
  protected override ofAll(): string[] {
    const names = commandNames();
    const usages = names.map((name) => `\t[${commandLine(name)}]`);
    return [PREFIX, ...usages, ...names.flatMap((name) => ['', ...helpOf(name)]), '', ...GENERIC_USAGE];
  }

  protected override of(name: string): string[] {
    return helpOf(name);
  }
}

/** -usage [COMMAND…]. */
export class Usage extends About {
  protected override ofAll(): string[] {
    return usageOfAll();
  }

  protected override of(name: string): string[] {
    return [usageOf(name)];
  }
}
