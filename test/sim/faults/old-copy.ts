// An administrator puts an old copy of the name directories back, gives the lost future up, and goes on.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { SafeModeActionProto } from '../../../protocol/gen/messages.ts';
import { FileOperations } from '../actors/file-operations.ts';
import type { Invariants } from '../checks/invariants.ts';
import type { Model, ModelFile } from '../checks/model.ts';
import type { TreeNode } from '../disk/disk.ts';
import type { Cluster } from '../world/cluster.ts';
import type { Machine, SimProcess } from '../world/process.ts';

const LOOK_MS = 500;
const NEW_FILES = 3;
const NEW_BYTES = 3000;
const BLOCK_SIZE_BYTES = 4096;
const RESTORED_MS_MAX = 120_000;

/** A closed file as it was when the copy was taken. */
type Known = Pick<ModelFile, 'path' | 'epoch' | 'appends' | 'content' | 'closedBytes'> & {
  readonly file: ModelFile;
  readonly attributes: ReturnType<ModelFile['attributes']['seen']>;
};

/** A copy of the name directories. After its return, of the files only those hold that were not touched since. */
export class OldCopy {
  readonly #cluster: Cluster;
  readonly #model: Model;
  #trees: ReadonlyMap<string, TreeNode> | undefined;
  #known: readonly Known[] = [];

  constructor(cluster: Cluster, model: Model) {
    this.#cluster = cluster;
    this.#model = model;
  }

  /** Copies the directories, if the NameNode is up. */
  take(): void {
    const { namenode, nameDirectories, world } = this.#cluster;
    if (this.#cluster.running(namenode) === undefined) return;
    const trees = nameDirectories.map((name) => [name, namenode.disk.copy(name)] as const);
    this.#trees = new Map(trees.flatMap(([name, tree]) => (tree === undefined ? [] : [[name, tree]])));
    this.#known = this.#model.files
      .filter((f) => f.existence === 'yes' && !f.isBusy && !f.isFrozen && f.otherPath === undefined)
      .filter((f) => f.closedBytes !== undefined)
      .map((file) => {
        const { path, epoch, appends, content, closedBytes } = file;
        return { file, path, epoch, appends, content, closedBytes, attributes: file.attributes.seen() };
      });
    world.note('admin', 'copies the name directories');
  }

  /** Puts the copy back and writes new files. Resolves when they are closed. Does nothing if there is no copy. */
  async restore(machine: Machine, invariants: Invariants, isBroken: () => boolean): Promise<void> {
    if (this.#trees === undefined || isBroken()) return;
    const { namenode, world } = this.#cluster;
    world.latency.endCalm();
    namenode.process?.end();
    // Three things show that the copy is old: its inodes, the transactions that DataNodes which ran all along have heard
    // of, and the blocks that they report.
    const keepsInodes = world.random.chance(0.5);
    for (const [name, tree] of this.#trees) namenode.disk.replace(name, tree, keepsInodes);
    if (world.random.chance(0.5)) for (const datanode of this.#cluster.datanodes) this.#restart(datanode);
    this.#cluster.hasOldCopy = true;
    this.#forget();
    world.note('admin', 'puts the old copy of the name directories back');
    world.coverage.hit('fault old-copy');
    this.#cluster.start(namenode);
    let isDone = false;
    this.#cluster.startClient(machine, (fs, process) => {
      const ended = (): void => {
        isDone = true;
      };
      this.#goOn(fs, process, invariants).then(ended, (e: unknown) => world.breakDown(e));
    });
    await world.scheduler.runUntil(world.nowMs + RESTORED_MS_MAX, () => isBroken() || isDone);
    if (!isDone && !isBroken()) world.fail('namenode-answers', 'nn: can not be used after an old copy was put back');
  }

  #restart(datanode: Machine): void {
    datanode.process?.end();
    this.#cluster.start(datanode);
  }

  /** Drops every promise about files that were touched since the copy was taken. */
  #forget(): void {
    const kept = new Set(this.#known.filter(isUntouched).map(({ file }) => file));
    const lost = this.#model.files.filter((file) => !kept.has(file));
    for (const file of lost) file.existence = 'maybe';
    this.#model.files.splice(0, this.#model.files.length, ...kept);
  }

  async #goOn(fs: DistributedFileSystem, process: SimProcess, invariants: Invariants): Promise<void> {
    const count = this.#cluster.datanodes.length;
    // The numbers that no NameNode is told of are given out again, so every DataNode must report first.
    await this.#until(process, async () => {
      const live = await fs.getDatanodeReport('LIVE');
      return live.filter((datanode) => (datanode.lastBlockReportTime ?? 0) > 0).length === count;
    });
    invariants.forgetUnreported();
    await this.#until(process, async () => {
      await fs.call(ClientNamenode.setSafeMode, { action: SafeModeActionProto.SAFEMODE_FORCE_EXIT, checked: false });
      return true;
    });
    const operations = new FileOperations(fs, process, this.#model, BLOCK_SIZE_BYTES);
    for (let i = 0; i < NEW_FILES; i++) {
      const file = this.#model.newFile({ owner: 0, replication: 3, path: `/restored/f${i}` });
      await operations.write(file, false, async (writer) => {
        await writer.write(NEW_BYTES);
        await writer.close();
      });
      await operations.read(file, 0, 0);
    }
  }

  /** Asks until the answer is yes. A refused call counts as no. */
  async #until(process: SimProcess, isSo: () => Promise<boolean>): Promise<void> {
    for (;;) {
      try {
        if (await isSo()) return;
      } catch (e) {
        if ((e as { code?: string }).code === undefined) throw e;
      }
      await new Promise<void>((resolve) => process.after(LOOK_MS, resolve));
    }
  }
}

function isUntouched({ file, path, epoch, appends, content, closedBytes, attributes }: Known): boolean {
  const isSame = file.path === path && file.epoch === epoch && file.appends === appends && file.content === content;
  if (!isSame || file.closedBytes !== closedBytes || file.existence !== 'yes') return false;
  if (file.isFrozen || file.otherPath !== undefined) return false;
  const now = file.attributes.seen();
  return now.size === attributes.size && [...now].every(([name, known]) => attributes.get(name) === known);
}
