// The runner of a tracker's attempts goes on when one job fails.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { TaskRunner } from '../../../mapreduce/task/task-runner.ts';
import { type Logger, silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';
import { eventually } from '../../support/until.ts';

// The tracker logs the failure and goes on, because it serves other jobs.
it("a job's files that can not be removed stay behind, with a warning", async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-runner-'));
  const warnings: string[] = [];
  const log = { ...silentLogger, warn: (_facts: unknown, message: string) => warnings.push(message) };
  const runner = new TaskRunner({
    conf: new Configuration(),
    directory,
    clock: systemClock,
    log: log as unknown as Logger,
    jobToken: () => '',
    report: () => undefined,
    mayCommit: async () => false,
  });
  const rm = vi.spyOn(fs.promises, 'rm').mockRejectedValue(new Error('EBUSY: resource busy or locked'));
  try {
    runner.handle({ kind: 'endJob', jobId: 'job_1_0001' });
    await eventually(() => expect(warnings).toEqual(['The files of a job stay behind']));
  } finally {
    rm.mockRestore();
    await runner.stop();
  }
});
