// The stand-in for task processes: a child of a TaskTracker that runs attempts, and may go on when its tracker has died.
import type { MapOutputLocation, TaskReport } from '../../mapreduce/job/messages.ts';
import type { MapOutputsListener } from '../../mapreduce/shuffle/shuffle.ts';
import type { TaskOrder } from '../../mapreduce/task/run-task.ts';
import type { TaskProcessEvents } from '../../mapreduce/task/task-process.ts';
import type { Programs } from './bundle.ts';
import { inProcess } from './stand-ins.ts';
import { runAttempt, type SimUmbilical } from './task.ts';
import type { JobProcess, Slot } from './world.ts';

const PIPE_MS = 2;
/** A task process looks once in this time whether its tracker is still its parent. */
const PARENT_LOOK_MS = 1000;

/** A task process, as faults and the checker see it. */
export interface SimChild {
  readonly tracker: JobProcess;
  readonly process: JobProcess;
  readonly attemptId: string | undefined;
}

/** Returns the stand-in for the class TaskProcess. An instance belongs to the tracker that makes it. */
export function taskProcessClass(slot: Slot, programs: () => Programs) {
  return class SimTaskProcess implements SimChild {
    readonly tracker = inProcess(slot);
    readonly process: JobProcess;
    readonly heapMib: number;
    #current: { readonly attemptId: string; readonly events: TaskProcessEvents } | undefined;
    #umbilical: ChildUmbilical | undefined;
    #gone = false;

    constructor(heapMib: number) {
      this.heapMib = heapMib;
      const { world, name } = this.tracker;
      this.process = world.startProcess(world.machine(`${name}.c${world.children.size}`));
      world.children.add(this);
      const { process } = this;
      // Two looks: between the end of a pause and the next look, the task goes on.
      const look = (): number => world.random.next() * PARENT_LOOK_MS;
      this.tracker.onEnd(() => process.after(look(), () => process.after(look(), () => process.end())));
      process.onEnd(() => {
        world.children.delete(this);
        this.tracker.after(PIPE_MS, () => this.#ended());
      });
    }

    get attemptId(): string | undefined {
      return this.#umbilical?.isDone === false ? this.#umbilical.attemptId : undefined;
    }

    get isGone(): boolean {
      return this.#gone;
    }

    run(order: TaskOrder, _logDirectory: string, events: TaskProcessEvents): void {
      const { attemptId } = order.launch;
      this.#current = { attemptId, events };
      this.process.after(PIPE_MS, () => {
        const send = (act: () => void): void => void this.tracker.after(PIPE_MS, act);
        const umbilical = new ChildUmbilical(order, {
          report: (report) => send(() => this.#report(report)),
          mayCommit: () => send(() => this.#mayCommit(attemptId)),
        });
        this.#umbilical = umbilical;
        void runAttempt(order, umbilical, this.process, programs());
      });
    }

    addMapOutputs(outputs: readonly MapOutputLocation[], obsolete: readonly string[]): void {
      this.process.after(PIPE_MS, () => this.#umbilical?.addMapOutputs(outputs, obsolete));
    }

    /** Nothing is known of them: a silent task of the simulator hangs. */
    processes(): [] {
      return [];
    }

    cpuTimeMs(): undefined {
      return undefined;
    }

    residentBytes(): number {
      return 0;
    }

    async endChildren(): Promise<void> {
      // A simulated task has no child processes.
    }

    async kill(): Promise<void> {
      this.#gone = true;
      this.#finish((attemptId) => ({ kind: 'killed', attemptId }));
      this.process.end();
    }

    #ended(): void {
      this.#gone = true;
      this.#finish((attemptId) => ({ kind: 'failed', attemptId, error: { message: "The task's process was ended" } }));
    }

    #mayCommit(attemptId: string): void {
      const { events } = this.#current ?? {};
      events?.mayCommit(attemptId).then(
        (mayCommit) => {
          this.process.after(PIPE_MS, () => this.#umbilical?.answerCommit(mayCommit));
          if (mayCommit) this.tracker.world.onCommitAllowed(this.tracker);
        },
        (e: unknown) => this.#finish(() => ({ kind: 'failed', attemptId, error: programs().toTaskError(e) })),
      );
    }

    #report(report: TaskReport): void {
      if (report.attemptId !== this.#current?.attemptId) return;
      if (report.kind === 'succeeded' || report.kind === 'failed') this.#finish(() => report);
      else this.#current.events.report(report);
    }

    #finish(report: (attemptId: string) => TaskReport): void {
      const current = this.#current;
      if (!current) return;
      this.#current = undefined;
      current.events.report(report(current.attemptId));
    }
  };
}

interface Pipe {
  report(report: TaskReport): void;
  mayCommit(): void;
}

class ChildUmbilical implements SimUmbilical {
  readonly attemptId: string;
  isDone = false;
  readonly #pipe: Pipe;
  readonly #outputs: MapOutputLocation[];
  #listener: MapOutputsListener = () => undefined;
  #answer: (mayCommit: boolean) => void = () => undefined;

  constructor({ launch }: TaskOrder, pipe: Pipe) {
    this.attemptId = launch.attemptId;
    this.#outputs = [...(launch.mapOutputs ?? [])];
    this.#pipe = pipe;
  }

  end(report: TaskReport): void {
    this.isDone = true;
    this.#pipe.report(report);
  }

  progress(progress: number): void {
    this.#pipe.report({ kind: 'progress', attemptId: this.attemptId, progress });
  }

  setStatus(): void {
    // No task of the simulator sets one.
  }

  mapShares(): void {
    // No task of the simulator has pairs.
  }

  fetchFailed(mapAttemptId: string): void {
    this.#pipe.report({ kind: 'fetchFailed', attemptId: this.attemptId, mapAttemptId });
  }

  mayCommit(): Promise<boolean> {
    this.#pipe.mayCommit();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  answerCommit(mayCommit: boolean): void {
    this.#answer(mayCommit);
  }

  onMapOutputs(listener: MapOutputsListener): void {
    this.#listener = listener;
    listener(this.#outputs, []);
  }

  addMapOutputs(outputs: readonly MapOutputLocation[], obsolete: readonly string[]): void {
    this.#outputs.push(...outputs);
    this.#listener(outputs, obsolete);
  }
}
