// The stack of a job's error ends where the task calls the job: these files must lie where the message code looks for them.
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { OWN_FRAME } from '../../../mapreduce/job/job-errors.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

it.each(['task/map-records.ts', 'task/reduce-task.ts', 'replay/watched-job.ts'])('a frame of %s is our own', (name) => {
  const file = `mapreduce/${name}`;
  expect(fs.existsSync(path.join(ROOT, file))).toBe(true);
  expect(OWN_FRAME.test(`    at run (${path.join(ROOT, file)}:1:1)`)).toBe(true);
});
