// A task process as its TaskTracker sees it: every attempt ends with one report.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LocalFileSystem } from '../../../client/local/local-file-system.ts';
import { OutputCommitter } from '../../../mapreduce/files/output-committer.ts';
import type { TaskReport } from '../../../mapreduce/job/messages.ts';
import { TaskProcess } from '../../../mapreduce/task/task-process.ts';
import { deferred } from '../../../runtime/promises.ts';
import { prepareTaskChild } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

it('an attempt whose commit can not be asked for fails with that reason, and writes no output', async () => {
  const output = path.join(directory, 'out');
  await new OutputCommitter(new LocalFileSystem(), output).setupJob();
  const job = {
    jobId: 'job_1_0001',
    name: 'rows',
    code: { kind: 'builtin', example: 'teragen', exportName: 'default' },
    user: 'me',
    conf: {},
    maps: 1,
    reduces: 0,
    output,
  } as const;
  const launch = {
    attemptId: 'attempt_1_0001_m_000000_0',
    kind: 'MAP',
    index: 0,
    split: { kind: 'range', start: 0, length: 3 },
    job,
  } as const;
  const task = new TaskProcess(512);
  try {
    const ended = deferred<TaskReport>();
    const order = { launch, conf: {}, jobDirectory: path.join(directory, 'job'), jobToken: '', cache: [], logBytes: 0 };
    task.run(order, path.join(directory, 'logs'), {
      report: (report) => {
        if (report.kind !== 'progress') ended.resolve(report);
      },
      mayCommit: async () => {
        throw new Error('the JobTracker is away');
      },
    });
    expect(await ended.promise).toMatchObject({ kind: 'failed', error: { message: 'Error: the JobTracker is away' } });
    // The attempt's own directory may be there: the JobTracker deletes it.
    expect(fs.readdirSync(output)).toEqual(['_temporary']);
    expect(fs.readdirSync(path.join(output, '_temporary/0'))).toEqual(['_temporary']);
  } finally {
    await task.kill();
  }
});
