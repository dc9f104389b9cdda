// The world of one seed: time, chance, machines and their processes, and the first broken promise.
import { FileTree } from '../sim/disk/disk.ts';
import { Coverage } from '../sim/world/coverage.ts';
import { Machine, SimProcess } from '../sim/world/process.ts';
import { SimRandom } from '../sim/world/random.ts';
import { Scheduler } from '../sim/world/scheduler.ts';
import { Trace } from '../sim/world/trace.ts';
import type { SimJobDisk } from './facts.ts';
import type { SimHttp } from './http.ts';
import type { JobFileSystem } from './model-file-system.ts';
import { type PromiseName, type Violation, violationText } from './promises.ts';
import type { SimChild } from './task-process.ts';

export type JobProcess = SimProcess<JobWorld>;

/** Holds the process that runs now: the programs reach the world through it. */
export interface Slot {
  process: JobProcess | undefined;
}

/** How attempts behave. The probabilities hold for each step of an attempt. */
export interface Behaviour {
  stepMs: number;
  failing: number;
  hanging: number;
  /** Probability of a fault at the moment when an attempt is told that it may commit. */
  faultAtCommit: number;
  /** The runs of trackers whose local disk is full, such as `t1/7`. */
  readonly fullDisks: Set<string>;
}

export class JobWorld {
  readonly scheduler = new Scheduler();
  readonly random: SimRandom;
  readonly trace: Trace;
  readonly coverage = new Coverage();
  readonly epochMs = 1_700_000_000_000;
  readonly slot: Slot;
  /** Set by the simulation before any process runs. */
  files!: JobFileSystem;
  http!: SimHttp;
  disk!: SimJobDisk;
  /** The current run of the JobTracker: calls of an earlier one that were on their way are lost with its connections. */
  jobTracker: JobProcess | undefined;
  readonly behaviour: Behaviour = {
    stepMs: 200,
    failing: 0,
    hanging: 0,
    faultAtCommit: 0,
    fullDisks: new Set(),
  };
  /** The task processes that have not ended. */
  readonly children = new Set<SimChild>();
  /** The map outputs on the disks of trackers, by the tracker's run. A tracker that starts anew has none. */
  readonly mapOutputs = new Map<string, Set<string>>();
  /** Set by the faults: strikes the tracker of an attempt that may commit. */
  onCommitAllowed: (tracker: JobProcess) => void = () => undefined;
  faults = 0;
  violation: Violation | undefined;
  /** An error of the simulator itself: the run then proves nothing. */
  harnessError: Error | undefined;
  #processes = 0;

  constructor(slot: Slot, seed: number, traceLinesMax: number) {
    this.slot = slot;
    this.random = new SimRandom(seed);
    this.trace = new Trace(traceLinesMax);
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  enter(process: object): void {
    this.slot.process = process as JobProcess;
  }

  machine(name: string): Machine {
    return new Machine(name, '10.0.0.1', new FileTree());
  }

  startProcess(machine: Machine): JobProcess {
    return new SimProcess<JobWorld>(this, machine, this.#processes++);
  }

  note(who: string, what: string): void {
    this.trace.add(this.nowMs, who, what);
  }

  fault(what: string, who: string): void {
    this.faults++;
    this.coverage.hit(`fault ${what}`);
    this.note(who, `fault: ${what}`);
  }

  /** Records a broken promise. Only the first violation of a run is kept. */
  fail(promise: PromiseName, message: string): void {
    if (this.violation !== undefined) return;
    this.violation = { promise, message };
    this.note('CHECKER', violationText(this.violation));
  }

  breakDown(error: unknown): void {
    this.harnessError ??= error instanceof Error ? error : new Error(String(error));
  }

  get isBroken(): boolean {
    return this.violation !== undefined || this.harnessError !== undefined;
  }
}
