/** Jobs that a program of this process has made and runs here: no file holds their code. */
import type { AnyJob } from '../api/api.ts';

const given = new Map<string, AnyJob>();
let count = 0;

/** Makes a job known to the tasks of this process. Returns the name for its JobCode. */
export function giveJob(job: AnyJob): string {
  const name = `given:${++count}`;
  given.set(name, job);
  return name;
}

export function forgetJob(name: string): void {
  given.delete(name);
}

export function givenJob(name: string): AnyJob | undefined {
  return given.get(name);
}
