/** Shell commands whose last argument is the destination; org.apache.hadoop.fs.shell.CommandWithDestination. */
import type { FileOutput } from '../../../client/filesystem/file-system.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { UsageError } from '../../options/usage-error.ts';
import { expandGlob, PathData } from '../paths/path-data.ts';
import { PathError } from '../paths/path-error.ts';
import { FsCommand } from './command.ts';

/** The attributes of a source that -p keeps, by Hadoop's letters. */
const ATTRIBUTES = { t: 'timestamps', o: 'ownership', p: 'permission', a: 'acl', x: 'xattr' } as const;
type Attribute = (typeof ATTRIBUTES)[keyof typeof ATTRIBUTES];

const COPYING_SUFFIX = '._COPYING_';

/** A command that copies or moves its first arguments to the last one: -put, -get, -cp, -mv. */
export abstract class DestinationCommand extends FsCommand {
  #destination: PathData | undefined;
  protected overwrite = false;
  /** Whether bytes go to the target itself, and not to `TARGET._COPYING_` first. */
  protected direct = false;
  readonly #preserved = new Set<Attribute>();

  protected get verifiesChecksum(): boolean {
    return true;
  }

  protected get destination(): PathData {
    if (!this.#destination) throw new Error(`${this.name}: the destination is set by processOptions()`);
    return this.#destination;
  }

  /** Keeps attributes: timestamps, ownership and permission if there are no letters. @throws UsageError for an unknown letter */
  protected preserve(letters = 'top'): void {
    for (const letter of letters.toLowerCase()) {
      const attribute = ATTRIBUTES[letter as keyof typeof ATTRIBUTES];
      if (!attribute) throw new UsageError(`No attribute for ${letter}`);
      this.#preserved.add(attribute);
    }
  }

  /** Takes the last argument as the destination, or the working directory if there is one argument only. A glob must match one path. */
  protected async takeRemoteDestination(args: string[]): Promise<string[]> {
    const text = args.length < 2 ? '.' : (args.at(-1) ?? '.');
    const [match, ...more] = await expandGlob(text, this.shell.fileSystems);
    if (!match) throw new PathError('notFound', text);
    if (more.length > 0) throw new PathError('io', text, { error: 'Too many matches' });
    this.#destination = match;
    return args.length < 2 ? args : args.slice(0, -1);
  }

  protected async takeLocalDestination(args: string[]): Promise<string[]> {
    const text = args.length < 2 ? '.' : (args.at(-1) ?? '.');
    this.#destination = await PathData.local(text, this.shell.fileSystems);
    return args.length < 2 ? args : args.slice(0, -1);
  }

  /** Checks the destination: several sources need a directory, one source needs a free name or a directory. */
  protected override async processArguments(items: readonly PathData[]): Promise<void> {
    const destination = this.destination;
    if (items.length > 1) {
      if (!destination.exists) throw new PathError('notFound', destination.text);
      if (!destination.isDirectory) throw new PathError('isNotDirectory', destination.text);
    } else if (destination.exists) {
      if (!destination.isDirectory && !this.overwrite) throw new PathError('exists', destination.text);
    } else if (!(await destination.parentExists())) {
      throw new PathError('notFound', destination.text, { qualified: destination.qualified });
    }
    await super.processArguments(items);
  }

  protected override async processPathArgument(source: PathData): Promise<void> {
    if (source.isDirectory && source.fs === this.destination.fs) await this.#refuseOwnSubdirectory(source);
    await super.processPathArgument(source);
  }

  async #refuseOwnSubdirectory(source: PathData): Promise<void> {
    const target = await this.targetOf(source);
    if (target.path === source.path) {
      throw new PathError('io', source.text, { error: 'are identical', target: target.qualified });
    }
    if (target.path.startsWith(source.path === '/' ? '/' : `${source.path}/`)) {
      throw new PathError('io', source.text, { error: 'is a subdirectory of itself', target: target.text });
    }
  }

  protected override async processPath(source: PathData): Promise<void> {
    await this.processPathTo(source, await this.targetOf(source));
  }

  protected async processPathTo(source: PathData, target: PathData): Promise<void> {
    const status = source.required;
    if (status.type === 'SYMLINK') throw new PathError('operation', source.text);
    if (status.type === 'FILE') await this.copyFile(source, target);
    else if (!this.recursive) throw new PathError('isDirectory', source.text);
  }

  /** Copies the entries of a directory to the directory of the same name in the destination. */
  protected override async recursePath(source: PathData): Promise<void> {
    const outer = this.#destination;
    try {
      const directory = await this.targetOf(source);
      this.#destination = directory;
      if (directory.exists && !directory.isDirectory) throw new PathError('isNotDirectory', directory.text);
      if (!directory.exists) {
        await directory.fs.mkdirs(directory.path);
        await directory.refresh();
      }
      await super.recursePath(source);
      await this.#preserveAttributes(source, directory);
    } finally {
      this.#destination = outer;
    }
  }

  /** Returns the target of a source: in the destination if this is, or looks like, a directory. */
  protected async targetOf(source: PathData): Promise<PathData> {
    const destination = this.destination;
    const isParent = this.depth > 0 || destination.isDirectory || destination.representsDirectory;
    return isParent ? destination.childNamedLike(source) : destination;
  }

  protected async copyFile(source: PathData, target: PathData): Promise<void> {
    const input = await source.fs.open(source.path, { verifyChecksum: this.verifiesChecksum });
    try {
      await this.copyStream(input.stream(), target, source);
    } finally {
      await input.close();
    }
    await this.#preserveAttributes(source, target);
  }

  /** Writes a temporary file and renames it: no reader finds half of a file under the target's name. */
  protected async copyStream(chunks: AsyncIterable<Uint8Array>, target: PathData, source?: PathData): Promise<void> {
    if (target.exists && (target.isDirectory || !this.overwrite)) throw new PathError('exists', target.text);
    const path = this.direct ? target.path : target.path + COPYING_SUFFIX;
    const watched = this.watchProgress(chunks, target, source);
    let written = false;
    const unwatch = this.shell.interrupts.add(async () => {
      if (!this.direct) await target.fs.delete(path, false);
    });
    try {
      await this.#write(watched, target, path);
      if (!this.direct) await replace(target, path);
      written = true;
    } finally {
      unwatch();
      if (!written && !this.direct) await removeTemporary(target, path);
    }
  }

  /** Passes chunks on. Commands with a progress bar count them here. */
  protected watchProgress(
    chunks: AsyncIterable<Uint8Array>,
    _target: PathData,
    _source: PathData | undefined,
  ): AsyncIterable<Uint8Array> {
    return chunks;
  }

  protected createTarget(target: PathData, path: string): Promise<FileOutput> {
    return target.fs.create(path, { overwrite: true });
  }

  async #write(chunks: AsyncIterable<Uint8Array>, target: PathData, path: string): Promise<void> {
    const output = await this.createTarget(target, path);
    let complete = false;
    try {
      for await (const chunk of chunks) await output.write(chunk);
      complete = true;
    } finally {
      if (!complete) await output.abort();
    }
    await output.close();
  }

  async #preserveAttributes(source: PathData, target: PathData): Promise<void> {
    const preserved = this.#preserved;
    const status = source.required;
    if (preserved.has('timestamps')) {
      await target.fs.setTimes(target.path, status.modificationTimeMs, status.accessTimeMs);
    }
    if (preserved.has('ownership')) await target.fs.setOwner(target.path, status.owner, status.group);
    if (preserved.has('permission') || preserved.has('acl')) {
      await target.fs.setPermission(target.path, status.permission);
    }
    // A copy without them would lose them in silence.
    if (preserved.has('acl') && status.hasAcl) throw notSupported('ACLs', source);
    if (preserved.has('xattr')) throw notSupported('extended attributes', source);
  }
}

function notSupported(what: string, source: PathData): Error {
  return hadoopError('UnsupportedOperationException', `copying ${what} is not supported yet: \`${source.text}'`);
}

async function replace(target: PathData, temporaryPath: string): Promise<void> {
  if (target.exists && !(await target.fs.delete(target.path, false))) {
    throw new PathError('io', target.text, { operation: 'delete' });
  }
  if (!(await target.fs.rename(temporaryPath, target.path))) {
    throw new PathError('io', target.text + COPYING_SUFFIX, { operation: 'rename', target: target.text });
  }
}

/** Removes the temporary file of a failed copy. Its own failure is dropped: the user must see the failure of the copy. */
async function removeTemporary(target: PathData, path: string): Promise<void> {
  try {
    await target.fs.delete(path, false);
  } catch (e) {
    if (!(e instanceof Error)) throw e;
  }
}
