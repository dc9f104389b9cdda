import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ConfigurationError } from './errors.ts';
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

/** Properties by name, as Hadoop's Configuration: site files over defaults, with `${…}` substituted at each get. */
export class Configuration {
  readonly #values: Map<string, string>;
  /** Names that a file marked final: later files do not change them. */
  readonly #finals = new Set<string>();

  constructor(values: Readonly<Record<string, string>> = {}) {
    this.#values = new Map(Object.entries(values));
  }

  /** Reads the site files that exist, then `files`, then `defines`. */
  static load(options: LoadOptions = {}): Configuration {
    const dir = options.confDir ?? process.env.HADOOP_CONF_DIR;
    const conf = new Configuration();
    const siteFiles = dir ? SITE_FILES.map((f) => path.join(dir, f)).filter((f) => fs.existsSync(f)) : [];
    for (const file of [...siteFiles, ...(options.files ?? [])]) conf.#addFile(file);
    for (const [name, value] of Object.entries(options.defines ?? {})) conf.set(name, value);
    return conf;
  }

  #addFile(file: string): void {
    let xml: string;
    try {
      xml = fs.readFileSync(file, 'utf8');
    } catch (e) {
      throw new ConfigurationError(`${file}: cannot be read`, { cause: e });
    }
    for (const { name, value, final } of readConfigurationXml(xml, file)) {
      if (!this.#finals.has(name)) this.#values.set(name, value);
      if (final) this.#finals.add(name);
    }
  }

  /** A known property's value, by its type; times are milliseconds. */
  get<K extends KeyName>(name: K): KeyValue<K> {
    const text = (this.getRaw(name) ?? '').trim();
    const property = KEYS[name];
    try {
      return property.parse(text) as KeyValue<K>;
    } catch (e) {
      const expected = e instanceof Error ? e.message : String(e);
      throw new ConfigurationError(`${name} is '${text}': expected ${expected}`, { cause: e });
    }
  }

  /** Any property's text, substituted; undefined when it is neither set nor known. */
  getRaw(name: string): string | undefined {
    const text = this.#values.get(name) ?? (name in KEYS ? KEYS[name as KeyName].defaultText : undefined);
    return text === undefined ? undefined : this.#substitute(text);
  }

  set(name: string, value: string | number | boolean): this {
    this.#values.set(name, String(value));
    return this;
  }

  unset(name: string): this {
    this.#values.delete(name);
    return this;
  }

  /** Whether a file, -D or set() gave it. */
  isSet(name: string): boolean {
    return this.#values.has(name);
  }

  /** Whether a file marked it final: later files do not change it. */
  isFinal(name: string): boolean {
    return this.#finals.has(name);
  }

  clone(): Configuration {
    return new Configuration(Object.fromEntries(this.#values));
  }

  /** What was set, unsubstituted. */
  entries(): [string, string][] {
    return [...this.#values];
  }

  /** Replaces `${user.name}`, `${env.X}` and `${other.property}`; an unknown name stays as it is. */
  #substitute(text: string): string {
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

  #lookUp(name: string): string | undefined {
    if (name === 'user.name') return currentUser();
    if (name === 'user.home') return os.homedir();
    if (name === 'java.io.tmpdir') return os.tmpdir();
    if (name.startsWith('env.')) return process.env[name.slice(4)];
    return this.#values.get(name) ?? (name in KEYS ? KEYS[name as KeyName].defaultText : undefined);
  }
}

/** The user that commands act as: HADOOP_USER_NAME, else the one of the operating system. */
export function currentUser(): string {
  return process.env.HADOOP_USER_NAME ?? osUserName();
}

/** Who runs this process; a uid without a name, as containers may have, stays a number. */
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
