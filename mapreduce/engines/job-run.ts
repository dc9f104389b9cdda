/** The result of a job that a test or a program has run. */
import { Configuration } from '../../conf/configuration.ts';
import { joinPath } from '../../protocol/path.ts';
import type { Closers } from '../../runtime/closers.ts';
import type { JobResult } from '../api/api.ts';
import { readAll } from '../files/file-content.ts';
import type { FileSystems, QualifiedPath } from '../files/file-systems.ts';
import type { InputFormat } from '../formats/format.ts';
import { keyValueTextInput } from '../formats/key-value-text-input.ts';
import { Counters, type CountersJson } from '../job/counters.ts';
import type { FileSplit } from '../job/input-split.ts';
import { jobConfiguration } from '../job/job-configuration.ts';
import type { JobStatus } from '../job/messages.ts';
import { openRecords } from '../records/open-records.ts';

/** A job that has succeeded, with its output. close() deletes temporary files; `await using` calls it. */
export class JobRun implements JobResult, AsyncDisposable {
  readonly jobId: string;
  readonly succeeded = true;
  /** Counters by group and name. */
  readonly counters: CountersJson;
  /** URI of the output directory. */
  readonly output: string;
  readonly #fileSystems: FileSystems;
  readonly #closers: Closers;

  constructor(status: JobStatus, fileSystems: FileSystems, closers: Closers) {
    this.jobId = status.jobId;
    this.counters = status.counters;
    this.output = status.output;
    this.#fileSystems = fileSystems;
    this.#closers = closers;
  }

  counter(group: string, name: string): number {
    return Counters.fromJson(this.counters).get(group, name);
  }

  /** Returns the names of the output's files, in order: `part-r-00000`, `errors-m-00000`, `by-day/monday-r-00000`. */
  async files(): Promise<string[]> {
    const { fs, path: root } = this.#at('');
    const names: string[] = [];
    const list = async (directory: string): Promise<void> => {
      for await (const { path, type } of fs.listStatus(directory)) {
        const name = path.slice(root.length + 1);
        if (type === 'DIRECTORY') await list(path);
        else if (!/(^|\/)[._][^/]*$/.test(name)) names.push(name);
      }
    };
    await list(root);
    return names.sort();
  }

  /** Returns the bytes of one file of the output. */
  async bytes(name: string): Promise<Uint8Array> {
    const { fs, path } = this.#at(name);
    return await readAll(fs, path);
  }

  async text(name: string): Promise<string> {
    return Buffer.from(await this.bytes(name)).toString();
  }

  /** Returns the lines of the part files, in the order of their names; or of the files with another begin, such as `errors`. */
  async lines(base = 'part'): Promise<string[]> {
    const lines: string[] = [];
    for (const name of await this.#filesOf(base)) lines.push(...(await this.text(name)).split('\n').slice(0, -1));
    return lines;
  }

  /** Returns the records of the same files, read by an input format. Default: keys and values are texts. */
  async records(): Promise<[key: string, value: string][]>;
  async records<K, V>(format: InputFormat<K, V>, base?: string): Promise<[key: K, value: V][]>;
  async records(format: InputFormat<unknown, unknown> = keyValueTextInput(), base = 'part'): Promise<unknown[]> {
    const found: unknown[] = [];
    for (const name of await this.#filesOf(base)) {
      const { fs, path } = this.#at(name);
      const { length } = await fs.getFileStatus(path);
      const split: FileSplit = { kind: 'file', fsUri: fs.uri, path, start: 0, length, hosts: [], names: [] };
      const jobConf = jobConfiguration(new Configuration());
      const run = { jobConf, counters: new Counters(), fileSystems: this.#fileSystems };
      const records = await openRecords(run, format, split);
      try {
        while (await records.more()) {
          const { ready } = records;
          while (ready.next()) found.push([ready.key, ready.value]);
        }
      } finally {
        await records.close();
      }
    }
    return found;
  }

  /** Deletes the temporary files of the run, the output too if it was given no path. */
  async close(): Promise<void> {
    await this.#closers.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #filesOf(base: string): Promise<string[]> {
    return (await this.files()).filter((name) => name.startsWith(`${base}-`));
  }

  #at(name: string): QualifiedPath {
    return this.#fileSystems.qualify(name === '' ? this.output : joinPath(this.output, name));
  }
}
