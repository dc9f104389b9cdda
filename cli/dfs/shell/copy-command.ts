/** Shell commands that copy files: -put, -get, -cp. */
import type { FileOutput } from '../../../client/filesystem/file-system.ts';
import { parseJavaInt } from '../../options/numbers.ts';
import type { ParsedOptions } from '../../options/parse-options.ts';
import type { ByteProgress } from '../../terminal/progress.ts';
import type { PathData } from '../paths/path-data.ts';
import { CopyPool } from './copy-pool.ts';
import { DestinationCommand } from './destination-command.ts';

/** A command that copies with -t threads and shows its progress. */
export abstract class CopyCommand extends DestinationCommand {
  #threads = 1;
  #pool: CopyPool | undefined;
  #progress: ByteProgress | undefined;
  protected override recursive = true;
  /** Whether new files are persisted lazily: they have one replica. */
  protected lazyPersist = false;

  /** Takes -t and -q. The size of the queue has no effect: listing waits until a copy can begin. */
  protected takeThreads(options: ParsedOptions): void {
    const threads = options.value('t');
    if (threads !== undefined) this.#threads = Math.max(parseJavaInt(threads), 1);
    const queueSize = options.value('q');
    if (queueSize !== undefined) parseJavaInt(queueSize);
  }

  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    const isParallel = this.#threads > 1 && (items.length > 1 || items[0]?.isDirectory === true);
    if (isParallel) this.#pool = new CopyPool(this.#threads, (thrown) => this.displayError(thrown));
    try {
      if (this.terminal.isInteractive) this.#progress = await openProgress();
      await super.processArguments(items);
    } finally {
      await this.#pool?.drain();
      this.#progress?.stop();
    }
  }

  protected override async copyFile(source: PathData, target: PathData): Promise<void> {
    if (this.#pool) await this.#pool.submit(() => super.copyFile(source, target));
    else await super.copyFile(source, target);
  }

  protected override watchProgress(
    chunks: AsyncIterable<Uint8Array>,
    target: PathData,
    source: PathData | undefined,
  ): AsyncIterable<Uint8Array> {
    return this.#progress?.watch(chunks, target.text, source?.status?.length) ?? chunks;
  }

  protected override createTarget(target: PathData, path: string): Promise<FileOutput> {
    return target.fs.create(path, this.lazyPersist ? { overwrite: true, replication: 1 } : { overwrite: true });
  }
}

async function openProgress(): Promise<ByteProgress> {
  const { ByteProgress } = await import('../../terminal/progress.ts');
  return new ByteProgress(process.stderr);
}
