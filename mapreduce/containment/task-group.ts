/**
 * A task's process with all that it has started. Its children are found by three signs: the tree of parents, the process
 * group, and a variable of their environment. So a daemon with a session of its own is found too. A process that has left
 * the group and cleared its environment, or runs as another user, is not found once its parent has ended.
 */
import { sleep } from '../../runtime/promises.ts';
import { hasVariable, type ProcessRow, processRow, processTable, treeOf } from './process-table.ts';

/** Time between SIGTERM and SIGKILL (Hadoop: yarn.nodemanager.sleep-delay-before-sigkill.ms). */
const GRACE_MS = 250;
const LOOK_MS = 20;
/** Rounds of SIGKILL: a process may start another one while it is ended. */
const ROUNDS_MAX = 5;

/** The variable of the environment by which the processes of a task process are known. */
export const MARK = 'CALF_TASK_PROCESS';

/** The processes of one task process, which leads a process group. */
export class TaskGroup {
  readonly pid: number;
  readonly #mark: string;

  constructor(pid: number, mark: string) {
    this.pid = pid;
    this.#mark = mark;
  }

  /** Returns the processes of the task: its own is the first, if it has not ended. */
  members(): ProcessRow[] {
    const rows = processTable();
    const tree = new Set(treeOf(rows, this.pid));
    for (const row of rows) {
      if (row.pgrp === this.pid || hasVariable(row.pid, MARK, this.#mark)) tree.add(row);
    }
    return [...tree];
  }

  /** Returns the task's own process alone, which costs much less; none if it has ended. */
  leader(): ProcessRow[] {
    const row = processRow(this.pid);
    return row ? [row] : [];
  }

  /** Ends all processes but the task's own: with SIGTERM, and those that are still there a moment later with SIGKILL. */
  async endOthers(): Promise<void> {
    await endAll(() => this.members().filter(({ pid }) => pid !== this.pid));
  }

  /** Ends all processes. */
  async end(): Promise<void> {
    await endAll(() => this.members());
  }

  /** Sends a signal to the process group, without a look at the processes. */
  signal(signal: NodeJS.Signals): void {
    send(-this.pid, signal);
  }
}

/** Ends all processes that `find` returns, until it returns none. */
async function endAll(find: () => readonly ProcessRow[]): Promise<void> {
  let left = find();
  for (const { pid } of left) send(pid, 'SIGTERM');
  for (let waitedMs = 0; left.length > 0 && waitedMs < GRACE_MS; waitedMs += LOOK_MS) {
    await sleep(LOOK_MS);
    left = find();
  }
  for (let round = 0; left.length > 0 && round < ROUNDS_MAX; round++) {
    for (const { pid } of left) send(pid, 'SIGKILL');
    await sleep(LOOK_MS);
    left = find();
  }
}

/** A process that has ended meanwhile, or belongs to another user, is left alone. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (e) {
    if (!isGoneOrForeign(e)) throw e;
  }
}

const isGoneOrForeign = (e: unknown): boolean =>
  e instanceof Error && 'code' in e && (e.code === 'ESRCH' || e.code === 'EPERM');
