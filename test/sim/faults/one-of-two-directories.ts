// An administrator's mistakes with one of two name directories: an old copy is put back, or one goes on being left out.
import type { TreeNode } from '../disk/disk.ts';
import type { SimRandom } from '../world/random.ts';
import type { FaultTiming } from './fault-timing.ts';
import type { NameDirectoryFaults } from './name-directory-faults.ts';

const DOWN_MS_MAX = 3000;

/** One of the two name directories falls behind. All that was acknowledged must stay, because the other one has it. */
export class OneOfTwoDirectories {
  readonly #timing: FaultTiming;
  readonly #names: NameDirectoryFaults;
  readonly #random: SimRandom;
  #copy: { readonly name: string; readonly tree: TreeNode } | undefined;
  /** The directory that an old copy was put in place of. */
  #restored: string | undefined;

  /** @param random generator of its own */
  constructor(timing: FaultTiming, names: NameDirectoryFaults, random: SimRandom) {
    this.#timing = timing;
    this.#names = names;
    this.#random = random;
  }

  /** Copies one of the directories, while both take part. */
  copy(): boolean {
    const { namenode, world } = this.#timing.cluster;
    if (!this.#areBothWell()) return false;
    const name = this.#random.pick(this.#names.activeDirectories());
    const tree = namenode.disk.copy(name);
    if (tree === undefined) return false;
    this.#copy = { name, tree };
    world.note('admin', `copies ${name}`);
    return true;
  }

  /** Stops the NameNode, puts the copy in the place of its directory, and starts the NameNode again. */
  restore(): boolean {
    const copy = this.#copy;
    const { namenode, world } = this.#timing.cluster;
    if (copy === undefined || this.#restored !== undefined || !this.#areBothWell()) return false;
    this.#restored = copy.name;
    namenode.process?.end();
    namenode.disk.replace(copy.name, copy.tree, this.#random.chance(0.5));
    world.note('admin', `puts the old copy of ${copy.name} back`);
    world.coverage.hit('mistake one-directory-restored');
    this.#timing.restartLater(namenode, DOWN_MS_MAX);
    return true;
  }

  /** Loses the other directory than the one that was restored: the restored one has been brought up to date. */
  loseOther(): boolean {
    const restored = this.#restored;
    const { namenode, world } = this.#timing.cluster;
    if (restored === undefined || !this.#areBothWell()) return false;
    const other = this.#names.activeDirectories().find((name) => name !== restored);
    if (other === undefined) return false;
    namenode.process?.end();
    namenode.disk.clear(other.slice(1));
    if (this.#random.chance(0.5)) namenode.disk.makeDirectory(other);
    world.note('admin', `${other} is lost`);
    world.coverage.hit('mistake other-directory-lost');
    this.#timing.restartLater(namenode, DOWN_MS_MAX);
    return true;
  }

  /** Has a write to one directory fail, so that the NameNode goes on without that one. */
  leaveOneOut(): boolean {
    const { namenode, world } = this.#timing.cluster;
    if (!this.#areBothWell()) return false;
    namenode.disk.failing[this.#random.pick(['write', 'level'] as const)] = 1;
    world.coverage.hit('mistake one-directory-left-out');
    return true;
  }

  /** Damages the directory that the NameNode runs on alone. */
  damageLast(): boolean {
    return this.#names.activeDirectories().length === 1 && this.#names.damage();
  }

  #areBothWell(): boolean {
    const { cluster } = this.#timing;
    return (
      cluster.running(cluster.namenode) !== undefined &&
      !this.#names.isHarmed &&
      this.#names.activeDirectories().length === 2
    );
  }
}
