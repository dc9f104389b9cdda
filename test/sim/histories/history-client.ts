/** A simulated client of a history: draws operations on a few shared names, and records what it sees of them. */
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import type { FileOutput, FileStatus } from '../../../client/filesystem/file-system.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import type { SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { History, RecordedCall } from './history.ts';
import type { Operation, Outcome, Request, Status, User, Value } from './operation.ts';
import { BLOCK_BYTES, type OperationDraw } from './operation-draw.ts';

/** Exceptions with which the NameNode refuses a call for good: nothing was changed. */
const REFUSALS = new Set([
  ...['FileNotFoundException', 'FileAlreadyExistsException', 'ParentNotDirectoryException', 'AccessControlException'],
  ...['PathIsNotEmptyDirectoryException', 'HadoopIllegalArgumentException', 'AlreadyBeingCreatedException'],
]);
/** Messages of the IOExceptions of rename2; other IOExceptions may be those of a connection. */
const RENAME_REFUSAL = /^(Rename destination|Source|rename destination directory)/;
/** A time of the NameNode's clock; clients set earlier ones. */
export const CLOCK_MS_MIN = 1_650_000_000_000;

/** Tells whether the call that a client has under way was sent more than once. */
export interface SentCopies {
  begin(client: string): void;
  wereSent(client: string): boolean;
}

export interface HistoryClientOptions {
  readonly fs: DistributedFileSystem;
  readonly process: SimProcess;
  readonly user: User;
  readonly history: History;
  readonly draw: OperationDraw;
  readonly copies: SentCopies;
}

/** One client program: makes calls in rounds that all clients share, so that their calls overlap. */
export class HistoryClient {
  readonly #o: HistoryClientOptions;
  readonly #world: World;
  readonly process: SimProcess;
  isStopping = false;
  isIdle = false;

  constructor(options: HistoryClientOptions) {
    this.#o = options;
    this.process = options.process;
    this.#world = options.process.world;
  }

  /** Makes a call at about each multiple of `roundMs`, within `spreadMs`, until it is stopped. */
  async run(roundMs: number, spreadMs: number): Promise<void> {
    while (!this.isStopping) {
      const { nowMs, random } = this.#world;
      const nextMs = Math.ceil((nowMs + 0.001) / roundMs) * roundMs - nowMs + random.next() * spreadMs;
      await new Promise<void>((resolve) => this.process.after(nextMs, resolve));
      if (this.isStopping) break;
      this.#world.writeBegins();
      await this.perform(this.#o.draw.next());
    }
    this.isIdle = true;
  }

  /**
   * Makes a call and records it. A file that was created is closed by another call.
   * @returns whether each call was answered
   */
  async perform(operation: Request): Promise<boolean> {
    let out: FileOutput | undefined;
    const created = await this.#record(operation, async () => {
      if (operation.op !== 'create') return this.#value(operation);
      const { path, permission, overwrite, createParent, replication } = operation;
      const options = { permission, overwrite, createParent, replication, blockSizeBytes: BLOCK_BYTES };
      out = await this.#o.fs.create(path, options);
      return undefined;
    });
    if (out === undefined || operation.op !== 'create') return created.outcome.kind !== 'unknown';
    const closed = await this.#close(out, created.id, operation.lengthBytes);
    return closed.outcome.kind !== 'unknown';
  }

  #close(out: FileOutput, created: number, lengthBytes: number): Promise<RecordedCall> {
    // The calls that write a block are many, and any of them may fail: a file with bytes that can't be closed may be
    // closed or not.
    return this.#record(
      { op: 'close', created },
      async () => {
        if (lengthBytes > 0) await out.write(Buffer.alloc(lengthBytes, 7));
        await out.close();
        return undefined;
      },
      lengthBytes > 0,
    );
  }

  async #record(operation: Operation, run: () => Promise<Value>, hidesErrors = false): Promise<RecordedCall> {
    const { history, user, copies } = this.#o;
    const { name } = this.process;
    copies.begin(name);
    const call = history.begin(name, user, operation);
    const outcome = await this.#outcome(operation, run);
    const isHidden = hidesErrors && outcome.kind === 'error';
    history.end(call, isHidden ? { kind: 'unknown' } : outcome, copies.wereSent(name));
    return call;
  }

  async #outcome(operation: Operation, run: () => Promise<Value>): Promise<Outcome> {
    try {
      return { kind: 'value', value: await run() };
    } catch (e) {
      const { code, message = '' } = e as { code?: string; message?: string };
      if (code === undefined || code === 'IllegalStateException' || e instanceof TypeError) {
        this.#world.fail('errors-are-hadoops', `${operation.op} failed with what is no error of HDFS: ${String(e)}`);
      }
      // A file that is gone has no lease either.
      if (operation.op === 'close' && code === 'LeaseExpiredException') {
        return { kind: 'error', code: 'FileNotFoundException' };
      }
      const isRefused =
        REFUSALS.has(code ?? '') ||
        (operation.op === 'rename2' && code === 'IOException' && RENAME_REFUSAL.test(message));
      if (!isRefused) this.#world.coverage.hit(`history-error ${code}`);
      return isRefused ? { kind: 'error', code: code ?? '' } : { kind: 'unknown' };
    }
  }

  async #value(o: Exclude<Request, { op: 'create' }>): Promise<Value> {
    const { fs } = this.#o;
    switch (o.op) {
      case 'mkdirs':
        return this.#mkdirs(o.path, o.permission, o.createParent);
      case 'rename':
        return fs.rename(o.source, o.destination);
      case 'rename2':
        return void (await fs.renameStrict(o.source, o.destination, { overwrite: o.overwrite }));
      case 'delete':
        return fs.delete(o.path, o.recursive);
      case 'setPermission':
        return void (await fs.setPermission(o.path, o.permission));
      case 'setOwner':
        return void (await fs.setOwner(o.path, o.owner, o.group));
      case 'setTimes':
        return void (await fs.setTimes(o.path, o.modifiedMs, -1));
      case 'setReplication':
        return fs.setReplication(o.path, o.replication);
      case 'concat':
        return void (await fs.concat(o.target, o.sources));
      case 'truncate':
        return fs.truncate(o.path, o.lengthBytes);
      case 'stat':
        return seen(await fs.getFileStatus(o.path));
      case 'list': {
        const found: Status[] = [];
        for await (const status of fs.listStatus(o.path)) found.push(seen(status));
        // The listing of a file is the file itself, under an empty name.
        return found.map((status) => (status.path === `${o.path}/` ? { ...status, path: o.path } : status));
      }
      default:
        return o satisfies never;
    }
  }

  /** mkdir() of the client is two calls, so the one call is made here. */
  async #mkdirs(src: string, permission: number, createParent: boolean): Promise<undefined> {
    const masked = { perm: permission };
    const { result } = await this.#o.fs.call(ClientNamenode.mkdirs, { src, masked, createParent, unmasked: masked });
    if (!result) throw Object.assign(new Error('mkdirs returned false'), { code: 'IOException' });
  }
}

function seen(status: FileStatus): Status {
  const { path, type, owner, group, permission, modificationTimeMs, replication, length } = status;
  const modified = modificationTimeMs >= CLOCK_MS_MIN ? 'now' : modificationTimeMs;
  const kind = type === 'DIRECTORY' ? 'directory' : 'file';
  return { path, kind, owner, group, permission, modified, replication, lengthBytes: length };
}
