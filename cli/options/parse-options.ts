/** The one parser of Hadoop's options with a single dash, such as `-R` and `-skipTrash`. Pure. */
import { UsageError } from './usage-error.ts';

/** The options and the numbers of arguments that a command line may have. Options are named without their dash. */
export interface OptionFormat {
  /** Fewest parameters beside the options; default 0. */
  readonly min?: number;
  /** Most parameters beside the options; default: no limit. */
  readonly max?: number;
  /** Options without a value. */
  readonly options?: readonly string[];
  /** Options whose value may be missing: an option, or a parameter that `min` needs, is not taken as the value. */
  readonly valued?: readonly string[];
  /** Options whose value must follow, whatever it looks like. */
  readonly required?: readonly string[];
  /** Options with a list, written as `a,b` or as `-f FILE`. */
  readonly lists?: readonly string[];
  /** Options written in one word with their value, as `-Dk=v`; they may stand in `required` too. */
  readonly attached?: readonly string[];
  /** Whether options end at the first parameter (CommandFormat of Hadoop) or may stand anywhere; default `front`. */
  readonly place?: 'front' | 'anywhere';
  /** Treatment of an option that is not listed; default `refuse`. `keep` makes it a parameter, `end` ends the options. */
  readonly unknown?: 'refuse' | 'keep' | 'end';
  /** Whether `-THRESHOLD` is `threshold`. Listed names are in lower case then. */
  readonly ignoresCase?: boolean;
  /** Whether `--name` and `-name=value` are taken too (commons-cli). */
  readonly longForms?: boolean;
  /** The message for an option whose value is missing. */
  readonly missingValue?: (option: string, isFile: boolean) => string;
}

/** One option of a command line. */
export interface GivenOption {
  readonly name: string;
  /** Undefined for an option without a value; empty for a `valued` option whose value is missing. */
  readonly value?: string;
  /** Whether the value is the FILE of `-f FILE`. */
  readonly isFile?: boolean;
}

export interface ParsedOptions {
  /** Parameters, in order. */
  readonly parameters: string[];
  /** Options, in order. */
  readonly given: readonly GivenOption[];
  has(option: string): boolean;
  /** Returns the last value that was given; empty if it was given without one, undefined if not at all. */
  value(option: string): string | undefined;
}

/**
 * Parses `-opt -long-opt value PARAMETER…`. A lone `-` is a parameter (standard input), and `--` ends the options.
 * @throws UsageError
 */
export function parseOptions(args: readonly string[], format: OptionFormat): ParsedOptions {
  const given: GivenOption[] = [];
  const parameters: string[] = [];
  let at = 0;
  while (at < args.length) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      at++;
      break;
    }
    if (arg === '-' || !arg.startsWith('-')) {
      if (format.place !== 'anywhere') break;
      parameters.push(arg);
      at++;
      continue;
    }
    const found = optionAt(args, at, parameters.length, format);
    if (found) {
      given.push(found.option);
      at = found.next;
    } else if (format.unknown === 'keep') {
      parameters.push(arg);
      at++;
    } else if (format.unknown === 'end') break;
    else throw new UsageError(`Illegal option ${arg}`);
  }
  parameters.push(...args.slice(at));
  checkCount(parameters.length, format.min ?? 0, format.max ?? Number.POSITIVE_INFINITY);
  return {
    parameters,
    given,
    has: (option) => given.some(({ name }) => name === option),
    value: (option) => given.findLast(({ name }) => name === option)?.value,
  };
}

interface Found {
  readonly option: GivenOption;
  /** Index of the next argument. */
  readonly next: number;
}

/** Returns the option at a place of the command line; undefined if it is not listed. @throws UsageError */
function optionAt(
  args: readonly string[],
  at: number,
  parameterCount: number,
  format: OptionFormat,
): Found | undefined {
  const written = (args[at] ?? '').slice(1);
  const name = nameOf(format.longForms ? written.replace(/^-/, '') : written, format);
  const value = args[at + 1];
  const missing = (isFile: boolean): UsageError =>
    new UsageError(format.missingValue?.(name, isFile) ?? `option -${name} requires 1 argument.`);
  if (format.options?.includes(name)) return { option: { name }, next: at + 1 };
  if (format.valued?.includes(name)) {
    const isParameter = parameterCount + args.length - at - 1 <= (format.min ?? 0);
    if (value === undefined || isParameter || value.startsWith('-'))
      return { option: { name, value: '' }, next: at + 1 };
    return { option: { name, value }, next: at + 2 };
  }
  if (format.required?.includes(name)) {
    if (value === undefined) throw missing(false);
    return { option: { name, value }, next: at + 2 };
  }
  if (format.lists?.includes(name)) {
    if (value === undefined) throw missing(false);
    if (value.toLowerCase() !== '-f') return { option: { name, value }, next: at + 2 };
    const file = args[at + 2];
    if (file === undefined) throw missing(true);
    return { option: { name, value: file, isFile: true }, next: at + 3 };
  }
  return inOneWord(written, format, at + 1);
}

/** `-Dk=v` and `-name=value`. */
function inOneWord(written: string, format: OptionFormat, next: number): Found | undefined {
  const attached = format.attached?.find((name) => written.startsWith(name));
  if (attached !== undefined) return { option: { name: attached, value: written.slice(attached.length) }, next };
  const text = written.replace(/^-/, '');
  const equals = text.indexOf('=');
  if (!format.longForms || equals < 1) return undefined;
  const name = nameOf(text.slice(0, equals), format);
  return format.required?.includes(name) ? { option: { name, value: text.slice(equals + 1) }, next } : undefined;
}

const nameOf = (written: string, format: OptionFormat): string =>
  format.ignoresCase ? written.toLowerCase() : written;

function checkCount(count: number, min: number, max: number): void {
  if (count < min) throw new UsageError(`Not enough arguments: expected ${min} but got ${count}`);
  if (count > max) throw new UsageError(`Too many arguments: expected ${max} but got ${count}`);
}

/**
 * Takes one option and its value out of `args`, wherever they stand before a `--`
 * (StringUtils.popOptionWithArgument of Hadoop).
 * @throws UsageError if the value is missing
 */
export function popOption(args: string[], name: string): string | undefined {
  const end = args.indexOf('--');
  const front = end < 0 ? args : args.slice(0, end);
  const at = front.indexOf(`-${name}`);
  if (at < 0) return undefined;
  const found = optionAt(args, at, 0, { required: [name] });
  args.splice(at, 2);
  return found?.option.value;
}
