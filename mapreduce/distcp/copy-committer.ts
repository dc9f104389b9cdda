/** Ends a copy when all its maps have succeeded (Hadoop: CopyCommitter.commitJob). */
import type { FileOutput, FileSystem } from '../../client/filesystem/file-system.ts';
import { baseName, joinPath, normalizePath, parentPath } from '../../protocol/path.ts';
import { hadoopError, isHadoopError } from '../../runtime/errors.ts';
import type { ReduceContext } from '../api/api.ts';
import { uriOf } from '../files/file-systems.ts';
import { preserve } from './attributes.ts';
import { TEMPORARY } from './copy-file.ts';
import { copyFilter } from './copy-filter.ts';
import { statusOf } from './copy-listing.ts';
import type { LogKey } from './copy-mapper.ts';
import { type CopyPlan, planOf } from './copy-plan.ts';
import { deleteMissing } from './delete-missing.ts';
import { chunksLeft } from './dynamic-chunks.ts';
import { readListing } from './listing-file.ts';

type CommitContext = ReduceContext<null, null, LogKey>;
type At = { readonly fs: FileSystem; readonly path: string };

const LOG_BYTES = 1 << 16;

/**
 * The reduce of a copy job. Each step may be repeated: an attempt that failed is followed by another one, and the listing goes
 * last. So an attempt without a listing has nothing left to do.
 */
export class CopyCommitter {
  readonly #plan: CopyPlan;
  readonly #qualify: CommitContext['qualify'];
  readonly #listing: At;
  readonly #log: MapLogs | undefined;

  constructor({ conf, qualify }: CommitContext) {
    this.#plan = planOf(conf);
    this.#qualify = qualify;
    this.#listing = qualify(this.#plan.listing);
    const { logPath } = this.#plan;
    this.#log = logPath === undefined ? undefined : new MapLogs(qualify(logPath));
  }

  /** Takes a line of a map's log. */
  async reduce([map, line]: LogKey, values: Iterable<string>): Promise<void> {
    await this.#log?.open(map);
    if (line > 0) for (const value of values) await this.#log?.write(value);
  }

  async commit(context: CommitContext): Promise<void> {
    await this.#log?.end();
    const { fs, path } = this.#listing;
    if (!(await statusOf(fs, path))) return;
    if (await statusOf(fs, joinPath(parentPath(path), 'chunkDir'))) await checkChunks(fs, path);
    const [work, target] = [this.#qualify(this.#plan.workPath), this.#qualify(this.#plan.finalPath)];
    if (!this.#plan.direct) await deleteTemporary(work, context.jobId);
    if (this.#plan.deleteMissing) await this.#deleteMissing(target, context);
    else if (this.#plan.atomic) await moveIntoPlace(work, target, context);
    await this.#preserveDirectories(target, context);
    context.setStatus('Commit Successful');
    const meta = this.#qualify(this.#plan.metaFolder);
    await meta.fs.delete(meta.path, true);
  }

  async #deleteMissing({ fs, path }: At, { setStatus }: CommitContext): Promise<void> {
    const status = await statusOf(fs, path);
    if (status?.type !== 'DIRECTORY') return;
    const listed = new Set<string>();
    for await (const { entry } of readListing(this.#listing.fs, this.#listing.path)) listed.add(entry.path);
    const deleted = await deleteMissing({
      fs,
      target: path,
      listed,
      filter: copyFilter(this.#plan.filters),
      ignoreFailures: this.#plan.ignoreFailures,
      tell: (line) => {
        console.log(line);
        setStatus('Deleting missing files from target.');
      },
    });
    console.log(`Deleted ${deleted} from target: ${uriOf(fs, path)}`);
  }

  /** Directories get their attributes last: a file that is made in one changes its times, and may need its permissions. */
  async #preserveDirectories({ fs, path }: At, { setStatus }: CommitContext): Promise<void> {
    const { preserve: attributes, update, overwrite, updateRoot } = this.#plan;
    if (attributes.length === 0) return;
    const skipsRoot = (update || overwrite) && !updateRoot;
    for await (const { entry } of readListing(this.#listing.fs, this.#listing.path)) {
      if (!entry.directory) continue;
      const target = normalizePath(`${path}${entry.path}`);
      if (target === path && skipsRoot) continue;
      await preserve(fs, target, entry.directory, attributes);
      setStatus('Preserving status on directory entries.');
    }
  }
}

async function checkChunks(fs: FileSystem, listing: string): Promise<void> {
  const left = await chunksLeft(fs, listing);
  if (left > 0) throw hadoopError('IOException', `${left} chunks of the listing were copied by no map`);
}

/** Deletes the temporary files of attempts that ended without doing so (CopyCommitter.cleanupTempFiles). */
export async function deleteTemporary({ fs, path }: At, jobId: string): Promise<void> {
  const prefix = `${TEMPORARY}${jobId.replace(/^job/, 'attempt')}_`;
  for (const directory of new Set([path, parentPath(path)])) {
    try {
      const left: string[] = [];
      for await (const status of fs.listStatus(directory)) {
        if (status.type === 'FILE' && baseName(status.path).startsWith(prefix)) left.push(status.path);
      }
      for (const file of left) await fs.delete(file, false);
    } catch (e) {
      // There is nothing to delete where nothing was made, or where this user can't look.
      if (!isHadoopError(e, 'FileNotFoundException') && !isHadoopError(e, 'AccessControlException')) throw e;
    }
  }
}

/** Renames the work directory of -atomic to the target (CopyCommitter.commitData). */
async function moveIntoPlace(work: At, target: At, { setStatus }: CommitContext): Promise<void> {
  const { fs } = target;
  const hasWork = (await statusOf(fs, work.path)) !== undefined;
  const hasTarget = (await statusOf(fs, target.path)) !== undefined;
  const [from, to] = [uriOf(fs, work.path), uriOf(fs, target.path)];
  if (hasWork && hasTarget) {
    throw hadoopError(
      'IOException',
      `Target-path can't be committed to because it exists at ${to}. Copied data is in temp-dir: ${from}. `,
    );
  }
  // An earlier attempt has moved the data already if only the target is there.
  if (!hasTarget && !(hasWork && (await fs.rename(work.path, target.path)))) {
    throw hadoopError('IOException', `Atomic commit failed. Temporary data in ${from}, Unable to move to ${to}`);
  }
  setStatus(`Data committed successfully to ${to}`);
}

/** The files of -log: one for each map, and a mark at the end. */
class MapLogs {
  readonly #place: At;
  #map: number | undefined;
  #file: FileOutput | undefined;
  #lines: string[] = [];
  #pending = 0;

  constructor(place: At) {
    this.#place = place;
  }

  /** Begins the log of a map, unless it is open. */
  async open(map: number): Promise<void> {
    if (map === this.#map) return;
    await this.#close();
    this.#map = map;
    const name = `part-m-${String(map).padStart(5, '0')}`;
    this.#file = await this.#place.fs.create(joinPath(this.#place.path, name), { overwrite: true });
  }

  async write(line: string): Promise<void> {
    this.#lines.push(line, '\n');
    this.#pending += line.length;
    if (this.#pending >= LOG_BYTES) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#lines.length > 0) await this.#file?.write(Buffer.from(this.#lines.join('')));
    this.#lines = [];
    this.#pending = 0;
  }

  async #close(): Promise<void> {
    await this.#flush();
    await this.#file?.close();
  }

  async end(): Promise<void> {
    await this.#close();
    await (await this.#place.fs.create(joinPath(this.#place.path, '_SUCCESS'), { overwrite: true })).close();
  }
}
