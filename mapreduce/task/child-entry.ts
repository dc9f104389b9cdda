import path from 'node:path';
import { distProgram } from '../../runtime/dist.ts';

/** The program of a task process: in CALF_DIST when that is set (tests that bundle it themselves), else in the build. */
export function childEntry(): string {
  const { CALF_DIST } = process.env;
  return CALF_DIST ? path.join(CALF_DIST, 'task-child.js') : distProgram('task-child');
}
