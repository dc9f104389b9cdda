/** A wrong command line: printed as `-ls: Illegal option -z` with the usage, exit status 255. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface CommandFormat {
  /** Parameters left after the options. */
  readonly min: number;
  /** Default: no limit. */
  readonly max?: number;
  /** Options without their dash, as `skipTrash`. */
  readonly options?: readonly string[];
  /** Options that take the next argument as their value. */
  readonly valued?: readonly string[];
  /** Leave options that are not listed among the parameters. */
  readonly ignoreUnknown?: boolean;
}

export interface ParsedOptions {
  readonly parameters: string[];
  has(option: string): boolean;
  /** Undefined when not given; empty when given without a value. */
  value(option: string): string | undefined;
  readonly given: readonly string[];
}

/**
 * Parses `-opt -long-opt value PARAMETER…` as Hadoop's CommandFormat: options end at the first parameter, at a lone `-`
 * (standard input) or after `--`. Pure.
 * @throws UsageError
 */
export function parseOptions(args: readonly string[], format: CommandFormat): ParsedOptions {
  const rest = [...args];
  const flags = new Set<string>();
  const values = new Map<string, string>();
  let at = 0;
  for (let arg = rest[at]; arg !== undefined && arg !== '-' && arg.startsWith('-'); arg = rest[at]) {
    const option = arg.slice(1);
    if (option === '-') {
      rest.splice(at, 1);
      break;
    }
    if (format.options?.includes(option)) {
      rest.splice(at, 1);
      flags.add(option);
    } else if (format.valued?.includes(option)) {
      rest.splice(at, 1);
      const next = rest[at];
      const isValue = next !== undefined && rest.length > format.min && !next.startsWith('-');
      values.set(option, isValue ? next : '');
      if (isValue) rest.splice(at, 1);
    } else if (format.ignoreUnknown) {
      at++;
    } else {
      throw new UsageError(`Illegal option ${arg}`);
    }
  }
  checkCount(rest.length, format.min, format.max ?? Number.POSITIVE_INFINITY);
  return {
    parameters: rest,
    has: (option) => flags.has(option),
    value: (option) => values.get(option),
    given: [...flags],
  };
}

function checkCount(count: number, min: number, max: number): void {
  if (count < min) throw new UsageError(`Not enough arguments: expected ${min} but got ${count}`);
  if (count > max) throw new UsageError(`Too many arguments: expected ${max} but got ${count}`);
}

/**
 * Takes `name VALUE` out of arguments before a `--`, wherever it stands.
 * @throws UsageError when the value is missing
 */
export function popOption(args: string[], name: string): string | undefined {
  const end = args.indexOf('--');
  const at = args.indexOf(name);
  if (at < 0 || (end >= 0 && end < at)) return undefined;
  const value = args[at + 1];
  if (value === undefined) throw new UsageError(`option ${name} requires 1 argument.`);
  args.splice(at, 2);
  return value;
}

/** A whole number within Java's range of the type, as Integer.parseInt. @throws UsageError in Java's words */
export function parseJavaInt(text: string, max = 2147483647): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new UsageError(`For input string: "${text}"`);
  if (value > max || value < -max - 1) {
    throw new UsageError(
      max === 32767 ? `Value out of range. Value:"${text}" Radix:10` : `For input string: "${text}"`,
    );
  }
  return value;
}
