// A request body that does not fit its schema is refused with the place in the body and the expected value.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobSubmission, TaskReport, TrackerRegistration } from '../../../../mapreduce/job/messages.ts';
import { JobTracker } from '../../../../mapreduce/jobtracker/job-tracker.ts';
import { makeSecret } from '../../../../runtime/http/cluster-secret.ts';
import type { SharedSecret } from '../../../../runtime/http/shared-secret.ts';
import { silentLogger } from '../../../../runtime/log.ts';
import { signedFetch } from '../../../runtime/http/signed-fetch.ts';
import { trackerConf } from '../../trackers.ts';

let directory: string;
let jobTracker: JobTracker;
let secret: SharedSecret;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-bodies-'));
  const conf = trackerConf(directory);
  jobTracker = await JobTracker.start({ conf, log: silentLogger });
  secret = makeSecret(conf);
});
afterAll(async () => {
  await jobTracker.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

async function post(route: string, body: unknown): Promise<[number, unknown]> {
  const url = `${jobTracker.url}${route}`;
  const answer = await signedFetch(secret, url, { method: 'POST', body: JSON.stringify(body) });
  return [answer.status, await answer.json()];
}

const refused = (message: string) => [
  400,
  {
    RemoteException: {
      exception: 'IllegalArgumentException',
      javaClassName: 'java.lang.IllegalArgumentException',
      message,
    },
  },
];

const registration: TrackerRegistration = {
  trackerId: 'tracker_h:1',
  host: 'h',
  shuffleUrl: 'http://h:2',
  httpUrl: 'http://h:1',
  mapSlots: 1,
  reduceSlots: 0,
};

const submission: JobSubmission = {
  jobId: 'job_1_0001',
  name: 'n',
  user: 'u',
  code: { kind: 'builtin', example: 'wordcount', exportName: 'default' },
  conf: {},
  maps: 1,
  reduces: 1,
  output: 'file:/out',
  splits: [{ kind: 'range', start: 0, length: 1 }],
};

describe('a body that does not fit', () => {
  it.each([
    ['a missing property', { ...submission, user: undefined }, "body must have required property 'user'"],
    [
      'an id that would be a path',
      { ...submission, jobId: '../x' },
      'body/jobId must match pattern "^job_(\\w{1,64}?)_(\\d{4,15})$"',
    ],
    ['text for a number', { ...submission, reduces: '1' }, 'body/reduces must be integer'],
    ['a number for text', { ...submission, conf: { a: 1 } }, 'body/conf/a must be string'],
    ['an unknown kind', { ...submission, code: { kind: 'jar' } }, 'body/code value of tag "kind" must be in oneOf'],
    [
      'a property of one kind',
      { ...submission, splits: [...submission.splits, { kind: 'range', start: 0, length: -1 }] },
      'body/splits/1/length must be >= 0',
    ],
  ])('a submission with %s', async (_what, body, message) => {
    expect(await post('/jobs', body)).toEqual(refused(message));
  });

  it('a property of the job that is no number', async () => {
    const conf = { 'mapreduce.map.maxattempts': 'many' };
    expect(await post('/jobs', { ...submission, conf })).toMatchObject([
      400,
      { RemoteException: { message: "mapreduce.map.maxattempts is 'many': expected an integer" } },
    ]);
  });

  it('a registration', async () => {
    expect(await post('/trackers', { ...registration, incarnation: '1', mapSlots: 0.5 })).toEqual(
      refused('body/mapSlots must be integer'),
    );
    expect(jobTracker.trackers).toEqual([]);
  });

  it.each([
    'javascript:alert(1)//http://h:1',
    'data:text/html,x',
    'http://h:1/path',
    'http://h:1?',
    'http://a@h:1',
    'h:1',
    ' http://h:1',
  ])('a registration with the address %j, which becomes a link', async (address) => {
    const pattern = 'must match pattern "^https?://[^/?#@\\s\\\\]+$"';
    expect(await post('/trackers', { ...registration, incarnation: '1', httpUrl: address })).toEqual(
      refused(`body/httpUrl ${pattern}`),
    );
    expect(await post('/trackers', { ...registration, incarnation: '1', shuffleUrl: address })).toEqual(
      refused(`body/shuffleUrl ${pattern}`),
    );
  });

  it('so many reduces that the records of them would not fit into memory', async () => {
    const tooMany = refused('body/reduces must be <= 100000');
    for (const reduces of [100_001, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      expect(await post('/jobs', { ...submission, reduces })).toEqual(tooMany);
    }
    expect(await post('/trackers', { ...registration, incarnation: '1', mapSlots: 2 ** 53 })).toEqual(
      refused('body/mapSlots must be <= 100000'),
    );
  });

  it('an id that is too long for a name of a file', async () => {
    const jobId = `job_${'a'.repeat(300)}_0001`;
    expect(await post('/jobs', { ...submission, jobId })).toMatchObject([400, {}]);
  });

  it('a report changes nothing, whatever stands beside it', async () => {
    expect(await post('/trackers', { ...registration, incarnation: '1' })).toEqual([200, { attempts: [], jobs: [] }]);
    const route = '/trackers/tracker_h:1/reports';
    const killed: TaskReport = { kind: 'killed', attemptId: 'attempt_1_0001_m_000000_0' };
    expect(await post(route, [killed, { ...killed, kind: 'progress', progress: null }])).toEqual(
      refused('body/1/progress must be number'),
    );
    expect(await post(route, [{ ...killed, attemptId: 'x' }])).toMatchObject([400, {}]);
    expect(await post(route, killed)).toEqual(refused('body must be array'));
    expect(await post(route, [killed])).toEqual([200, { ok: true }]);
  });

  it('the number of the last action in a poll', async () => {
    expect(await post('/trackers/tracker_h:1/actions', { after: 'x', incarnation: '1' })).toEqual(
      refused('body/after must be integer'),
    );
  });

  it('a kill', async () => {
    expect(await post('/jobs/job_1_0009/kill', {})).toEqual([404, { message: 'Could not find job job_1_0009' }]);
    expect(await post('/jobs/job_1_0009/kill', { user: 1 })).toMatchObject([400, {}]);
  });
});
