/** Hadoop's Configuration: properties by name, from site files and options, with `${…}` substituted. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DEPRECATED, deprecationWarning } from './deprecated.ts';
import { ConfigurationError, isNoSuchFile, messageOf } from './errors.ts';
import { KEYS, type KeyName, type KeyValue } from './keys/index.ts';
import { readConfigurationXml } from './xml.ts';

const SITE_FILES = ['core-site.xml', 'hdfs-site.xml', 'mapred-site.xml'];
const SUBSTITUTION_DEPTH_MAX = 20;

export interface LoadOptions {
  /** Directory of the site files; default HADOOP_CONF_DIR, and no files without it. */
  readonly confDir?: string;
  /** Further files (`-conf`), stronger than the site files. */
  readonly files?: readonly string[];
  /** `-D` definitions, strongest. */
  readonly defines?: Readonly<Record<string, string>>;
}

/**
 * Properties by name, as Hadoop's Configuration: later sources win over earlier ones, and over the defaults of KEYS.
 * A deprecated name is the same property as the name that stands in its place, in every method and source.
 */
export class Configuration {
  /** Unsubstituted text by name; never by a deprecated name. */
  readonly #values = new Map<string, string>();
  /** Names that a file marked final: later files do not change them. */
  readonly #finals = new Set<string>();
  /** Deprecated names that were used, each once. */
  readonly #deprecated = new Set<string>();
  #directory: string | undefined;

  constructor(values: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(values)) this.set(name, value);
  }

  /** Reads the site files that exist, then `files`, then `defines`. */
  static load(options: LoadOptions = {}): Configuration {
    const dir = options.confDir ?? process.env.HADOOP_CONF_DIR;
    const conf = new Configuration();
    conf.#directory = dir || undefined;
    const siteFiles = dir ? SITE_FILES.map((f) => path.join(dir, f)) : [];
    for (const file of siteFiles) conf.#addFile(file, isNoSuchFile);
    for (const file of options.files ?? []) conf.#addFile(file, () => false);
    for (const [name, value] of Object.entries(options.defines ?? {})) conf.set(name, value);
    return conf;
  }

  #addFile(file: string, mayFailBy: (thrown: unknown) => boolean): void {
    let xml: string;
    try {
      xml = fs.readFileSync(file, 'utf8');
    } catch (e) {
      if (mayFailBy(e)) return;
      throw new ConfigurationError(`${file}: cannot be read: ${messageOf(e)}`, { cause: e });
    }
    for (const { name, value, final } of readConfigurationXml(xml, file)) {
      const current = this.#currentName(name);
      if (!this.#finals.has(current)) this.#values.set(current, value);
      if (final) this.#finals.add(current);
    }
  }

  /** The conf directory: the one of the site files. undefined if this configuration was read from none. */
  get directory(): string | undefined {
    return this.#directory;
  }

  /** Returns the value of a known property, by its type; times are milliseconds. @throws ConfigurationError */
  get<K extends KeyName>(name: K): KeyValue<K> {
    const text = (this.#text(name) ?? '').trim();
    const property = KEYS[name];
    try {
      return property.parse(text) as KeyValue<K>;
    } catch (e) {
      const expected = messageOf(e);
      throw new ConfigurationError(`${name} is '${text}': expected ${expected}`, { cause: e });
    }
  }

  /** Returns the substituted text of any property; undefined when it is neither set nor known. */
  getRaw(name: string): string | undefined {
    return this.#text(this.#currentName(name));
  }

  set(name: string, value: string | number | boolean): this {
    this.#values.set(this.#currentName(name), String(value));
    return this;
  }

  unset(name: string): this {
    this.#values.delete(this.#currentName(name));
    return this;
  }

  /** Whether a file, -D or set() gave the property. */
  isSet(name: string): boolean {
    return this.#values.has(DEPRECATED.get(name) ?? name);
  }

  /** Whether a file marked it final: later files do not change it. */
  isFinal(name: string): boolean {
    return this.#finals.has(DEPRECATED.get(name) ?? name);
  }

  /** Returns a copy with the same values, final marks, deprecated names in use and conf directory. */
  clone(): Configuration {
    const copy = new Configuration();
    for (const [name, value] of this.#values) copy.#values.set(name, value);
    for (const name of this.#finals) copy.#finals.add(name);
    for (const name of this.#deprecated) copy.#deprecated.add(name);
    copy.#directory = this.#directory;
    return copy;
  }

  /** Returns the names and unsubstituted texts of the properties that were set. */
  entries(): [string, string][] {
    return [...this.#values];
  }

  /** Returns Hadoop's warning of each deprecated name that was used, in order. */
  deprecations(): string[] {
    return [...this.#deprecated].map((name) => deprecationWarning(name) ?? name);
  }

  /** Replaces `${user.name}`, `${env.X}` and `${other.property}`; an unknown name stays as it is. */
  substitute(text: string): string {
    let result = text;
    for (let depth = 0; depth < SUBSTITUTION_DEPTH_MAX; depth++) {
      const match = /\$\{([^${}\s]+)\}/.exec(result);
      if (!match?.[1]) return result;
      const value = this.#lookUp(match[1]);
      if (value === undefined) return result;
      result = result.slice(0, match.index) + value + result.slice(match.index + match[0].length);
    }
    throw new ConfigurationError(`${text}: substitution is nested deeper than ${SUBSTITUTION_DEPTH_MAX}`);
  }

  #currentName(name: string): string {
    const current = DEPRECATED.get(name);
    if (current === undefined) return name;
    this.#deprecated.add(name);
    return current;
  }

  #text(name: string): string | undefined {
    const text = this.#values.get(name) ?? (name in KEYS ? KEYS[name as KeyName].defaultText : undefined);
    return text === undefined ? undefined : this.substitute(text);
  }

  #lookUp(name: string): string | undefined {
    if (name === 'user.name') return currentUser();
    if (name === 'user.home') return os.homedir();
    if (name === 'java.io.tmpdir') return os.tmpdir();
    if (name.startsWith('env.')) return process.env[name.slice(4)];
    const current = this.#currentName(name);
    return this.#values.get(current) ?? (current in KEYS ? KEYS[current as KeyName].defaultText : undefined);
  }
}

/** Returns the user that commands act as: HADOOP_USER_NAME, else the one of the operating system. */
export function currentUser(): string {
  return process.env.HADOOP_USER_NAME ?? osUserName();
}

/** Returns the name of the user that runs this process; a uid without a name, as containers may have, stays a number. */
export function osUserName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}

/** Splits `host:port`. @throws ConfigurationError naming the property */
export function parseAddress(address: string, property: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(address);
  const port = Number(match?.[3]);
  if (!match || port > 65535) throw new ConfigurationError(`${property} is '${address}': expected host:port`);
  return { host: match[1] ?? match[2] ?? '', port };
}
