// The machines and processes of the simulated world.

import type { FileNode, FileTree, KeptOf } from '../disk/disk.ts';
import type { Knobs } from './knobs.ts';
import type { Scheduler, SimEvent } from './scheduler.ts';
import type { Trace } from './trace.ts';
import type { World } from './world.ts';

/** A simulated machine: an address, a disk that outlives the processes, and a wall clock that may be wrong. */
export class Machine {
  readonly name: string;
  readonly ip: string;
  readonly disk: FileTree;
  /** Sum of all clock jumps: the error of the wall clock. */
  clockOffsetMs = 0;
  /** Whether the machine has power: false from a loss of power to the next start. */
  isPowered = true;
  process: SimProcess | undefined;

  constructor(name: string, ip: string, disk: FileTree) {
    this.name = name;
    this.ip = ip;
    this.disk = disk;
  }

  /** Ends the process and cuts the power of the disk. Returns the files that lost bytes, as FileTree.losePower does. */
  losePower(remainsOf: (file: FileNode) => Buffer, keptOf?: KeptOf): ReturnType<FileTree['losePower']> {
    this.isPowered = false;
    this.process?.end();
    return this.disk.losePower(remainsOf, keptOf);
  }
}

/** The part of a world that a process needs: any simulator that has it can run processes. */
export interface ProcessWorld {
  /** Delays of the event loop, if the world has any. */
  readonly knobs?: Knobs;
  readonly scheduler: Scheduler;
  readonly trace: Trace;
  readonly epochMs: number;
  /** Called before each event of a process: from now on, the stand-ins for node's modules act for this process. */
  enter(process: object): void;
}

/** Stands in for the Timeout of node:timers. */
export class SimTimeout {
  readonly #process: Pick<SimProcess, 'after'>;
  readonly #run: () => void;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  #event: SimEvent | undefined;

  constructor(process: Pick<SimProcess, 'after'>, run: () => void, delayMs: number, repeats: boolean) {
    this.#process = process;
    this.#run = run;
    this.#delayMs = delayMs;
    this.#repeats = repeats;
    this.#arm();
  }

  #arm(): void {
    this.#event = this.#process.after(this.#delayMs, () => {
      this.#event = undefined;
      if (this.#repeats) this.#arm();
      this.#run();
    });
  }

  /** Starts the delay anew, also if the timer has already fired. */
  refresh(): this {
    this.clear();
    this.#arm();
    return this;
  }

  clear(): void {
    if (this.#event !== undefined) this.#event.isCancelled = true;
    this.#event = undefined;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return true;
  }
}

/**
 * One run of a program on a machine: the stand-ins for node's modules reach the world only through this class. A
 * process that has ended receives no more events; a paused one receives them when it goes on.
 */
export class SimProcess<W extends ProcessWorld = World> {
  readonly world: W;
  readonly machine: Machine;
  /** Number of this run, unique in the world. */
  readonly number: number;
  isAlive = true;
  #pausedUntilMs = 0;
  /** Time of the last turn of the event loop that was asked for. */
  #lastTurnMs = 0;
  readonly #atEnd = new Set<() => void>();

  constructor(world: W, machine: Machine, number: number) {
    this.world = world;
    this.machine = machine;
    this.number = number;
  }

  get name(): string {
    return this.machine.name;
  }

  after(delayMs: number, run: () => void): SimEvent {
    const { scheduler } = this.world;
    const guarded = (): void => {
      if (!this.isAlive || event.isCancelled) return;
      const pausedMs = this.#pausedUntilMs - scheduler.nowMs;
      if (pausedMs > 0) {
        scheduler.after(pausedMs, guarded);
        return;
      }
      this.world.enter(this);
      run();
    };
    const event = scheduler.after(delayMs, guarded);
    return event;
  }

  /** Runs no event of the process for a time, as after SIGSTOP or during a synchronous call on a slow disk. */
  pause(forMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.world.scheduler.nowMs + forMs);
  }

  get isPaused(): boolean {
    return this.#pausedUntilMs > this.world.scheduler.nowMs;
  }

  /** Registers a callback for the end of the process. Returns a function that removes it. */
  onEnd(run: () => void): () => void {
    this.#atEnd.add(run);
    return () => void this.#atEnd.delete(run);
  }

  /** Ends the process at this instant, without any cleanup by its program. */
  end(): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    for (const run of this.#atEnd) run();
  }

  // ---- Calls of the stand-ins for node's modules

  now(): number {
    return Math.floor(this.world.epochMs + this.monotonicMs() + this.machine.clockOffsetMs);
  }

  /** Returns the steady time in milliseconds. A process that waits for its disk sees the end of the wait. */
  monotonicMs(): number {
    return Math.max(this.world.scheduler.nowMs, this.#pausedUntilMs);
  }

  setTimeout(run: () => void, delayMs = 1): SimTimeout {
    return new SimTimeout(this, run, Math.max(1, Math.floor(delayMs)), false);
  }

  setInterval(run: () => void, delayMs = 1): SimTimeout {
    return new SimTimeout(this, run, Math.max(1, Math.floor(delayMs)), true);
  }

  /** Runs a callback in the next turn, after those that were set before it. */
  setImmediate(run: () => void): SimTimeout {
    const { nowMs } = this.world.scheduler;
    this.#lastTurnMs = Math.max(this.#lastTurnMs, nowMs + (this.world.knobs?.turnMs() ?? 0));
    return new SimTimeout(this, run, this.#lastTurnMs - nowMs, false);
  }

  log(level: string, message: string): void {
    this.world.trace.add(this.world.scheduler.nowMs, this.name, `${level} ${message.replace(/\/run\d+/g, '')}`);
  }
}
