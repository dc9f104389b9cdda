/** The counters of a job or of a task, by group and name, and the form in which they are printed. */
import {
  compareCounters,
  compareGroups,
  counterDisplayName,
  FILE_SYSTEM_GROUP,
  type FileSystemCounterName,
  GROUP_NAMES,
  JOB_GROUP,
  type JobCounterName,
  TASK_GROUP,
  type TaskCounterName,
} from './counter-names.ts';

/** Counters in a message: value by name by group. */
export type CountersJson = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** A number that is summed over all tasks and printed at the job's end. */
export interface Counter {
  readonly value: number;
  increment(by?: number): void;
}

export interface CounterRow {
  readonly group: string;
  readonly name: string;
  readonly value: number;
}

/** A job's value of these is the largest of its tasks; the values of all others are added up. */
const isMaximum = (name: string): boolean => name.endsWith('_MAX');

export class Counters {
  readonly #groups = new Map<string, Map<string, number>>();

  static fromJson(json: CountersJson): Counters {
    const counters = new Counters();
    counters.merge(json);
    return counters;
  }

  get(group: string, name: string): number {
    return this.#groups.get(group)?.get(name) ?? 0;
  }

  add(group: string, name: string, by: number): void {
    const counters = this.#group(group);
    counters.set(name, (counters.get(name) ?? 0) + by);
  }

  addTask(name: TaskCounterName, by: number): void {
    this.add(TASK_GROUP, name, by);
  }

  addJob(name: JobCounterName, by: number): void {
    this.add(JOB_GROUP, name, by);
  }

  /** @param scheme as in a URI: hdfs, file */
  addFileSystem(scheme: string, name: FileSystemCounterName, by: number): void {
    this.add(FILE_SYSTEM_GROUP, `${scheme.toUpperCase()}_${name}`, by);
  }

  /** Adds the counters of a task or of another job. */
  merge(json: CountersJson): void {
    for (const [group, counters] of Object.entries(json)) {
      for (const [name, value] of Object.entries(counters)) {
        if (isMaximum(name)) this.#group(group).set(name, Math.max(this.get(group, name), value));
        else this.add(group, name, value);
      }
    }
  }

  /** Returns all counters in the order in which Hadoop prints them. */
  rows(): CounterRow[] {
    return [...this.#groups.keys()].sort(compareGroups).flatMap((group) => {
      const counters = [...this.#group(group)].sort(([a], [b]) => compareCounters(group, a, b));
      return counters.map(([name, value]) => ({ group, name, value }));
    });
  }

  toJson(): CountersJson {
    const entries = [...this.#groups].map(([group, counters]) => [group, Object.fromEntries(counters)] as const);
    return Object.fromEntries(entries);
  }

  #group(group: string): Map<string, number> {
    let counters = this.#groups.get(group);
    if (!counters) {
      counters = new Map();
      this.#groups.set(group, counters);
    }
    return counters;
  }
}

/** Formats counters as Hadoop's job client does at a job's end: a first line, then the groups with tabs. */
export function formatCounters(counters: Counters): string {
  const rows = counters.rows();
  const lines = [`Counters: ${rows.length}`];
  let group: string | undefined;
  for (const row of rows) {
    if (row.group !== group) lines.push(`\t${GROUP_NAMES[row.group] ?? row.group}`);
    group = row.group;
    lines.push(`\t\t${counterDisplayName(row.group, row.name)}=${row.value}`);
  }
  return lines.join('\n');
}
