// The simulated world: time, chance, machines and network.

import type { Slot } from '../bundle/stand-ins.ts';
import { FileTree } from '../disk/disk.ts';
import { Network } from '../network/network.ts';
import { Coverage } from './coverage.ts';
import { Knobs } from './knobs.ts';
import { Latency } from './latency.ts';
import { Machine, SimProcess } from './process.ts';
import { type PromiseName, type Violation, violationText } from './promises.ts';
import type { SimRandom } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';

/** The world of one seed or one script: time, chance, the machines and the network between them. */
export class World {
  readonly scheduler = new Scheduler();
  /** Generator for machines, disks, links and the workload. */
  readonly random: SimRandom;
  /** Generator for the programs' own random numbers. */
  readonly programRandom: SimRandom;
  readonly network: Network = new Network(this);
  readonly trace: Trace;
  readonly coverage = new Coverage();
  /** Limits inside the programs. */
  knobs = new Knobs(undefined);
  readonly latency: Latency = new Latency(this);
  readonly machines: Machine[] = [];
  /** Whether the trace includes debug messages. */
  logsAll = false;
  readonly epochMs = 1_700_000_000_000;
  #processes = 0;
  /** First violation of the run. */
  violation: Violation | undefined;
  /** An error of the simulator itself: the run then proves nothing. */
  harnessError: Error | undefined;
  #atNextWrite: (() => void)[] = [];
  #atNextTruncate: (() => void)[] = [];
  /** Called by the probes in the daemons' code. */
  onProbe: (process: SimProcess, what: string, ...facts: readonly unknown[]) => void = () => undefined;

  /** Holds the process that runs now. */
  readonly slot: Slot;

  constructor(slot: Slot, traceLinesMax: number, random: SimRandom, programRandom = random) {
    this.slot = slot;
    this.random = random;
    this.programRandom = programRandom;
    this.trace = new Trace(traceLinesMax);
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  addMachine(name: string, ip: string): Machine {
    const machine = new Machine(name, ip, new FileTree());
    this.machines.push(machine);
    this.network.add(machine);
    return machine;
  }

  /** Starts a process on a machine. @param isBeside whether it runs beside the one that runs there, whose place it leaves */
  startProcess(machine: Machine, isBeside = false): SimProcess {
    machine.isPowered = true;
    const process = new SimProcess(this, machine, this.#processes++);
    if (!isBeside) machine.process = process;
    this.note(machine.name, 'process starts');
    this.network.opened();
    return process;
  }

  enter(process: SimProcess): void {
    this.slot.process = process;
  }

  /** Calls `run` when a client next begins to write a file. */
  atNextWrite(run: () => void): void {
    this.#atNextWrite.push(run);
  }

  writeBegins(): void {
    for (const run of this.#atNextWrite.splice(0)) run();
  }

  /** Calls `run` when a client next asks for a truncate. */
  atNextTruncate(run: () => void): void {
    this.#atNextTruncate.push(run);
  }

  truncateBegins(): void {
    for (const run of this.#atNextTruncate.splice(0)) run();
  }

  /** Adds a line to the trace, without the prefix that paths of each run of a program have. */
  note(who: string, what: string): void {
    this.trace.add(this.nowMs, who, what.includes('/run') ? what.replace(/\/run\d+/g, '') : what);
  }

  /** Records a broken promise. Only the first violation of a run is kept. */
  fail(promise: PromiseName, message: string): void {
    if (this.violation !== undefined) return;
    this.violation = { promise, message };
    this.note('CHECKER', violationText(this.violation));
  }

  /** Whether the run stops early: a promise is broken, or the simulator has failed. */
  get isBroken(): boolean {
    return this.violation !== undefined || this.harnessError !== undefined;
  }

  /** Records an error of the simulator itself, which must not count as a violation. */
  breakDown(error: unknown): void {
    this.harnessError ??= error instanceof Error ? error : new Error(String(error));
  }

  /** Returns the first violation, if there is one. @throws the simulator's own error */
  outcome(): Violation | undefined {
    if (this.harnessError !== undefined) throw this.harnessError;
    return this.violation;
  }
}
