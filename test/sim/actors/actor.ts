// A simulated client program whose operations are drawn from the seed.

import type { Model, ModelFile } from '../checks/model.ts';
import type { SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { SETTERS } from './attribute-operations.ts';
import type { FileOperations, Writer } from './file-operations.ts';

/** Relative frequency of each operation. */
export type OperationWeights = Readonly<Record<OperationName, number>>;
export type OperationName =
  | 'write'
  | 'append'
  | 'truncate'
  | 'read'
  | 'rename'
  | 'delete'
  | 'setReplication'
  | 'setAttribute'
  | 'look'
  | 'list'
  | 'recoverLease';

export interface ActorOptions {
  readonly model: Model;
  readonly operations: FileOperations;
  readonly index: number;
  readonly weights: OperationWeights;
  readonly meanPauseMs: number;
}

const WRITE_BYTES_MAX = 3000;

/** One client program: draws operations from the seed and performs them one after the other. */
export class Actor {
  readonly #o: ActorOptions;
  readonly #do: FileOperations;
  readonly #model: Model;
  readonly #world: World;
  isStopping = false;
  isIdle = false;

  constructor(options: ActorOptions) {
    this.#o = options;
    this.#do = options.operations;
    this.#model = options.model;
    this.#world = options.operations.process.world;
    // A client that crashed left its files open: from now on the model lets another client recover them.
    const free = (): void => {
      for (const file of this.#model.files) if (file.owner === options.index) file.isBusy = false;
    };
    this.process.onEnd(free);
    free();
  }

  get process(): SimProcess {
    return this.#do.process;
  }

  async run(): Promise<void> {
    while (!this.isStopping) {
      await this.#do.sleep(this.#world.random.next() * 2 * this.#o.meanPauseMs);
      if (this.isStopping) break;
      const operation = this.#world.random.weighted(this.#o.weights);
      await this.#perform(operation);
    }
    this.isIdle = true;
  }

  async #perform(operation: OperationName): Promise<void> {
    const { coverage } = this.#world;
    try {
      const isDone = await this.#operations[operation]();
      if (isDone !== false) coverage.hit(`op ${operation}`);
    } catch (e) {
      const { code, message } = e as { code?: string; message?: string };
      coverage.hit(`op-error ${operation}:${code ?? 'unknown'}`);
      this.#do.note(`${operation} failed: ${code}: ${message?.slice(0, 200)}`);
      if (code === undefined || code === 'IllegalStateException' || e instanceof TypeError) {
        this.#do.fail('errors-are-hadoops', `${operation} failed with what is no error of a file system: ${String(e)}`);
      }
    }
  }

  /** Performs each operation. Resolves with false if no file is in the state that the operation needs. */
  readonly #operations: Readonly<Record<OperationName, () => Promise<unknown>>> = {
    write: () => this.#writeFile(),
    append: () => this.#onOwn((file) => this.#do.append(file, this.#chance(0.2), (w) => this.#writeTo(w))),
    truncate: () => this.#truncate(),
    read: () => this.#read(),
    rename: () => this.#onOwn((f) => this.#do.rename(f, `/c${f.owner}/r${f.id}_${f.epoch}`, this.#chance(0.5))),
    delete: () => this.#onOwn((file) => this.#do.delete(file)),
    setReplication: () => this.#onOwn((file) => this.#do.setReplication(file, this.#world.random.between(2, 3))),
    setAttribute: () => this.#onOwn((file) => this.#do.attributes.set(file, this.#world.random.pick(SETTERS))),
    look: () => this.#look(),
    list: () => this.#do.list(`/c${this.#o.index}`),
    recoverLease: () => this.#recoverLease(),
  };

  #chance(probability: number): boolean {
    return this.#world.random.chance(probability);
  }

  /** Calls `use` with a closed file of this client on which no operation is under way; false if there is none. */
  async #onOwn(use: (file: ModelFile) => Promise<unknown>): Promise<unknown> {
    const own = this.#model.files.filter(
      (f) =>
        f.owner === this.#o.index &&
        !f.isBusy &&
        !f.isFrozen &&
        f.existence === 'yes' &&
        f.otherPath === undefined &&
        f.closedBytes !== undefined,
    );
    return own.length === 0 ? false : use(this.#world.random.pick(own));
  }

  #writeFile(): Promise<void> {
    const { index } = this.#o;
    const file = this.#model.newFile({ owner: index, replication: this.#chance(0.7) ? 3 : 2 });
    return this.#do.write(file, this.#chance(0.2), (writer) => this.#writeTo(writer));
  }

  /** Writes, flushes and pauses in turns, then closes the file, or in one of ten cases abandons it. */
  async #writeTo(writer: Writer): Promise<void> {
    const { random } = this.#world;
    for (let left = random.nextInt(6); left > 0 && !this.isStopping; left--) {
      await writer.write(1 + random.nextInt(random.chance(0.2) ? 3 * WRITE_BYTES_MAX : WRITE_BYTES_MAX));
      if (random.chance(0.6)) {
        await writer.flush(random.chance(0.25));
        this.#world.coverage.hit('op hflush');
      }
      if (random.chance(0.3)) await this.#do.sleep(random.next() * 1500);
    }
    await (random.chance(0.1) ? writer.abandon() : writer.close());
  }

  #truncate(): Promise<unknown> {
    return this.#onOwn(async (file) => {
      const { closedBytes = 0 } = file;
      if (closedBytes === 0) return false;
      await this.#do.truncate(file, this.#world.random.nextInt(closedBytes + 1), () => this.isStopping);
      // A file that grows again soon after shows a truncate that runs twice.
      if (file.isFrozen || !this.#chance(0.5)) return undefined;
      return this.#do.append(file, false, async (writer) => {
        await writer.write(1 + this.#world.random.nextInt(WRITE_BYTES_MAX));
        await writer.close();
      });
    });
  }

  /** Reads any file; in half of the cases one that is open for writing, if there is one. */
  async #read(): Promise<unknown> {
    const { random } = this.#world;
    const { files } = this.#model;
    if (files.length === 0) return false;
    const open = files.filter((f) => f.closedBytes === undefined && f.existence === 'yes');
    const file = random.pick(open.length > 0 && random.chance(0.5) ? open : files);
    const startShare = random.chance(0.3) ? random.next() : 0;
    return this.#do.read(file, startShare, random.chance(0.2) ? random.next() * 1000 : 0);
  }

  async #look(): Promise<unknown> {
    const { files } = this.#model;
    const there = files.filter((f) => f.existence === 'yes' && f.otherPath === undefined);
    return there.length === 0 ? false : this.#do.attributes.look(this.#world.random.pick(there));
  }

  async #recoverLease(): Promise<unknown> {
    const open = this.#model.files.filter(
      (f) =>
        f.owner !== this.#o.index && f.closedBytes === undefined && f.existence === 'yes' && f.otherPath === undefined,
    );
    return open.length === 0 ? false : this.#do.recoverLease(this.#world.random.pick(open));
  }
}
