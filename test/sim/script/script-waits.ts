// Waits for the conditions of a script.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import { adminStateOf } from '../actors/administrator.ts';
import type { Model } from '../checks/model.ts';
import type { Cluster } from '../world/cluster.ts';
import type { Machine, SimProcess } from '../world/process.ts';

const LOOK_MS = 50;

/**
 * Waits for a condition:
 *
 *     up M…               the daemons of the machines have started
 *     exists PATH         also by a rename that its client got no answer for
 *     closed PATH         replicas PATH N: of each block, as the NameNode tells readers
 *     decommissioned M
 *     met                 every message that an `upon` waits for was sent
 *     N ms
 */
export class ScriptWaits {
  readonly #cluster: Cluster;
  readonly #model: Model;
  /** Client machine that is not part of the script, so that no step breaks it. */
  readonly #machine: Machine;
  readonly #isMet: () => boolean;

  constructor(cluster: Cluster, model: Model, machine: Machine, isMet: () => boolean) {
    this.#cluster = cluster;
    this.#model = model;
    this.#machine = machine;
    this.#isMet = isMet;
  }

  /** Waits until the NameNode lists all DataNodes as live. */
  async allUp(): Promise<void> {
    const { datanodes } = this.#cluster;
    await this.#ask(async (fs) => (await fs.getDatanodeReport('LIVE')).length === datanodes.length);
  }

  until(words: readonly string[]): Promise<void> {
    const [what = '', subject = '', count] = words;
    const { world } = this.#cluster;
    if (count === undefined && subject === 'ms') {
      return new Promise((resolve) => void world.scheduler.after(Number(what), resolve));
    }
    switch (what) {
      case 'met':
        return this.#look(this.#isMet);
      case 'up': {
        const machines = world.machines.filter((m) => words.includes(m.name));
        return this.#look(() => machines.every((m) => this.#cluster.running(m) !== undefined));
      }
      case 'exists':
        return this.#ask(async (fs) => {
          await fs.getFileStatus(subject);
          const moved = this.#model.files.find((f) => f.otherPath === subject);
          if (moved !== undefined) this.#model.isFoundAt(moved, subject);
          return true;
        });
      case 'closed':
        return this.#ask((fs) => fs.isFileClosed(subject));
      case 'replicas':
        return this.#ask(async (fs) => {
          const blocks = await fs.getFileBlockLocations(subject);
          return blocks.every((block) => block.names.length === Number(count));
        });
      case 'decommissioned': {
        const machine = world.machines.find((m) => m.name === subject);
        return this.#ask(async (fs) => machine !== undefined && (await adminStateOf(fs, machine)) === 'DECOMMISSIONED');
      }
      default:
        throw new Error(`wait for what? ${words.join(' ')}`);
    }
  }

  #look(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (isSo()) resolve();
        else this.#cluster.world.scheduler.after(LOOK_MS, look);
      };
      look();
    });
  }

  /** Asks the NameNode again and again until `isSo` resolves with true. A refused call counts as false. */
  #ask(isSo: (fs: DistributedFileSystem) => Promise<boolean>): Promise<void> {
    return new Promise((resolve) => {
      this.#cluster.startClient(this.#machine, (fs, process) => void this.#askFrom(fs, process, isSo).then(resolve));
    });
  }

  async #askFrom(
    fs: DistributedFileSystem,
    process: SimProcess,
    isSo: (fs: DistributedFileSystem) => Promise<boolean>,
  ): Promise<void> {
    for (;;) {
      try {
        if (await isSo(fs)) break;
      } catch (e) {
        if ((e as { code?: string }).code === undefined) throw e;
      }
      await new Promise<void>((resolve) => process.after(LOOK_MS, resolve));
    }
    process.end();
  }
}
