// The final check of a simulated world: the cluster becomes whole again, and every promise to readers holds.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { SafeModeActionProto } from '../../../protocol/gen/messages.ts';
import { checkAttributes } from '../actors/attribute-operations.ts';
import type { Cluster } from '../world/cluster.ts';
import type { LatencyLimit } from '../world/latency.ts';
import type { Machine, SimProcess } from '../world/process.ts';
import type { PromiseName } from '../world/promises.ts';
import type { World } from '../world/world.ts';
import type { Model, ModelFile } from './model.ts';
import { staleReplica } from './replicas.ts';

/** The cluster must be whole again this long after the last fault. */
const SETTLE_MS_MAX = 180_000;
const LOOK_MS = 2000;
/** The file that is written to a cluster that has healed. */
const PROBE_PATH = '/probe';
const PROBE_BYTES = 3000;

/** Runs the final check on a machine of its own. A cluster that is not whole in time breaks a promise. */
export async function checkAtEnd(
  cluster: Cluster,
  model: Model,
  machine: Machine,
  isBroken: () => boolean,
): Promise<void> {
  const { world } = cluster;
  const { scheduler } = world;
  let check: FinalCheck | undefined;
  cluster.startClient(machine, (fs, process) => {
    check = new FinalCheck(cluster, model, fs, process);
    check.run().catch((e: unknown) => world.breakDown(e));
  });
  await scheduler.runUntil(scheduler.nowMs + SETTLE_MS_MAX, () => isBroken() || (check?.isDone ?? false));
  if (check?.isDone) return;
  if (world.isBroken) return;
  if (check?.waitsFor === undefined) {
    world.breakDown(new Error('the final check has not begun'));
    return;
  }
  const { promise, what } = check.waitsFor;
  world.fail(promise, `after ${SETTLE_MS_MAX / 1000} s without faults the cluster still waits for ${what}`);
}

/** A state that the cluster has not reached yet, and the promise that is broken if it never does. */
interface Missing {
  readonly promise: PromiseName;
  readonly what: string;
}

/** Waits, after the last fault, until the cluster is whole, and then reads back every file that must be there. */
class FinalCheck {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #model: Model;
  readonly #fs: DistributedFileSystem;
  readonly #process: SimProcess;
  /** Whether the check calls recoverLease for open files, or waits for the lease's hard limit. */
  readonly #recovers: boolean;
  isDone = false;
  #waitsFor: Missing | undefined;

  constructor(cluster: Cluster, model: Model, fs: DistributedFileSystem, process: SimProcess) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#model = model;
    this.#fs = fs;
    this.#process = process;
    this.#recovers = this.#world.random.chance(0.8);
  }

  get waitsFor(): Missing | undefined {
    return this.#waitsFor;
  }

  async run(): Promise<void> {
    for (;;) {
      try {
        this.#waitsFor = await this.#problem();
      } catch (e) {
        if ((e as { code?: string }).code === undefined) throw e;
        this.#waitsFor = { promise: 'namenode-answers', what: `an answer: ${String(e)}` };
      }
      if (this.#waitsFor === undefined) break;
      this.#world.note('checker', `waits for ${this.#waitsFor.what}`);
      await this.#pause();
    }
    // A process that was stopped for some seconds may still stand still.
    while (this.#world.machines.some(({ process }) => process?.isPaused)) await this.#pause();
    // The cluster is whole, and so a client finds it as prompt as before the first fault.
    this.#world.latency.becomeCalm();
    for (const file of this.#model.files) await this.#readBack(file);
    await this.#writeOnce();
    this.isDone = true;
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#process.after(LOOK_MS, resolve));
  }

  /** Returns the first state that is still missing, and undefined when the cluster is whole. */
  async #problem(): Promise<Missing | undefined> {
    const down = this.#cluster.datanodes.find((m) => this.#cluster.running(m) === undefined);
    if (down !== undefined) return { promise: 'daemons-start', what: `${down.name} to be up` };
    // A NameNode whose disk was full looks again after some seconds.
    const safeMode = { action: SafeModeActionProto.SAFEMODE_GET, checked: false };
    if ((await this.#fs.call(ClientNamenode.setSafeMode, safeMode)).result) {
      return { promise: 'namenode-answers', what: 'the end of safe mode' };
    }
    const live = await this.#fs.getDatanodeReport('LIVE');
    if (live.length < this.#cluster.datanodes.length) {
      return { promise: 'daemons-start', what: `all DataNodes to be registered, ${live.length} are` };
    }
    const racks = new Set(this.#cluster.racks.values()).size;
    for (const file of this.#model.files) {
      const path = await this.#pathOf(file);
      if (path === undefined) continue;
      if (!(await this.#fs.isFileClosed(path))) {
        if (this.#recovers) await this.#fs.recoverLease(path);
        return { promise: 'files-get-closed', what: `${path} to be closed` };
      }
      const blocks = await this.#fs.getFileBlockLocations(path);
      const attributes = file.attributes.seen();
      const status = await this.#fs.getFileStatus(path);
      checkAttributes(file, attributes, status, this.#process);
      const { replication } = status;
      const wanted = Math.min(replication, this.#cluster.datanodes.length);
      for (const block of blocks) {
        if (block.corrupt) {
          return { promise: 'blocks-get-well', what: `${path}: the corrupt block at ${block.offset} to get well` };
        }
        if (block.names.length !== wanted) {
          const what = `${path}: ${wanted} replicas of the block at ${block.offset}, it has ${block.names.join(' ')}`;
          return { promise: 'replication-is-restored', what };
        }
        if (wanted > 1 && this.#racksOf(block.names).size < Math.min(2, racks)) {
          const what = `${path}: the block at ${block.offset} to be on two racks, it is on ${block.names.join(' ')}`;
          return { promise: 'racks-are-spanned', what };
        }
      }
    }
    const stale = staleReplica(this.#cluster.datanodes);
    // For an old copy of the namespace, the older generation may be the good one.
    if (stale === undefined || this.#cluster.hasOldCopy) return undefined;
    const name = `blk_${stale.blockId}_${stale.generationStamp}`;
    return {
      promise: 'old-generations-go',
      what: `${name} on ${stale.machine.name}, which is of an old generation, to go`,
    };
  }

  /** Returns the racks of DataNodes. @param names transfer addresses such as `10.0.0.11:9866` */
  #racksOf(names: readonly string[]): Set<string | undefined> {
    const hosts = names.map((name) => name.split(':')[0]);
    const machines = this.#cluster.datanodes.filter(({ ip }) => hosts.includes(ip));
    return new Set(machines.map((machine) => this.#cluster.racks.get(machine)));
  }

  /** Returns the path at which a file is now. Breaks a promise if a file that must exist is at none of its paths. */
  async #pathOf(file: ModelFile): Promise<string | undefined> {
    const here = await this.#exists(file.path);
    const there = file.otherPath !== undefined && (await this.#exists(file.otherPath));
    const { existence } = file;
    if (existence === 'yes' && here === there) {
      if (file.otherPath === undefined || !here) {
        const paths = `${file.path}${file.otherPath ? ` or ${file.otherPath}` : ''}`;
        this.#world.fail('acked-files-stay', `${paths} was acknowledged and is gone`);
      } else {
        this.#world.fail('renames-are-whole', `${file.path} was renamed to ${file.otherPath} and is at both places`);
      }
    }
    if (existence === 'no' && here) {
      this.#world.fail('deleted-files-stay-deleted', `${file.path} was deleted and is there again`);
    }
    if (here) return file.path;
    return there ? file.otherPath : undefined;
  }

  async #exists(path: string): Promise<boolean> {
    try {
      await this.#fs.getFileStatus(path);
      return true;
    } catch (e) {
      if ((e as { code?: string }).code === 'FileNotFoundException') return false;
      throw e;
    }
  }

  #timed<T>(what: string, limit: LatencyLimit, run: () => Promise<T>): Promise<T> {
    return this.#world.latency.step('checker', what, limit, run);
  }

  /** Writes a small file: the healed cluster takes new data as promptly as a new one. */
  async #writeOnce(): Promise<void> {
    try {
      await this.#writeProbe();
    } catch (e) {
      if ((e as { code?: string }).code === undefined) throw e;
      this.#world.fail(
        'writes-go-on',
        `checker: the cluster is whole, and ${PROBE_PATH} can't be written: ${String(e)}`,
      );
    }
  }

  async #writeProbe(): Promise<void> {
    const out = await this.#timed('create', 'step', () => this.#fs.create(PROBE_PATH));
    await this.#timed('write', 'writerStep', () => out.write(Buffer.alloc(PROBE_BYTES)));
    await this.#timed('close', 'writerStep', () => out.close());
    await this.#timed('delete', 'step', () => this.#fs.delete(PROBE_PATH, false));
  }

  async #readBack(file: ModelFile): Promise<void> {
    const path = await this.#pathOf(file);
    if (path === undefined) return;
    try {
      const expected = this.#model.expectation(file);
      const input = await this.#timed('open', 'step', () => this.#fs.open(path));
      this.#model.checkRead(file, 'checker', await input.pread(0, input.length), expected);
      await input.close();
    } catch (e) {
      if ((e as { code?: string }).code === undefined) throw e;
      this.#world.fail('closed-files-are-readable', `checker: ${path} can't be read: ${String(e)}`);
    }
  }
}
