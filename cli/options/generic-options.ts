/** The options that every Hadoop command takes before its own, and the configuration that they make. */
import fs from 'node:fs';
import { Configuration } from '../../conf/configuration.ts';
import { deprecationWarning } from '../../conf/deprecated.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { logLine } from '../../runtime/format.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { complain, type Print } from '../terminal/terminal.ts';
import { type OptionFormat, parseOptions } from './parse-options.ts';
import { UsageError } from './usage-error.ts';

/** The options before a command, as GenericOptionsParser of Hadoop takes them. */
export interface GenericOptions {
  readonly defines: Readonly<Record<string, string>>;
  readonly confFiles: readonly string[];
  readonly confDir?: string;
  /** The command and its own arguments. */
  readonly rest: readonly string[];
}

const FORMAT: OptionFormat = {
  required: ['fs', 'jt', 'conf', 'D', 'libjars', 'files', 'archives', 'tokenCacheFile'],
  attached: ['D'],
  unknown: 'end',
  longForms: true,
  missingValue: (option) => `Missing argument for option: ${option}`,
};

/**
 * Takes `-D k=v`, `-Dk=v`, `-fs URI`, `-conf FILE` and the others off the front. The first other argument ends them. Pure.
 * @throws UsageError for an option without its value
 */
export function parseGenericOptions(args: readonly string[]): GenericOptions {
  const properties: Record<string, string> = {};
  const settings: Record<string, string> = {};
  const confFiles: string[] = [];
  const { given, parameters: rest } = generic(args);
  for (const { name, value = '' } of given) {
    const unquoted = value.replace(/^"(.*)"$/s, '$1');
    if (name === 'D') addProperty(unquoted, properties);
    else if (name === 'conf') confFiles.push(unquoted);
    else Object.assign(settings, settingOf(name, unquoted));
  }
  // -D is stronger than -fs, wherever it stands.
  return { defines: { ...settings, ...properties }, confFiles, rest };
}

function generic(args: readonly string[]): ReturnType<typeof parseOptions> {
  try {
    return parseOptions(args, FORMAT);
  } catch (e) {
    throw e instanceof UsageError ? new UsageError(e.message, GENERIC_USAGE) : e;
  }
}

function addProperty(text: string, properties: Record<string, string>): void {
  const equals = text.indexOf('=');
  if (equals >= 0) properties[text.slice(0, equals)] = text.slice(equals + 1);
}

function settingOf(name: string, value: string): Record<string, string> {
  switch (name) {
    case 'fs':
      return { 'fs.defaultFS': defaultUri(value) };
    case 'jt': {
      const isLocal = value.toLowerCase() === 'local';
      return { 'yarn.resourcemanager.address': value, ...(isLocal && { 'mapreduce.framework.name': 'local' }) };
    }
    case 'libjars':
      return { tmpjars: value };
    case 'files':
      return { tmpfiles: value };
    case 'archives':
      return { tmparchives: value };
    default:
      return {};
  }
}

/** `local` and `host:port` are old forms of a URI. */
function defaultUri(text: string): string {
  if (text === 'local') return 'file:///';
  return text.includes('/') ? text : `hdfs://${text}`;
}

/**
 * Returns the configuration of a command. As in Hadoop, `tell` hears of deprecated names given with -D, and not of those
 * in site files.
 * @throws ConfigurationError
 */
export function loadConfiguration(options: GenericOptions, tell = tellOfDeprecation): Configuration {
  const { defines, confFiles } = options;
  const confDir = options.confDir ?? process.env.HADOOP_CONF_DIR;
  if (confDir && !fs.statSync(confDir, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ConfigurationError(
      `Cannot find configuration directory: ${confDir}. Correct HADOOP_CONF_DIR or --config`,
    );
  }
  for (const name of Object.keys(defines)) {
    const warning = deprecationWarning(name);
    if (warning !== undefined) tell(warning);
  }
  return Configuration.load({ confDir, files: confFiles, defines });
}

/** Tells the user of each property on the command line that has no effect. */
export async function tellOfIgnored({ defines }: GenericOptions, tell: Print): Promise<void> {
  if (Object.keys(defines).length === 0) return;
  const { commandWarnings } = await import('../../conf/unsupported/check-command.ts');
  for (const warning of commandWarnings(defines)) tell(logLine(new Date(systemClock.now()), 'WARN', 'conf', warning));
}

/** Prints a warning as Hadoop's log does. */
export function tellOfDeprecation(warning: string): void {
  complain(logLine(new Date(systemClock.now()), 'INFO', 'Configuration.deprecation', warning));
}

/** The end of every usage text, in Hadoop's words. */
export const GENERIC_USAGE: readonly string[] = [
  'Generic options supported are:',
  '-conf <configuration file>        specify an application configuration file',
  '-D <property=value>               define a value for a given property',
  "-fs <file:///|hdfs://namenode:port> specify default filesystem URL to use, overrides 'fs.defaultFS' property" +
    ' from configurations.',
  '-jt <local|resourcemanager:port>  specify a ResourceManager',
  '-files <file1,...>                specify a comma-separated list of files to be copied to the map reduce cluster',
  '-libjars <jar1,...>               specify a comma-separated list of jar files to be included in the classpath',
  '-archives <archive1,...>          specify a comma-separated list of archives to be unarchived on the compute machines',
  '',
  'The general command line syntax is:',
  'command [genericOptions] [commandOptions]',
  '',
];
