/** Answers the kernel's FUSE requests for the disks of all machines of a run: one directory at the top for each machine. */
import os from 'node:os';
import { SimRandom } from '../../sim/world/random.ts';
import {
  DSYNC_FLAG,
  encodeAttributesAnswer,
  encodeEntries,
  encodeEntry,
  encodeInit,
  encodeOpen,
  encodeStatfs,
  encodeWritten,
  type FuseRequest,
  namesAt,
  Opcode,
  Valid,
} from './fuse-messages.ts';
import { type DirectoryNode, type DiskNode, type FileNode, type PowerLoss, VolatileDisk } from './volatile-disk.ts';

const { ENOENT, ENOSYS, ENOTEMPTY, EEXIST, EISDIR, ENOTDIR, EXDEV, ESTALE, EINVAL } = os.constants.errno;

/** A line that is written to this file of the top directory is a command, such as `cut datanode1 all 77`. */
export const COMMAND_FILE = '.power';

const ROOT_ID = 1;
/** Flag of RENAME2: the new name must not be there. */
const RENAME_NOREPLACE = 1;
/** The room that every machine seems to have. Nothing limits it but memory. */
const CAPACITY_BYTES = 64 * 2 ** 30;
const FREE_BYTES = 60 * 2 ** 30;

class Errno extends Error {
  readonly errno: number;
  constructor(errno: number) {
    super(`errno ${errno}`);
    this.errno = errno;
  }
}

/** A node as the kernel knows it, by a number that a loss of power makes worthless. */
interface Known {
  readonly node: DiskNode;
  readonly disk: VolatileDisk;
}

/** The answer to a request: its bytes; undefined for a request that gets none. */
export type Answer = { readonly errno: number; readonly body: Buffer } | undefined;

export class FuseServer {
  /** Holds the names of the machines, which last for good. */
  readonly #top = new VolatileDisk(0o755);
  readonly #machines = new Map<string, VolatileDisk>();
  readonly #known = new Map<number, Known>();
  readonly #idOf = new Map<DiskNode, number>();
  #lastId = ROOT_ID;

  constructor() {
    this.#known.set(ROOT_ID, { node: this.#top.root, disk: this.#top });
    this.#idOf.set(this.#top.root, ROOT_ID);
    this.#top.setName(this.#top.root, COMMAND_FILE, this.#top.newFile({ mode: 0o600, uid: 0, gid: 0 }));
  }

  answer(request: FuseRequest): Answer {
    try {
      const body = this.#handle(request);
      return body && { errno: 0, body };
    } catch (e) {
      if (!(e instanceof Errno)) throw e;
      return { errno: e.errno, body: Buffer.alloc(0) };
    }
  }

  #handle(request: FuseRequest): Buffer | undefined {
    const { opcode, nodeId, body } = request;
    switch (opcode) {
      case Opcode.INIT:
        return encodeInit();
      case Opcode.FORGET:
        return this.#forget(nodeId);
      case Opcode.BATCH_FORGET:
        for (let i = 0; i < body.readUInt32LE(0); i++) this.#forget(Number(body.readBigUInt64LE(8 + i * 16)));
        return undefined;
      case Opcode.INTERRUPT:
        return undefined;
      case Opcode.STATFS:
        return encodeStatfs(CAPACITY_BYTES, FREE_BYTES);
      case Opcode.RELEASE:
      case Opcode.RELEASEDIR:
      case Opcode.DESTROY:
        return Buffer.alloc(0);
      case Opcode.OPEN:
      case Opcode.OPENDIR:
        this.#find(nodeId);
        return encodeOpen();
      case Opcode.GETATTR:
        return encodeAttributesAnswer(this.#find(nodeId).node);
      case Opcode.SETATTR:
        return this.#setAttributes(this.#find(nodeId).node, body);
      case Opcode.READ:
        return this.#file(nodeId).file.read(Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
      case Opcode.WRITE:
        return this.#write(nodeId, body);
      case Opcode.FSYNC:
        this.#file(nodeId).file.sync();
        return Buffer.alloc(0);
      case Opcode.FSYNCDIR:
        this.#find(nodeId).disk.syncNames(this.#directory(nodeId));
        return Buffer.alloc(0);
      case Opcode.READDIR:
        return encodeEntries(this.#directory(nodeId).children, Number(body.readBigUInt64LE(8)), body.readUInt32LE(16));
      default:
        return this.#handleName(request);
    }
  }

  /** Handles the operations on a name in a directory. */
  #handleName({ opcode, nodeId, body, uid, gid }: FuseRequest): Buffer {
    const { disk } = this.#find(nodeId);
    switch (opcode) {
      case Opcode.LOOKUP:
        return this.#entry(nodeId, namesAt(body, 0)[0] ?? '');
      case Opcode.MKDIR: {
        const [name = ''] = namesAt(body, 8);
        const mode = body.readUInt32LE(0) & ~body.readUInt32LE(4) & 0o7777;
        this.#free(nodeId, name);
        if (nodeId === ROOT_ID) this.#addMachine(name, mode);
        else disk.setName(this.#directory(nodeId), name, disk.newDirectory({ mode, uid, gid }));
        return this.#entry(nodeId, name);
      }
      case Opcode.CREATE: {
        const [name = ''] = namesAt(body, 16);
        const mode = body.readUInt32LE(4) & ~body.readUInt32LE(8) & 0o7777;
        this.#free(nodeId, name);
        if (nodeId === ROOT_ID) throw new Errno(EINVAL);
        disk.setName(this.#directory(nodeId), name, disk.newFile({ mode, uid, gid }));
        return Buffer.concat([this.#entry(nodeId, name), encodeOpen()]);
      }
      case Opcode.UNLINK:
      case Opcode.RMDIR: {
        const [name = ''] = namesAt(body, 0);
        const node = this.#child(nodeId, name);
        if (nodeId === ROOT_ID) throw new Errno(EINVAL);
        checkRemovable(node, opcode === Opcode.RMDIR ? 'directory' : 'file');
        disk.setName(this.#directory(nodeId), name, undefined);
        return Buffer.alloc(0);
      }
      case Opcode.RENAME:
      case Opcode.RENAME2:
        return this.#rename(nodeId, body, opcode === Opcode.RENAME2);
      case Opcode.LINK: {
        const { node, disk: from } = this.#find(Number(body.readBigUInt64LE(0)));
        const [name = ''] = namesAt(body, 8);
        if (from !== disk || nodeId === ROOT_ID) throw new Errno(EXDEV);
        this.#free(nodeId, name);
        disk.setName(this.#directory(nodeId), name, node);
        return this.#entry(nodeId, name);
      }
      default:
        throw new Errno(ENOSYS);
    }
  }

  #rename(nodeId: number, body: Buffer, isRename2: boolean): Buffer {
    const toId = Number(body.readBigUInt64LE(0));
    const flags = isRename2 ? body.readUInt32LE(8) : 0;
    const [name = '', newName = ''] = namesAt(body, isRename2 ? 16 : 8);
    const { disk } = this.#find(nodeId);
    if (this.#find(toId).disk !== disk || nodeId === ROOT_ID || toId === ROOT_ID) throw new Errno(EXDEV);
    if ((flags & ~RENAME_NOREPLACE) !== 0) throw new Errno(EINVAL);
    const node = this.#child(nodeId, name);
    const replaced = this.#directory(toId).children.get(newName);
    if (replaced === node) return Buffer.alloc(0);
    if (replaced !== undefined) {
      if (flags !== 0) throw new Errno(EEXIST);
      checkRemovable(replaced, node.kind);
    }
    disk.rename(this.#directory(nodeId), name, this.#directory(toId), newName);
    return Buffer.alloc(0);
  }

  #write(nodeId: number, body: Buffer): Buffer {
    const { file } = this.#file(nodeId);
    const position = Number(body.readBigUInt64LE(8));
    const data = body.subarray(40, 40 + body.readUInt32LE(16));
    const known = this.#find(nodeId);
    if (known.disk === this.#top) this.#command(data.toString());
    else {
      file.write(position, data);
      known.node.mtimeMs = Date.now();
      if ((body.readUInt32LE(32) & DSYNC_FLAG) !== 0) file.sync();
    }
    return encodeWritten(data.length);
  }

  #setAttributes(node: DiskNode, body: Buffer): Buffer {
    const valid = body.readUInt32LE(0);
    const has = (bit: number) => (valid & bit) !== 0;
    if (has(Valid.SIZE)) {
      if (node.kind === 'directory') throw new Errno(EISDIR);
      node.file.resize(Number(body.readBigUInt64LE(16)));
      node.mtimeMs = Date.now();
    }
    if (has(Valid.MTIME)) {
      const seconds = Number(body.readBigUInt64LE(40));
      node.mtimeMs = has(Valid.MTIME_NOW) ? Date.now() : seconds * 1000 + body.readUInt32LE(60) / 1e6;
    }
    if (has(Valid.MODE)) node.mode = body.readUInt32LE(68) & 0o7777;
    if (has(Valid.UID)) node.uid = body.readUInt32LE(76);
    if (has(Valid.GID)) node.gid = body.readUInt32LE(80);
    return encodeAttributesAnswer(node);
  }

  /**
   * Carries out `cut MACHINE all|some SEED` or `sync MACHINE`. After a cut the kernel's numbers of the machine's nodes
   * lead nowhere: it asks for the names again and has none of the old bytes in its page cache.
   */
  #command(line: string): void {
    const [verb, machine = '', loss, seed] = line.trim().split(' ');
    const disk = this.#machines.get(machine);
    if (disk === undefined) throw new Errno(ENOENT);
    if (verb === 'sync') {
      disk.syncAll();
      return;
    }
    if (verb !== 'cut' || (loss !== 'all' && loss !== 'some')) throw new Errno(EINVAL);
    disk.losePower(loss satisfies PowerLoss, new SimRandom(Number(seed)));
    for (const [id, known] of this.#known) {
      if (known.disk !== disk) continue;
      this.#known.delete(id);
      this.#idOf.delete(known.node);
    }
  }

  #addMachine(name: string, mode: number): void {
    const disk = new VolatileDisk(mode);
    this.#machines.set(name, disk);
    this.#top.setName(this.#top.root, name, disk.root);
  }

  #find(nodeId: number): Known {
    const known = this.#known.get(nodeId);
    if (known === undefined) throw new Errno(ESTALE);
    return known;
  }

  #directory(nodeId: number): DirectoryNode {
    const { node } = this.#find(nodeId);
    if (node.kind !== 'directory') throw new Errno(ENOTDIR);
    return node;
  }

  #file(nodeId: number): FileNode {
    const { node } = this.#find(nodeId);
    if (node.kind !== 'file') throw new Errno(EISDIR);
    return node;
  }

  #child(nodeId: number, name: string): DiskNode {
    const node = this.#directory(nodeId).children.get(name);
    if (node === undefined) throw new Errno(ENOENT);
    return node;
  }

  #free(nodeId: number, name: string): void {
    if (this.#directory(nodeId).children.has(name)) throw new Errno(EEXIST);
  }

  /** Gives the kernel a number for the node of a name. The kernel asks for a machine's name each time. */
  #entry(nodeId: number, name: string): Buffer {
    const node = this.#child(nodeId, name);
    let id = this.#idOf.get(node);
    if (id === undefined) {
      id = ++this.#lastId;
      this.#idOf.set(node, id);
      const disk = nodeId === ROOT_ID ? this.#machines.get(name) : this.#find(nodeId).disk;
      this.#known.set(id, { node, disk: disk ?? this.#top });
    }
    return encodeEntry(id, node, nodeId !== ROOT_ID);
  }

  #forget(nodeId: number): undefined {
    // The kernel may still learn of a node that has a name: then its number must stay the same.
    const known = this.#known.get(nodeId);
    if (known?.node.kind !== 'file' || known.node.links > 0) return undefined;
    this.#known.delete(nodeId);
    this.#idOf.delete(known.node);
    return undefined;
  }
}

function checkRemovable(node: DiskNode, expected: DiskNode['kind']): void {
  if (node.kind !== expected) throw new Errno(node.kind === 'directory' ? EISDIR : ENOTDIR);
  if (node.kind === 'directory' && node.children.size > 0) throw new Errno(ENOTEMPTY);
}
