// Everything that one seed or one script decides.
import { Coverage } from './coverage.ts';
import { FileTree } from './disk.ts';
import { Network } from './network.ts';
import { Machine, SimProcess } from './process.ts';
import { type PromiseName, type Violation, violationText } from './promises.ts';
import type { SimRandom } from './random.ts';
import { Scheduler } from './scheduler.ts';
import type { Slot } from './stand-ins.ts';
import { Trace } from './trace.ts';

/** Everything that one seed, or one script, decides: time, chance, the machines and the network between them. */
export class World {
  readonly scheduler = new Scheduler();
  /** Decides what machines, disks, links and the workload do. */
  readonly random: SimRandom;
  /** What the programs draw themselves. */
  readonly programRandom: SimRandom;
  readonly network: Network = new Network(this);
  readonly trace: Trace;
  readonly coverage = new Coverage();
  readonly machines: Machine[] = [];
  /** Whether the trace has what is logged for debugging too. */
  logsAll = false;
  readonly epochMs = 1_700_000_000_000;
  #processes = 0;
  /** The first promise that was found broken. */
  violation: Violation | undefined;
  /** An error of the simulator itself: the run then proves nothing. */
  harnessError: Error | undefined;
  #atNextWrite: (() => void)[] = [];
  /** Told by the probes that the bundle puts into the daemons' code. */
  onProbe: (process: SimProcess, what: string, ...facts: readonly unknown[]) => void = () => undefined;

  /** Which process runs. */
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

  startProcess(machine: Machine): SimProcess {
    machine.isPowered = true;
    const process = new SimProcess(this, machine, this.#processes++);
    machine.process = process;
    this.note(machine.name, 'process starts');
    this.network.opened();
    return process;
  }

  /** Runs `run` when a client begins its next write. */
  atNextWrite(run: () => void): void {
    this.#atNextWrite.push(run);
  }

  writeBegins(): void {
    for (const run of this.#atNextWrite.splice(0)) run();
  }

  note(who: string, what: string): void {
    this.trace.add(this.nowMs, who, what);
  }

  /** Records that a promise is broken; the first violation of a run is kept. */
  fail(promise: PromiseName, message: string): void {
    if (this.violation !== undefined) return;
    this.violation = { promise, message };
    this.note('CHECKER', violationText(this.violation));
  }

  /** Whether the run is over before its end: a promise is broken, or the simulator is. */
  get isBroken(): boolean {
    return this.violation !== undefined || this.harnessError !== undefined;
  }

  /** Records an error of the simulator, which no mutant may be found by. */
  breakDown(error: unknown): void {
    this.harnessError ??= error instanceof Error ? error : new Error(String(error));
  }

  /** Returns the outcome of the run. @throws the simulator's own error */
  outcome(): Violation | undefined {
    if (this.harnessError !== undefined) throw this.harnessError;
    return this.violation;
  }
}
