// The ground on which a case of the contract runs: a file system and an empty directory of its own.
import assert from 'node:assert/strict';
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { globStatus } from '../../client/filesystem/file-util.ts';
import { until } from '../support/until.ts';

/** One rule of Hadoop's file systems. `run` throws if the file system does not keep the rule. */
export interface ContractCase {
  readonly name: string;
  readonly run: (t: Ground) => Promise<void>;
}

/** A file system under test, and calls that its interface lacks. */
export interface Subject {
  readonly fs: FileSystem;
  /** Another client of the same file system. */
  readonly other: FileSystem;
  /** Returns whether a file's last writer has closed it. */
  readonly isClosed: (path: string) => Promise<boolean>;
  /** The directory below which each case gets a directory of its own. */
  readonly root: string;
}

export class Ground {
  readonly fs: FileSystem;
  readonly other: FileSystem;
  readonly #subject: Subject;
  readonly #root: string;

  constructor(subject: Subject, name: string) {
    this.fs = subject.fs;
    this.other = subject.other;
    this.#subject = subject;
    this.#root = `${subject.root}/${name}`;
  }

  /** Returns the absolute path of a name in the case's directory. The name '' is the directory itself. */
  at(name: string): string {
    return name === '' ? this.#root : `${this.#root}/${name}`;
  }

  async write(name: string, content: string | Uint8Array, fs = this.fs): Promise<void> {
    const out = await fs.create(this.at(name));
    await out.write(Buffer.from(content));
    await out.close();
  }

  async append(name: string, content: string, options = {}): Promise<void> {
    const out = await this.fs.append(this.at(name), options);
    await out.write(Buffer.from(content));
    await out.close();
  }

  async bytes(name: string): Promise<Buffer> {
    const input = await this.fs.open(this.at(name));
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of input.stream()) chunks.push(Buffer.from(chunk));
      return Buffer.concat(chunks);
    } finally {
      await input.close();
    }
  }

  async text(name: string): Promise<string> {
    return (await this.bytes(name)).toString();
  }

  status(name: string): Promise<FileStatus> {
    return this.fs.getFileStatus(this.at(name));
  }

  async exists(name: string): Promise<boolean> {
    try {
      await this.status(name);
      return true;
    } catch (e) {
      if ((e as { code?: string }).code === 'FileNotFoundException') return false;
      throw e;
    }
  }

  /** Returns the paths that listStatus returns for a directory, relative to the case's directory. */
  async list(name: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { path } of this.fs.listStatus(this.at(name))) names.push(this.#relative(path));
    return names;
  }

  /** Returns the names that match a pattern; null for a plain name that does not exist. */
  async glob(pattern: string): Promise<string[] | null> {
    const found = await globStatus(this.fs, this.at(pattern));
    return found === null ? null : found.map(({ path }) => this.#relative(path));
  }

  /** Truncates a file and waits until its last block is cut. */
  async truncate(name: string, lengthBytes: number): Promise<void> {
    if (await this.fs.truncate(this.at(name), lengthBytes)) return;
    await until(() => this.#subject.isClosed(this.at(name)), `${name} to be cut`);
  }

  async concat(target: string, sources: readonly string[]): Promise<void> {
    await this.fs.concat(
      this.at(target),
      sources.map((source) => this.at(source)),
    );
  }

  /** Asserts that a call is refused with one of these Java classes, by their simple names. */
  async refused(call: Promise<unknown>, ...codes: readonly string[]): Promise<void> {
    const outcome = await call.then(
      () => 'no refusal',
      (e: unknown) => (e as { code?: string }).code ?? String(e),
    );
    assert.ok(codes.includes(outcome), `expected ${codes.join(' or ')}, there was ${outcome}`);
  }

  #relative(path: string): string {
    assert.ok(path.startsWith(this.#root), `${path} lies below ${this.#root}`);
    return path.slice(this.#root.length + 1);
  }
}
