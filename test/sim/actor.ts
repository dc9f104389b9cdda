import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { FileOutput } from '../../client/file-system.ts';
import type { Cluster } from './cluster.ts';
import type { Model, ModelFile } from './model.ts';
import type { SimProcess } from './process.ts';
import type { World } from './world.ts';

/** How often each operation is chosen. */
export type OperationWeights = Readonly<Record<OperationName, number>>;
export type OperationName =
  | 'write'
  | 'append'
  | 'truncate'
  | 'read'
  | 'rename'
  | 'delete'
  | 'setReplication'
  | 'list'
  | 'recoverLease';

export interface ActorOptions {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly fs: DistributedFileSystem;
  readonly process: SimProcess;
  readonly index: number;
  readonly weights: OperationWeights;
  readonly meanPauseMs: number;
  readonly blockSizeBytes: number;
}

const WRITE_BYTES_MAX = 3000;

/** One client program: does one thing after the other, and tells the model what was acknowledged. */
export class Actor {
  readonly #o: ActorOptions;
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #fs: DistributedFileSystem;
  readonly #name: string;
  isStopping = false;
  isIdle = false;

  constructor(options: ActorOptions) {
    this.#o = options;
    this.#world = options.cluster.world;
    this.#fs = options.fs;
    this.#process = options.process;
    this.#name = options.process.name;
    // A crash leaves open what was open: somebody else has to recover it.
    const own = options.model.files.filter((f) => f.owner === options.index);
    this.#process.onEnd(() => {
      for (const file of options.model.files) if (file.owner === options.index) file.isBusy = false;
    });
    for (const file of own) file.isBusy = false;
  }

  get process(): SimProcess {
    return this.#process;
  }

  async run(): Promise<void> {
    while (!this.isStopping) {
      await this.#sleep(this.#world.random.next() * 2 * this.#o.meanPauseMs);
      if (this.isStopping) break;
      const operation = this.#world.random.weighted(this.#o.weights);
      await this.#perform(operation);
    }
    this.isIdle = true;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#process.after(ms, resolve));
  }

  #note(what: string): void {
    this.#world.note(this.#name, what);
  }

  /**
   * A call that the client may send again after a lost connection, and that runs once (ClientProtocol: @AtMostOnce).
   * @param codes what only a second run would say: nobody else works on the file
   */
  async #once<T>(call: Promise<T>, ...codes: readonly string[]): Promise<T> {
    try {
      return await call;
    } catch (e) {
      const { code } = e as { code?: string };
      if (code !== undefined && codes.includes(code)) {
        this.#world.fail(`${this.#name}: a call was run twice, or on a wrong state: ${String(e)}`);
      }
      throw e;
    }
  }

  /** An own file that is closed and nobody else's business. */
  #pickOwn(): ModelFile | undefined {
    const own = this.#o.model.files.filter(
      (f) =>
        f.owner === this.#o.index &&
        !f.isBusy &&
        !f.isFrozen &&
        f.existence === 'yes' &&
        f.otherPath === undefined &&
        f.closedBytes !== undefined,
    );
    return own.length === 0 ? undefined : this.#world.random.pick(own);
  }

  async #perform(operation: OperationName): Promise<void> {
    const { coverage } = this.#world;
    try {
      const isDone = await this.#operations[operation]();
      if (isDone !== false) coverage.hit(`op ${operation}`);
    } catch (e) {
      const { code, message } = e as { code?: string; message?: string };
      coverage.hit(`op-error ${operation}:${code ?? 'unknown'}`);
      this.#note(`${operation} failed: ${code}: ${message?.slice(0, 200)}`);
      if (code === undefined || code === 'IllegalStateException' || e instanceof TypeError) {
        this.#world.fail(`${this.#name}: ${operation} failed with what is no error of a file system: ${String(e)}`);
      }
    }
  }

  readonly #operations: Readonly<Record<OperationName, () => Promise<unknown>>> = {
    write: () => this.#writeFile(),
    append: () => this.#append(),
    truncate: () => this.#truncate(),
    read: () => this.#read(),
    rename: () => this.#rename(),
    delete: () => this.#delete(),
    setReplication: () => this.#setReplication(),
    list: () => this.#list(),
    recoverLease: () => this.#recoverLease(),
  };

  async #writeFile(): Promise<void> {
    const { random } = this.#world;
    const replication = random.chance(0.7) ? 3 : 2;
    const file = this.#o.model.newFile(this.#o.index, replication);
    this.#note(`create ${file.path} replication ${replication}`);
    try {
      const { blockSizeBytes } = this.#o;
      this.#world.writeBegins();
      // With overwrite a second run shows in nothing.
      const created = this.#fs.create(file.path, { replication, blockSizeBytes, overwrite: random.chance(0.2) });
      const out = await this.#once(created, 'FileAlreadyExistsException', 'AlreadyBeingCreatedException');
      file.existence = 'yes';
      await this.#writeTo(file, out);
    } finally {
      file.isBusy = false;
    }
  }

  /** Writes, flushes and pauses, and mostly closes. */
  async #writeTo(file: ModelFile, out: FileOutput): Promise<void> {
    const { random } = this.#world;
    const { model } = this.#o;
    file.isFrozen = true;
    for (let left = random.nextInt(6); left > 0 && !this.isStopping; left--) {
      const bytes = model.nextBytes(
        file,
        1 + random.nextInt(random.chance(0.2) ? 3 * WRITE_BYTES_MAX : WRITE_BYTES_MAX),
      );
      this.#world.writeBegins();
      await out.write(bytes);
      if (random.chance(0.6)) {
        const length = file.content.length;
        const { powerLosses } = model;
        const syncs = random.chance(0.25);
        await (syncs ? out.hsync() : out.hflush());
        if (syncs) file.syncedBytes = Math.max(file.syncedBytes, length);
        // The power of those that acked it may have failed since.
        if (syncs || powerLosses === model.powerLosses) file.ackedBytes = Math.max(file.ackedBytes, length);
        this.#note(`acked ${file.path} ${length}`);
        this.#world.coverage.hit('op hflush');
      }
      if (random.chance(0.3)) await this.#sleep(random.next() * 1500);
    }
    if (random.chance(0.1)) {
      this.#note(`abandons ${file.path}`);
      await out.abort();
      return;
    }
    await out.close();
    file.ackedBytes = file.content.length;
    file.syncedBytes = file.content.length;
    file.closedBytes = file.content.length;
    file.isFrozen = false;
    this.#note(`closed ${file.path} ${file.closedBytes}`);
  }

  async #append(): Promise<boolean> {
    const file = this.#pickOwn();
    if (file === undefined) return false;
    file.isBusy = true;
    file.isFrozen = true;
    file.closedBytes = undefined;
    const { random } = this.#world;
    this.#note(`append ${file.path} at ${file.content.length}`);
    try {
      this.#world.writeBegins();
      const appended = this.#fs.append(file.path, { newBlock: random.chance(0.2) });
      const out = await this.#once(appended, 'FileNotFoundException', 'AlreadyBeingCreatedException');
      await this.#writeTo(file, out);
    } finally {
      file.isBusy = false;
    }
    return true;
  }

  async #truncate(): Promise<boolean> {
    const file = this.#pickOwn();
    if (file?.closedBytes === undefined || file.closedBytes === 0) return false;
    const length = this.#world.random.nextInt(file.closedBytes + 1);
    file.isBusy = true;
    file.isFrozen = true;
    file.cutBytes = length;
    file.closedBytes = undefined;
    this.#note(`truncate ${file.path} from ${file.content.length} to ${length}`);
    try {
      const isDone = await this.#fs.truncate(file.path, length);
      this.#note(`truncated ${file.path} ${isDone}`);
      this.#world.coverage.hit(`op truncate-${isDone}`);
      if (!isDone) await this.#untilClosed(file.path);
      file.content = file.content.subarray(0, length);
      file.epoch++;
      file.ackedBytes = length;
      file.syncedBytes = length;
      file.closedBytes = length;
      file.cutBytes = undefined;
      file.isFrozen = false;
    } finally {
      file.isBusy = false;
    }
    return true;
  }

  async #untilClosed(path: string): Promise<void> {
    for (let tries = 0; tries < 40 && !this.isStopping; tries++) {
      if (await this.#fs.isFileClosed(path)) return;
      await this.#sleep(300);
    }
    throw Object.assign(new Error(`${path} is not closed`), { code: 'NotClosed' });
  }

  async #read(): Promise<boolean> {
    const { random } = this.#world;
    const { model } = this.#o;
    if (model.files.length === 0) return false;
    const open = model.files.filter((f) => f.closedBytes === undefined && f.existence === 'yes');
    const file = random.pick(open.length > 0 && random.chance(0.5) ? open : model.files);
    const expected = model.expectation(file);
    const { path, otherPath } = file;
    try {
      const input = await this.#fs.open(path);
      const start = random.chance(0.3) ? random.nextInt(input.length + 1) : 0;
      this.#note(`opens ${path}: ${input.length} bytes`);
      if (start === 0) model.checkRead(file, this.#name, await input.pread(0, input.length), expected);
      else {
        const part = await input.pread(start, input.length - start);
        const before = file.content.subarray(0, start);
        model.checkRead(file, this.#name, Buffer.concat([before, part]), expected);
      }
      if (random.chance(0.2)) await this.#sleep(random.next() * 1000);
      await input.close();
    } catch (e) {
      const isMissing = (e as { code?: string }).code === 'FileNotFoundException';
      const isPromised = expected.existence === 'yes' && expected.epoch === file.epoch;
      if (isMissing && isPromised && file.existence === 'yes' && file.path === path && otherPath === undefined) {
        this.#world.fail(`${this.#name}: ${path} exists, but the NameNode says: ${String(e)}`);
      }
      throw e;
    }
    return true;
  }

  async #rename(): Promise<boolean> {
    const file = this.#pickOwn();
    if (file === undefined) return false;
    const target = `/c${this.#o.index}/r${file.id}_${file.epoch}`;
    file.isBusy = true;
    file.epoch++;
    file.otherPath = target;
    this.#note(`rename ${file.path} to ${target}`);
    this.#world.writeBegins();
    try {
      if (this.#world.random.chance(0.5)) {
        const renamed = this.#fs.renameStrict(file.path, target);
        await this.#once(renamed, 'FileNotFoundException', 'FileAlreadyExistsException');
      } else if (!(await this.#fs.rename(file.path, target))) {
        this.#world.fail(`${this.#name}: rename of ${file.path} says that it does not exist`);
      }
      file.path = target;
      file.otherPath = undefined;
      file.epoch++;
      this.#note(`renamed ${file.path}`);
    } finally {
      if (file.otherPath !== undefined) file.isFrozen = true;
      file.isBusy = false;
    }
    return true;
  }

  async #delete(): Promise<boolean> {
    const file = this.#pickOwn();
    if (file === undefined) return false;
    file.existence = 'maybe';
    file.epoch++;
    this.#note(`delete ${file.path}`);
    this.#world.writeBegins();
    if (!(await this.#fs.delete(file.path, false))) {
      this.#world.fail(`${this.#name}: delete of ${file.path} says that it does not exist`);
    }
    file.existence = 'no';
    this.#note(`deleted ${file.path}`);
    return true;
  }

  async #setReplication(): Promise<boolean> {
    const file = this.#pickOwn();
    if (file === undefined) return false;
    const replication = this.#world.random.between(2, 3);
    this.#note(`setReplication ${file.path} ${replication}`);
    file.isFrozen = true;
    await this.#fs.setReplication(file.path, replication);
    file.isFrozen = false;
    file.replication = replication;
    return true;
  }

  /** Every file of the own directory that must be there is in its listing. */
  async #list(): Promise<void> {
    const must = this.#o.model.files.filter(
      (f) => f.owner === this.#o.index && f.existence === 'yes' && f.otherPath === undefined && !f.isBusy,
    );
    const epochs = must.map((f) => f.epoch);
    const names = new Set<string>();
    try {
      for await (const status of this.#fs.listStatus(`/c${this.#o.index}`)) names.add(status.path);
    } catch (e) {
      if ((e as { code?: string }).code !== 'FileNotFoundException' || must.length > 0) throw e;
    }
    for (const [i, file] of must.entries()) {
      if (file.epoch !== epochs[i] || names.has(file.path)) continue;
      this.#world.fail(`${this.#name}: ${file.path} is not in the listing of its directory`);
    }
  }

  /** Takes a file from another client, dead or alive. */
  async #recoverLease(): Promise<boolean> {
    const open = this.#o.model.files.filter(
      (f) =>
        f.owner !== this.#o.index && f.closedBytes === undefined && f.existence === 'yes' && f.otherPath === undefined,
    );
    if (open.length === 0) return false;
    const file = this.#world.random.pick(open);
    this.#note(`recoverLease ${file.path}`);
    const isClosed = await this.#fs.recoverLease(file.path);
    this.#world.coverage.hit(`op recoverLease-${isClosed}`);
    return true;
  }
}
