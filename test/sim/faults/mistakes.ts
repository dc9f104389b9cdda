// Draws the mistake that an administrator makes in a seed, and makes it while the cluster works.
import type { SimRandom } from '../world/random.ts';
import type { FaultTiming } from './fault-timing.ts';
import type { FaultName } from './faults.ts';
import type { NameDirectoryFaults } from './name-directory-faults.ts';
import { OneOfTwoDirectories } from './one-of-two-directories.ts';
import { OperatorMistakes } from './operator-mistakes.ts';

const MISTAKES = ['secondDaemon', 'copiedDatanode', 'oneDirectoryRestored', 'oneDirectoryLeftOut'] as const;
type MistakeName = (typeof MISTAKES)[number];
/** Share of the seeds in which a mistake is made. */
const SHARE = 0.24;
/** A mistake is made until this time, counted from the begin of the faults. */
const LAST_MS = 7000;
/** The pause between the tries to make a mistake that the state of the cluster does not allow yet. */
const RETRY_MS = 300;
/**
 * Faults that hide a DataNode from the NameNode. A copy of its directories that starts meanwhile is taken for the
 * DataNode itself, because no message tells the two apart.
 */
const HIDING: readonly FaultName[] = ['pause', 'cutConnection', 'partition', 'isolate', 'slowDisk'];

/** The mistake of one seed. */
export class Mistake {
  readonly #name: MistakeName;
  readonly #random: SimRandom;
  #daemons: OperatorMistakes | undefined;

  private constructor(name: MistakeName, random: SimRandom) {
    this.#name = name;
    this.#random = random;
  }

  /** Draws a mistake; undefined in most seeds. @param random generator of its own */
  static draw(random: SimRandom): Mistake | undefined {
    return random.chance(SHARE) ? new Mistake(random.pick(MISTAKES), random) : undefined;
  }

  /** Whether the NameNode must have two name directories. */
  get needsTwoDirectories(): boolean {
    return this.#name === 'oneDirectoryRestored' || this.#name === 'oneDirectoryLeftOut';
  }

  /** Whether a fault may happen in the same seed. */
  allows(fault: FaultName): boolean {
    return this.#name !== 'copiedDatanode' || !HIDING.includes(fault);
  }

  /** Makes the mistake within the next seconds. */
  begin(timing: FaultTiming, names: NameDirectoryFaults): void {
    const daemons = new OperatorMistakes(timing, this.#random);
    const one = new OneOfTwoDirectories(timing, names, this.#random);
    this.#daemons = daemons;
    const steps: Readonly<Record<MistakeName, readonly (() => boolean)[]>> = {
      secondDaemon: [() => daemons.startSecond(), () => daemons.startSecond()],
      copiedDatanode: [() => daemons.copyDatanode()],
      oneDirectoryRestored: [() => one.copy(), () => one.restore(), () => one.loseOther()],
      oneDirectoryLeftOut: [() => one.leaveOneOut(), () => one.damageLast()],
    };
    this.#make(timing, steps[this.#name]);
  }

  /** Makes the steps one after the other. A step that is not possible now is tried again. */
  #make(timing: FaultTiming, [step, ...later]: readonly (() => boolean)[]): void {
    if (step === undefined) return;
    const { scheduler, latency } = timing.world;
    const attempt = (): void => {
      if (timing.isOver) return;
      latency.endCalm();
      if (step()) this.#make(timing, later);
      else scheduler.after(RETRY_MS, attempt);
    };
    scheduler.after(this.#random.next() * (LAST_MS / (later.length + 1)), attempt);
  }

  /** Waits until the cluster has refused what it must refuse. */
  async check(isBroken: () => boolean): Promise<void> {
    await this.#daemons?.check(isBroken);
  }
}
