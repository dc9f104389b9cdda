/** Finds the program that a task process runs. */
import path from 'node:path';
import { distProgram } from '../../runtime/dist.ts';

/** Returns the program of a task process: from CALF_DIST if it is set, by tests that bundle the program, else from the build. */
export function childEntry(): string {
  const { CALF_DIST } = process.env;
  return CALF_DIST ? path.join(CALF_DIST, 'task-child.js') : distProgram('task-child');
}
