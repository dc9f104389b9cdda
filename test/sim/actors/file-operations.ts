// The file operations of simulated clients; each tells the model which effects were asked for and acknowledged.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import type { FileOutput } from '../../../client/filesystem/file-system.ts';
import type { Model, ModelFile } from '../checks/model.ts';
import type { SimProcess } from '../world/process.ts';
import type { PromiseName } from '../world/promises.ts';
import type { World } from '../world/world.ts';
import { AttributeOperations } from './attribute-operations.ts';

/** An error that a client received; `code` is set if the file system refused the call. */
type Refusal = { readonly code?: string };

const CLOSED_LOOK_MS = 300;
const CLOSED_LOOKS_MAX = 40;

/** The file operations of one client program. Each records in the model what was asked for and acknowledged. */
export class FileOperations {
  readonly fs: DistributedFileSystem;
  readonly process: SimProcess;
  readonly attributes: AttributeOperations;
  readonly #model: Model;
  readonly #world: World;
  readonly #blockSizeBytes: number;

  constructor(fs: DistributedFileSystem, process: SimProcess, model: Model, blockSizeBytes: number) {
    this.fs = fs;
    this.process = process;
    this.attributes = new AttributeOperations(fs, process);
    this.#model = model;
    this.#world = process.world;
    this.#blockSizeBytes = blockSizeBytes;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.process.after(ms, resolve));
  }

  note(what: string): void {
    this.#world.note(this.process.name, what);
  }

  fail(promise: PromiseName, what: string): void {
    this.#world.fail(promise, `${this.process.name}: ${what}`);
  }

  /**
   * Awaits a call that the client may send again after a lost connection, and that must run once (@AtMostOnce).
   * @param codes errors that only a second run of the call could cause, because no other client works on the file
   */
  async #once<T>(call: Promise<T>, ...codes: readonly string[]): Promise<T> {
    try {
      return await this.#timed('call', call);
    } catch (e) {
      const { code } = e as Refusal;
      if (code !== undefined && codes.includes(code)) {
        this.fail('calls-run-once', `a call was run twice, or on a wrong state: ${String(e)}`);
      }
      throw e;
    }
  }

  /** Measures a step of a client that is a few calls. */
  #timed<T>(what: string, step: Promise<T>, counts?: () => boolean): Promise<T> {
    return this.#world.latency.step(this.process.name, what, 'step', () => step, counts);
  }

  /** Runs `change`, and meanwhile marks the file so that no other operation changes it. */
  async #busy<T>(file: ModelFile, change: () => Promise<T>): Promise<T> {
    file.isBusy = true;
    try {
      return await change();
    } finally {
      file.isBusy = false;
    }
  }

  /**
   * Creates the file and passes its writer to `program`, which closes or abandons it.
   * @param overwrite whether create may replace a file: a second run of the call then goes unnoticed
   */
  write(file: ModelFile, overwrite: boolean, program: (writer: Writer) => Promise<void>): Promise<void> {
    const { path, replication } = file;
    this.note(`create ${path} replication ${replication}`);
    return this.#busy(file, async () => {
      this.#world.writeBegins();
      const options = { replication, blockSizeBytes: this.#blockSizeBytes, overwrite };
      const created = this.fs.create(path, options);
      const out = await this.#once(created, 'FileAlreadyExistsException', 'AlreadyBeingCreatedException');
      file.existence = 'yes';
      file.isFrozen = true;
      await program(new Writer(this, this.#model, file, out));
    });
  }

  append(file: ModelFile, newBlock: boolean, program: (writer: Writer) => Promise<void>): Promise<void> {
    file.isFrozen = true;
    file.appends++;
    file.closedBytes = undefined;
    file.attributes.forget('modified');
    this.note(`append ${file.path} at ${file.content.length}`);
    return this.#busy(file, async () => {
      this.#world.writeBegins();
      const appended = this.fs.append(file.path, { newBlock });
      const out = await this.#once(appended, 'FileNotFoundException', 'AlreadyBeingCreatedException');
      await program(new Writer(this, this.#model, file, out));
    });
  }

  truncate(file: ModelFile, lengthBytes: number, isStopping: () => boolean = () => false): Promise<void> {
    file.isFrozen = true;
    file.cutBytes = lengthBytes;
    file.wasCut = true;
    file.closedBytes = undefined;
    file.attributes.forget('modified');
    this.note(`truncate ${file.path} from ${file.content.length} to ${lengthBytes}`);
    this.#world.truncateBegins();
    return this.#busy(file, async () => {
      const isDone = await this.fs.truncate(file.path, lengthBytes);
      this.note(`truncated ${file.path} ${isDone}`);
      this.#world.coverage.hit(`op truncate-${isDone}`);
      if (!isDone) await this.#untilClosed(file.path, isStopping);
      file.content = file.content.subarray(0, lengthBytes);
      file.epoch++;
      file.ackedBytes = lengthBytes;
      file.syncedBytes = lengthBytes;
      file.closedBytes = lengthBytes;
      file.cutBytes = undefined;
      file.isFrozen = false;
    });
  }

  async #untilClosed(path: string, isStopping: () => boolean): Promise<void> {
    for (let looks = 0; looks < CLOSED_LOOKS_MAX && !isStopping(); looks++) {
      if (await this.fs.isFileClosed(path)) return;
      await this.sleep(CLOSED_LOOK_MS);
    }
    throw Object.assign(new Error(`${path} is not closed`), { code: 'NotClosed' });
  }

  /**
   * Reads a file and checks the bytes.
   * @param startShare position of the first byte, as a share of the length in [0, 1)
   * @param lingerMs how long the reader keeps the file open
   */
  async read(file: ModelFile, startShare: number, lingerMs: number): Promise<void> {
    const expected = this.#model.expectation(file);
    const { path, otherPath } = file;
    try {
      const input = await this.#timed('open', this.fs.open(path));
      const start = Math.floor(startShare * (input.length + 1));
      this.note(`opens ${path}: ${input.length} bytes`);
      // A reader of a file that was cut since it was opened asks all DataNodes for bytes that none has, as Hadoop's does.
      const isUnchanged = (): boolean => expected.epoch === file.epoch;
      const part = await this.#timed('pread', input.pread(start, input.length - start), isUnchanged);
      const bytes = start === 0 ? part : Buffer.concat([file.content.subarray(0, start), part]);
      this.#model.checkRead(file, this.process.name, bytes, expected);
      if (lingerMs > 0) await this.sleep(lingerMs);
      await input.close();
    } catch (e) {
      const isMissing = (e as Refusal).code === 'FileNotFoundException';
      const isPromised = expected.existence === 'yes' && expected.epoch === file.epoch;
      if (isMissing && isPromised && file.existence === 'yes' && file.path === path && otherPath === undefined) {
        this.fail('acked-files-stay', `${path} exists, but the NameNode says: ${String(e)}`);
      }
      throw e;
    }
  }

  /** Renames a file. @param isStrict whether to use rename2, which throws where rename returns false */
  async rename(file: ModelFile, target: string, isStrict: boolean): Promise<void> {
    file.epoch++;
    file.otherPath = target;
    this.note(`rename ${file.path} to ${target}`);
    this.#world.writeBegins();
    await this.#busy(file, async () => {
      try {
        if (isStrict) {
          const renamed = this.fs.renameStrict(file.path, target);
          await this.#once(renamed, 'FileNotFoundException', 'FileAlreadyExistsException');
        } else if (!(await this.#timed('rename', this.fs.rename(file.path, target)))) {
          this.fail('calls-run-once', `rename of ${file.path} says that it does not exist`);
        }
        this.#model.isFoundAt(file, target);
        this.note(`renamed ${file.path}`);
      } finally {
        if (file.otherPath !== undefined) file.isFrozen = true;
      }
    });
  }

  async delete(file: ModelFile): Promise<void> {
    file.existence = 'maybe';
    file.epoch++;
    this.note(`delete ${file.path}`);
    this.#world.writeBegins();
    if (!(await this.#timed('delete', this.fs.delete(file.path, false)))) {
      this.fail('calls-run-once', `delete of ${file.path} says that it does not exist`);
    }
    file.existence = 'no';
    this.note(`deleted ${file.path}`);
  }

  async setReplication(file: ModelFile, replication: number): Promise<void> {
    file.leastReplication = Math.min(file.leastReplication, replication);
    const set = () => this.fs.setReplication(file.path, replication);
    const isSet = await this.attributes.tracked(file, 'replication', String(replication), set);
    if (isSet) file.replication = replication;
  }

  /** Lists a directory, and checks that every file that must be there is in the listing. */
  async list(directory: string): Promise<void> {
    const must = this.#model.files.filter(
      (f) => f.path.startsWith(`${directory}/`) && f.existence === 'yes' && f.otherPath === undefined && !f.isBusy,
    );
    const epochs = must.map((f) => f.epoch);
    const names = new Set<string>();
    try {
      for await (const status of this.fs.listStatus(directory)) names.add(status.path);
    } catch (e) {
      if ((e as Refusal).code !== 'FileNotFoundException' || must.length > 0) throw e;
    }
    for (const [i, file] of must.entries()) {
      if (file.epoch !== epochs[i] || names.has(file.path)) continue;
      this.fail('acked-files-stay', `${file.path} is not in the listing of its directory`);
    }
  }

  /** Recovers the lease of a file whose writer, another client, may be dead or alive. */
  async recoverLease(file: ModelFile): Promise<void> {
    this.note(`recoverLease ${file.path}`);
    const isClosed = await this.fs.recoverLease(file.path);
    this.#world.coverage.hit(`op recoverLease-${isClosed}`);
  }
}

/** A file that is open for writing. */
export class Writer {
  readonly #operations: FileOperations;
  readonly #model: Model;
  readonly #file: ModelFile;
  readonly #out: FileOutput;

  constructor(operations: FileOperations, model: Model, file: ModelFile, out: FileOutput) {
    this.#operations = operations;
    this.#model = model;
    this.#file = file;
    this.#out = out;
  }

  async write(lengthBytes: number): Promise<void> {
    const bytes = this.#model.nextBytes(this.#file, lengthBytes);
    this.#operations.process.world.writeBegins();
    await this.#timed('write', () => this.#out.write(bytes));
  }

  #timed<T>(what: string, step: () => Promise<T>): Promise<T> {
    const { name, world } = this.#operations.process;
    return world.latency.step(name, what, 'writerStep', step);
  }

  /** Calls hsync if `syncs` is true, else hflush. */
  async flush(syncs: boolean): Promise<void> {
    const file = this.#file;
    const { length } = file.content;
    const { powerLosses } = this.#model;
    await this.#timed(syncs ? 'hsync' : 'hflush', () => (syncs ? this.#out.hsync() : this.#out.hflush()));
    if (syncs) file.syncedBytes = Math.max(file.syncedBytes, length);
    // If DataNodes have lost their power since the call began, bytes that were only flushed may be gone.
    if (syncs || powerLosses === this.#model.powerLosses) file.ackedBytes = Math.max(file.ackedBytes, length);
    this.#operations.note(`acked ${file.path} ${length}`);
  }

  /** Leaves the file open, until its lease is recovered. */
  async abandon(): Promise<void> {
    this.#operations.note(`abandons ${this.#file.path}`);
    await this.#out.abort();
  }

  async close(): Promise<void> {
    const file = this.#file;
    await this.#timed('close', () => this.#out.close());
    file.ackedBytes = file.content.length;
    file.syncedBytes = file.content.length;
    file.closedBytes = file.content.length;
    file.isFrozen = false;
    this.#operations.note(`closed ${file.path} ${file.closedBytes}`);
  }
}
