/** Copies the entries of the listing that one map gets (Hadoop: CopyMapper). */
import type { FileStatus, FileSystem } from '../../client/filesystem/file-system.ts';
import { normalizePath } from '../../protocol/path.ts';
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { systemClock } from '../../runtime/runtime.ts';
import type { MapContext } from '../api/api.ts';
import { uriOf } from '../files/file-systems.ts';
import { COPY_GROUP, type CopyCounterName } from '../job/counter-names.ts';
import { preserve } from './attributes.ts';
import { decide, type FileAction, type FileAt } from './copy-decision.ts';
import { copyFile, temporaryPath } from './copy-file.ts';
import { statusOf } from './copy-listing.ts';
import { type CopyPlan, planOf } from './copy-plan.ts';
import { CopyReadError, withCauses } from './failures.ts';
import type { CopyEntry } from './listing-file.ts';

/** A line of the log: the number of the map and of the line, then the line. */
export type LogKey = readonly [map: number, line: number];
export type CopyContext = MapContext<LogKey, string, string>;

const STATUS_EVERY_MS = 1000;

export class CopyMapper {
  readonly #plan: CopyPlan;
  readonly #work: { readonly fs: FileSystem; readonly path: string };
  readonly #beganMs = systemClock.monotonicMs();
  #bytesCopied = 0;
  #lines = 0;

  private constructor(plan: CopyPlan, work: { readonly fs: FileSystem; readonly path: string }) {
    this.#plan = plan;
    this.#work = work;
  }

  static async create({ conf, qualify }: CopyContext): Promise<CopyMapper> {
    const plan = planOf(conf);
    const target = qualify(plan.finalPath);
    const status = await statusOf(target.fs, target.path);
    // A target that is a file is always replaced.
    const overwrite = plan.overwrite || status?.type === 'FILE';
    return new CopyMapper({ ...plan, overwrite }, qualify(plan.workPath));
  }

  /** Copies a file, or makes a directory. */
  async map(entry: CopyEntry, context: CopyContext): Promise<void> {
    const { fs } = this.#work;
    const target = normalizePath(`${this.#work.path}${entry.path}`);
    const description = `Copying ${entry.source} to ${uriOf(fs, target)}`;
    context.setStatus(description);
    console.log(description);
    try {
      await this.#copy(entry, target, context, description);
    } catch (e) {
      const failure = HadoopError.from(e);
      const isRead = failure instanceof CopyReadError || failure.cause instanceof CopyReadError;
      console.error(`Failure in copying ${entry.source} to ${uriOf(fs, target)}\n${withCauses(failure)}`);
      if (!this.#plan.ignoreFailures || !isRead) throw new HadoopError(failure.javaClass, withCauses(failure), e);
      this.#count(context, 'FAIL', 1);
      this.#count(context, 'BYTESFAILED', entry.length);
      this.#log(context, `FAIL: ${entry.source} - ${withCauses(failure)}`);
    }
  }

  async #copy(entry: CopyEntry, target: string, context: CopyContext, description: string): Promise<void> {
    const { fs } = this.#work;
    const source = await sourceAt(entry, context);
    const copy = await statusOf(fs, target);
    if (copy && (copy.type === 'DIRECTORY') !== (source.status.type === 'DIRECTORY')) {
      const message = `Can't replace ${uriOf(fs, target)}. Target is ${kind(copy)}, Source is ${kind(source.status)}`;
      throw hadoopError('IOException', message);
    }
    if (source.status.type === 'DIRECTORY') {
      await fs.mkdirs(target);
      this.#count(context, 'DIR_COPY', 1);
      return;
    }
    const action = await decide(source, copy && { fs, status: copy }, this.#plan);
    if (action === 'SKIP') this.#skipped(entry, source.status, target, copy, context);
    else await this.#write(source, target, copy, action, context, description);
    await preserve(fs, target, source.status, this.#plan.preserve);
  }

  #skipped(
    entry: CopyEntry,
    source: FileStatus,
    target: string,
    copy: FileStatus | undefined,
    context: CopyContext,
  ): void {
    this.#count(context, 'SKIP', 1);
    this.#count(context, 'BYTESSKIPPED', source.length);
    this.#log(context, `SKIP: ${entry.source}`);
    this.#logVerbose(context, 'FILE_SKIPPED', entry.source, entry.length, target, copy);
  }

  async #write(
    source: FileAt,
    target: string,
    copy: FileStatus | undefined,
    action: Exclude<FileAction, 'SKIP'>,
    context: CopyContext,
    description: string,
  ): Promise<void> {
    const { fs } = this.#work;
    const uri = uriOf(source.fs, source.status.path);
    const { length } = source.status;
    let toldMs = systemClock.monotonicMs();
    const onBytes = (bytes: number): void => {
      const now = systemClock.monotonicMs();
      if (now - toldMs < STATUS_EVERY_MS) return;
      toldMs = now;
      context.setStatus(`${((bytes * 100) / length).toFixed(1)}% ${description} [${size(bytes)}/${size(length)}]`);
    };
    const temporary = temporaryPath(this.#work.path, target, context.attemptId);
    let bytes: number;
    try {
      bytes = await copyFile({ source, target: { fs, path: target }, temporary, action, plan: this.#plan, onBytes });
    } catch (e) {
      context.setStatus(`Copy Failure: ${uri}`);
      throw hadoopError('IOException', `File copy failed: ${uri} --> ${uriOf(fs, target)}`, e);
    }
    this.#count(context, 'BYTESEXPECTED', length);
    this.#count(context, 'BYTESCOPIED', bytes);
    this.#count(context, 'COPY', 1);
    this.#bytesCopied += bytes;
    this.#logVerbose(context, 'FILE_COPIED', uri, length, target, copy);
  }

  #logVerbose(
    context: CopyContext,
    what: string,
    source: string,
    length: number,
    target: string,
    copy: FileStatus | undefined,
  ): void {
    if (!this.#plan.verbose) return;
    const to = `target=${uriOf(this.#work.fs, target)}, size=${copy?.length ?? 0}`;
    this.#log(context, `${what}: source=${source}, size=${length} --> ${to}`);
  }

  #log({ emit, taskIndex }: CopyContext, line: string): void {
    if (this.#plan.logPath !== undefined) emit([taskIndex, ++this.#lines], line);
  }

  #count({ counter }: CopyContext, name: CopyCounterName, by: number): void {
    counter(COPY_GROUP, name).increment(by);
  }

  end(context: CopyContext): void {
    const seconds = Math.max(1, Math.floor((systemClock.monotonicMs() - this.#beganMs) / 1000));
    this.#count(context, 'BANDWIDTH_IN_BYTES', Math.floor(this.#bytesCopied / seconds));
    // A map without a line has an empty log too.
    if (this.#plan.logPath !== undefined) context.emit([context.taskIndex, 0], '');
  }
}

/** @throws IOException if the source is not there any more; -i leaves it out */
async function sourceAt(entry: CopyEntry, { qualify }: CopyContext): Promise<FileAt> {
  const { fs, path } = qualify(entry.source);
  const status = await statusOf(fs, path);
  if (status) return { fs, status };
  throw new CopyReadError(hadoopError('FileNotFoundException', `File does not exist: ${entry.source}`));
}

const kind = ({ type }: FileStatus): string => (type === 'DIRECTORY' ? 'dir' : 'file');

/** Returns `1.5M` (DistCpUtils.getStringDescriptionFor). */
function size(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10);
  return `${(bytes / 1024 ** power).toFixed(1)}${'BKMGTP'[power]}`;
}
