// The disk of each machine of a run: one that can lose power, where the system allows that.
import { execFile } from 'node:child_process';
import fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { PowerDisks } from './power/power-disks.ts';
import type { PowerLoss } from './power/volatile-disk.ts';

const run = promisify(execFile);

export class MachineDisks {
  readonly #directory: string;
  readonly #copies: string;
  readonly #power: PowerDisks | undefined;

  private constructor(directory: string, copies: string, power: PowerDisks | undefined) {
    this.#directory = directory;
    this.#copies = copies;
    this.#power = power;
  }

  /** @param dir the run's directory @param power disks that lose power, mounted in it; undefined for plain directories */
  static async make(dir: string, machines: readonly string[], power: PowerDisks | undefined): Promise<MachineDisks> {
    const directory = power?.directory ?? path.join(dir, 'disks');
    const disks = new MachineDisks(directory, path.join(dir, 'copies'), power);
    await fs.mkdir(disks.#copies, { recursive: true });
    for (const machine of machines) {
      if (power === undefined) await fs.mkdir(disks.directory(machine), { recursive: true });
      else await power.add(machine);
    }
    return disks;
  }

  directory(machine: string): string {
    return path.join(this.#directory, machine);
  }

  get canLosePower(): boolean {
    return this.#power !== undefined;
  }

  /** Cuts the power of a machine whose daemon has ended. */
  async cut(machine: string, loss: PowerLoss, seed: number): Promise<void> {
    await this.#power?.cut(machine, loss, seed);
  }

  /** Makes all on a machine's disk last, as an administrator does after work on it. */
  async sync(machine: string): Promise<void> {
    await this.#power?.sync(machine);
  }

  /** Copies directories off a machine whose daemon has ended. @returns the place of each copy */
  async copyOff(name: string, directories: readonly string[]): Promise<string[]> {
    const copies = directories.map((_, i) => path.join(this.#copies, `${name}-${i + 1}`));
    for (const [i, directory] of directories.entries()) {
      const copy = copies[i] ?? '';
      await fs.rm(copy, { recursive: true, force: true });
      await run('cp', ['-a', directory, copy]);
    }
    return copies;
  }

  /** Puts a copy in the place of a directory of a machine, and syncs the machine. */
  async putBack(machine: string, copy: string, directory: string): Promise<void> {
    await fs.rm(directory, { recursive: true, force: true });
    await run('cp', ['-a', copy, directory]);
    await this.sync(machine);
  }
}
