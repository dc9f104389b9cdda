/** Counts the records that an attempt skips, and keeps them in a file. */
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import { joinPath } from '../../protocol/path.ts';
import type { RecordsRun } from '../records/records-run.ts';
import { SKIP_DIRECTORY, SkipFile } from './skip-file.ts';
import type { SkipPlan } from './skip-plan.ts';

const OUTPUT_DIRECTORY = 'mapreduce.job.skip.outdir';

export interface SkippedOptions {
  readonly run: RecordsRun & { readonly launch: { readonly attemptId: string; readonly kind: 'MAP' | 'REDUCE' } };
  readonly plan: SkipPlan;
  /** Makes a file in the attempt's output, which is committed with it. */
  createFile?(name: string): Promise<FileOutput>;
}

export class Skipped {
  readonly #o: SkippedOptions;
  readonly #file: SkipFile | undefined;

  constructor(options: SkippedOptions) {
    this.#o = options;
    const { run, plan } = options;
    const isKept = !plan.isTest && run.jobConf.get(OUTPUT_DIRECTORY)?.trim() !== 'none';
    this.#file = isKept ? new SkipFile(() => this.#create()) : undefined;
  }

  /** Takes a record that a map skips. */
  async record(key: unknown, value: unknown): Promise<void> {
    this.#o.run.counters.addTask('MAP_SKIPPED_RECORDS', 1);
    await this.#file?.write(key, value);
  }

  /** Takes a group that a reduce skips. */
  async group(key: unknown, values: Iterable<unknown>): Promise<void> {
    const { counters } = this.#o.run;
    counters.addTask('REDUCE_SKIPPED_GROUPS', 1);
    for (const value of values) {
      counters.addTask('REDUCE_SKIPPED_RECORDS', 1);
      await this.#file?.write(key, value);
    }
  }

  /** Ends the file. Comes before the commit of the attempt. */
  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #create(): Promise<FileOutput> {
    const { run, createFile } = this.#o;
    const { attemptId } = run.launch;
    const directory = run.jobConf.get(OUTPUT_DIRECTORY)?.trim();
    if (directory) {
      const { fs, path } = run.fileSystems.qualify(directory);
      return await fs.create(joinPath(path, attemptId));
    }
    if (!createFile) throw new Error(`${attemptId} has no output for the records that it skips`);
    return await createFile(`${SKIP_DIRECTORY}/${attemptId}`);
  }
}
