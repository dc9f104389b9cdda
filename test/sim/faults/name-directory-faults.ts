// Damages the NameNode's files while it is down, and checks that the damage is noticed.
import { decodeRecord, sealOf } from '../../../namenode/store/journal/edit-record.ts';
import { RECORDS_AT, readHeaders } from '../../../namenode/store/journal/journal-header.ts';
import { type Damage, harmDatabase, harmFile, rotFile } from '../disk/damage.ts';
import type { Machine } from '../world/process.ts';
import type { SimRandom } from '../world/random.ts';
import type { DiskFaults } from './disk-faults.ts';
import type { FaultTiming } from './fault-timing.ts';

const DOWN_MS_MAX = 3000;
/** A damaged directory is refused this often, before an administrator puts back what was there. */
const REFUSALS_MAX = 2;
const STORE = 'current/store';
const JOURNAL = ['edits-0', 'edits-1'];
const FILES = ['current/VERSION', ...JOURNAL.map((name) => `${STORE}/${name}`), `${STORE}/level/CURRENT`];

/** Damage that a start of the NameNode must notice, and the directory that it is in. */
interface Harm extends Damage {
  readonly directory: string;
  /** Whether another directory has all that this one had. */
  readonly hasTwin: boolean;
  /** Whether the NameNode may go on with it, because nothing that it needs was harmed. */
  readonly isHarmless: boolean;
  refusals: number;
}

/**
 * Stops the NameNode, damages one of its name directories and starts it again. With another good directory the NameNode
 * must come up and replace the damaged one; without one it must refuse to start and name what is damaged.
 */
export class NameDirectoryFaults {
  readonly #timing: FaultTiming;
  readonly #disks: DiskFaults;
  readonly #random: SimRandom;
  #harm: Harm | undefined;

  constructor(timing: FaultTiming, disks: DiskFaults) {
    this.#timing = timing;
    this.#disks = disks;
    this.#random = timing.world.random;
    timing.cluster.watchers.push({
      isUp: (machine) => this.#isUp(machine),
      startFailed: (machine, reason) => this.#startFailed(machine, reason),
    });
  }

  damage(): boolean {
    const { cluster } = this.#timing;
    const { process } = cluster.namenode;
    if (this.#harm !== undefined || !process?.isAlive) return false;
    this.#timing.soon(() => {
      if (this.#harm !== undefined || !process.isAlive || cluster.running(cluster.namenode) === undefined) return;
      // A directory that was left out has less than was acknowledged: only one of those that take part may be damaged.
      const active = this.activeDirectories();
      if (this.#random.chance(0.5)) this.#disks.cutPower(cluster.namenode);
      else process.end();
      this.#harmOne(active);
      this.#timing.restartLater(cluster.namenode, DOWN_MS_MAX);
    });
    return true;
  }

  /** Whether damage was done that no start has met yet. */
  get isHarmed(): boolean {
    return this.#harm !== undefined;
  }

  /** Returns the directories that take part in the NameNode that was started last. */
  activeDirectories(): string[] {
    return this.#timing.cluster.nameDirectories.filter((name) => this.#isActive(name));
  }

  #isActive(name: string): boolean {
    return this.#timing.cluster.activeStores().some((store) => store.replace(/^\/run\d+/, '').startsWith(`${name}/`));
  }

  #harmOne(active: readonly string[]): void {
    if (active.length === 0) return;
    const { world, cluster } = this.#timing;
    const directory = this.#random.pick(active);
    const hasTwin = active.length > 1;
    const found = this.#random.chance(0.4) ? this.#harmDatabase(directory) : this.#harmFile(directory, hasTwin);
    if (found === undefined) return;
    this.#harm = { ...found, directory, hasTwin, refusals: 0 };
    world.note(cluster.namenode.name, `${found.path} ${found.what}`);
    world.coverage.hit(`fault names ${found.what.replace(/ \d+|at .*/g, '')}${hasTwin ? ', has twin' : ''}`);
  }

  #harmDatabase(directory: string): (Damage & { isHarmless: boolean }) | undefined {
    const damage = harmDatabase(this.#timing.cluster.namenode.disk, `${directory}/${STORE}/level`, this.#random);
    return damage && { ...damage, isHarmless: false };
  }

  #harmFile(directory: string, hasTwin: boolean): (Damage & { isHarmless: boolean }) | undefined {
    const { disk } = this.#timing.cluster.namenode;
    const path = `${directory}/${this.#random.pick(FILES)}`;
    const file = disk.find(path);
    if (file?.kind !== 'file') return undefined;
    const isJournal = path.includes('/edits-');
    if (this.#random.chance(0.5)) {
      const damage = harmFile(disk, path, this.#random);
      return damage && { ...damage, isHarmless: false };
    }
    const at = this.#random.nextInt(isJournal ? recordsOf(file.bytes).end : file.bytes.length);
    // Nothing tells the last record, if `level` lacks it, from a write that a crash has cut short.
    if (isJournal && !hasTwin && at >= recordsOf(file.bytes).last) return undefined;
    const isComment = path.endsWith('VERSION') && at < file.bytes.indexOf('\n');
    const damage = rotFile(disk, path, at, this.#random);
    // One of two headers is enough, and `level` has the records of an older run. The final check sees whatever is lost.
    return damage && { ...damage, isHarmless: isJournal || isComment };
  }

  #isUp(machine: Machine): void {
    const harm = this.#harm;
    const { cluster, world } = this.#timing;
    if (machine !== cluster.namenode || harm === undefined) return;
    this.#harm = undefined;
    if (harm.isHarmless || !harm.isThere() || !this.#isActive(harm.directory)) return;
    world.fail('damage-is-told', `nn: is up, though ${harm.path} ${harm.what}`);
  }

  #startFailed(machine: Machine, reason: string): void {
    const harm = this.#harm;
    const { cluster, world } = this.#timing;
    if (machine !== cluster.namenode || harm === undefined || harm.hasTwin) return;
    // Another fault may keep the NameNode from its start too.
    if (!reason.includes(harm.directory)) return;
    world.coverage.hit('fault names refused');
    harm.refusals++;
    if (harm.refusals < REFUSALS_MAX) return;
    this.mend();
  }

  /** Puts back what was damaged, as from a copy, unless another directory must serve. */
  mend(): void {
    if (this.#harm === undefined || this.#harm.hasTwin) return;
    this.#harm.undo();
    this.#timing.world.note('nn', `${this.#harm.path} is mended`);
    this.#harm = undefined;
  }
}

/** Returns where the last record of a journal file begins, and where the records end, in bytes from the file's start. */
function recordsOf(bytes: Buffer): { readonly last: number; readonly end: number } {
  const [header] = readHeaders(bytes);
  let [last, end] = [RECORDS_AT, RECORDS_AT];
  if (header === undefined) return { last, end };
  const records = bytes.subarray(RECORDS_AT);
  const seal = sealOf(header.salt);
  for (let next = decodeRecord(records, seal, 0); next !== undefined; ) {
    last = end;
    end = RECORDS_AT + next.end;
    const following = decodeRecord(records, seal, next.end);
    next = following?.record.number === next.record.number + 1 ? following : undefined;
  }
  return { last, end };
}
