// A bug of the scheduler ends the JobTracker before the event in which it occurs is answered or written.
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { JobTracker } from '../../../mapreduce/jobtracker/job-tracker.ts';
import { ScheduledJob } from '../../../mapreduce/jobtracker/scheduler/scheduled-job.ts';
import { Bug } from '../../../runtime/bug.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { makeSecret } from '../../../runtime/http/cluster-secret.ts';
import type { SharedSecret } from '../../../runtime/http/shared-secret.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { signedFetch, signedLines } from '../../runtime/http/signed-fetch.ts';
import { trackerConf } from '../trackers.ts';

let directory: string;
let jobTracker: JobTracker;
let secret: SharedSecret;

beforeEach(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-bug-'));
  const conf = trackerConf(directory);
  jobTracker = await JobTracker.start({ conf, log: silentLogger });
  secret = makeSecret(conf);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await jobTracker.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

const submission = (jobId: string) => ({
  jobId,
  name: 'n',
  user: 'u',
  code: { kind: 'builtin', example: 'wordcount', exportName: 'default' },
  conf: {},
  maps: 0,
  reduces: 0,
  output: `file:${path.join(directory, 'out')}`,
  splits: [],
});

/** Posts a body. Returns all text that the JobTracker sends before it ends the connection. */
async function bytesOfAnswer(route: string, body: unknown): Promise<string> {
  const text = JSON.stringify(body);
  const socket = net.connect(jobTracker.httpAddress.port, '127.0.0.1');
  const lines = [
    `POST ${route} HTTP/1.1`,
    ...signedLines(secret, 'POST', `${jobTracker.url}${route}`, text),
    'content-type: application/json',
    `content-length: ${text.length}`,
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${text}`);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  await new Promise((resolve) => socket.once('close', resolve).once('error', resolve));
  return received;
}

async function answerOf(route: string, body: unknown): Promise<[number, unknown]> {
  const url = `${jobTracker.url}${route}`;
  const answer = await signedFetch(secret, url, { method: 'POST', body: JSON.stringify(body) });
  return [answer.status, await answer.json()];
}

describe('a planted bug of the scheduler', () => {
  it('ends the JobTracker without an answer, and says what it was doing', async () => {
    vi.spyOn(ScheduledJob.prototype, 'jobId', 'get').mockImplementation(() => {
      throw new TypeError('planted');
    });
    expect(await bytesOfAnswer('/jobs', submission('job_1_0001'))).toBe('');
    const reason = await jobTracker.stopped;
    expect(reason).toBeInstanceOf(Bug);
    expect(reason?.message).toMatch(/^A bug in submit\(.*"jobId":"job_1_0001".*ends this daemon: TypeError: planted\n/);
    expect(fs.existsSync(path.join(directory, 'out'))).toBe(false);
    await expect(fetch(`${jobTracker.url}/jobs`)).rejects.toThrow('fetch failed');
  });

  it('of an event that nobody awaits ends it too, and keeps nothing', async () => {
    // The job has no tasks, so it commits without any request, and the event jobEnded follows.
    vi.spyOn(ScheduledJob.prototype, 'allSucceeded', 'get').mockReturnValue(true);
    const bug = vi.spyOn(ScheduledJob.prototype, 'isOver', 'get').mockImplementation(function (this: ScheduledJob) {
      if (this.ending === 'COMMIT') throw new TypeError('planted');
      return false;
    });
    await bytesOfAnswer('/jobs', submission('job_1_0002')).catch(() => '');
    expect((await jobTracker.stopped)?.message).toContain('planted');
    expect(bug).toHaveBeenCalled();
    expect(fs.readdirSync(path.join(directory, 'local', 'history'))).toEqual([]);
  });

  it('is not what a HadoopError is: that one is the outcome of the event', async () => {
    vi.spyOn(ScheduledJob.prototype, 'jobId', 'get').mockImplementation(() => {
      throw hadoopError('IOException', 'refused');
    });
    const answer = await answerOf('/jobs', submission('job_1_0003'));
    expect(answer).toEqual([
      500,
      { RemoteException: { exception: 'IOException', javaClassName: 'java.io.IOException', message: 'refused' } },
    ]);
  });
});
