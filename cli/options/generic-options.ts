import fs from 'node:fs';
import { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';

/** What stands before the command, as Hadoop's GenericOptionsParser takes it. */
export interface GenericOptions {
  readonly defines: Readonly<Record<string, string>>;
  readonly confFiles: readonly string[];
  readonly confDir?: string;
  readonly rest: readonly string[];
}

/** A generic option without its value. */
export class GenericOptionError extends Error {
  override readonly name = 'GenericOptionError';
}

const NAMES = new Set(['fs', 'jt', 'conf', 'D', 'libjars', 'files', 'archives', 'tokenCacheFile']);

/**
 * Takes `-D k=v`, `-Dk=v`, `-fs URI`, `-conf FILE` and the others off the front; the first other argument ends them. Pure.
 * @throws GenericOptionError
 */
export function parseGenericOptions(args: readonly string[]): GenericOptions {
  const properties: Record<string, string> = {};
  const settings: Record<string, string> = {};
  const confFiles: string[] = [];
  let at = 0;
  while (at < args.length) {
    const option = optionAt(args, at);
    if (!option) break;
    at = option.next;
    if (option.name === 'D') addProperty(option.value, properties);
    else if (option.name === 'conf') confFiles.push(option.value);
    else Object.assign(settings, settingOf(option.name, option.value));
  }
  if (args[at] === '--') at++;
  // -D is stronger than -fs, wherever it stands.
  return { defines: { ...settings, ...properties }, confFiles, rest: args.slice(at) };
}

interface Found {
  readonly name: string;
  readonly value: string;
  readonly next: number;
}

function optionAt(args: readonly string[], at: number): Found | undefined {
  const arg = args[at] ?? '';
  if (!arg.startsWith('-') || arg === '-' || arg === '--') return undefined;
  const text = arg.replace(/^--?/, '');
  if (NAMES.has(text)) {
    const value = args[at + 1];
    if (value === undefined) throw new GenericOptionError(`Missing argument for option: ${text}`);
    return { name: text, value: value.replace(/^"(.*)"$/s, '$1'), next: at + 2 };
  }
  if (text.startsWith('D') && arg.startsWith('-D')) return { name: 'D', value: text.slice(1), next: at + 1 };
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(equals, 0));
  return NAMES.has(name) ? { name, value: text.slice(equals + 1), next: at + 1 } : undefined;
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

/** The configuration that a command runs with. @throws ConfigurationError */
export function loadConfiguration(options: GenericOptions): Configuration {
  const { defines, confFiles } = options;
  const confDir = options.confDir ?? process.env.HADOOP_CONF_DIR;
  if (confDir && !fs.existsSync(confDir)) {
    throw new ConfigurationError(
      `Cannot find configuration directory: ${confDir}. Correct HADOOP_CONF_DIR or --config`,
    );
  }
  return Configuration.load({ confDir, files: confFiles, defines });
}

/** What every usage text ends with. */
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
