// Nobody but a member of the cluster has the JobTracker run code or delete files, and a member has it delete no other
// directory than the job's own.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Configuration } from '../../conf/configuration.ts';
import type { JobStatus, NewJob } from '../../mapreduce/job/messages.ts';
import { JobTracker } from '../../mapreduce/jobtracker/job-tracker.ts';
import { makeSecret } from '../../runtime/http/cluster-secret.ts';
import type { SharedSecret } from '../../runtime/http/shared-secret.ts';
import { silentLogger } from '../../runtime/log.ts';
import { trackerConf } from '../mapreduce/trackers.ts';
import { signedLines } from '../runtime/http/signed-fetch.ts';
import { Dawdlers, rawRequest } from '../support/raw-http.ts';
import { until } from '../support/until.ts';

let directory: string;
let conf: Configuration;
let jobTracker: JobTracker;
let secret: SharedSecret;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-hostile-'));
  conf = trackerConf(directory);
  jobTracker = await JobTracker.start({ conf, log: silentLogger });
  secret = makeSecret(conf);
});
afterAll(async () => {
  await jobTracker.stop();
  fs.rmSync(directory, { recursive: true, force: true });
});

let jobs = 0;
/** A job without tasks, which ends as soon as it is submitted. */
const emptyJob = () => ({
  jobId: `job_1_${String(++jobs).padStart(4, '0')}`,
  name: 'n',
  user: 'victim',
  code: { kind: 'builtin', example: 'wordcount', exportName: 'default' },
  conf: {},
  maps: 0,
  reduces: 0,
  output: `file:${directory}/out-${jobs}`,
  splits: [],
});
const bundle = (uri: string) => ({ kind: 'bundle', uri, source: '/job.ts', exportName: 'default' });

async function post(route: string, body: object, ...headers: string[]) {
  const text = JSON.stringify(body);
  const length = `content-length: ${Buffer.byteLength(text)}`;
  return await rawRequest(jobTracker.httpAddress.port, [`POST ${route} HTTP/1.1`, length, ...headers], text);
}
const JSON_TYPE = 'content-type: application/json';
const postOwn = async (route: string, body: object) =>
  await post(route, body, JSON_TYPE, ...signedLines(secret, 'POST', `${jobTracker.url}${route}`, JSON.stringify(body)));

async function knownJobs(): Promise<string[]> {
  return ((await (await fetch(`${jobTracker.url}/jobs`)).json()) as JobStatus[]).map((job) => job.jobId);
}

describe('a job of a page in the browser', () => {
  it.each([
    ['by a name of its own', ['host: attacker.example', JSON_TYPE], 403],
    ['from another origin', ['host: localhost', 'origin: http://attacker.example', JSON_TYPE], 403],
    ['from a file or a sandbox', ['host: localhost', 'origin: null', JSON_TYPE], 403],
    ['as text, which needs no question before', ['host: localhost', 'content-type: text/plain'], 401],
    ['as a form', ['host: localhost', 'content-type: application/x-www-form-urlencoded'], 401],
    ['without a type', ['host: localhost'], 401],
    ['of another user of this machine', ['host: localhost', JSON_TYPE], 401],
  ])('%s is refused', async (_what, headers, expected) => {
    const code = bundle(`file:${directory}/evil.mjs`);
    const body = { ...emptyJob(), code };
    expect((await post('/jobs', body, ...headers)).status).toBe(expected);
    expect((await post('/jobs/new-id', { user: 'victim' }, ...headers)).status).toBe(expected);
    expect(await knownJobs()).not.toContain(body.jobId);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    '',
  ])('of the type %j is refused with the secret too', async (type) => {
    const body = emptyJob();
    const signature = signedLines(secret, 'POST', `${jobTracker.url}/jobs`, JSON.stringify(body));
    expect((await post('/jobs', body, ...signature, `content-type: ${type}`)).status).toBe(415);
  });
});

describe('a job of a member of the cluster', () => {
  it('has its code in its own staging directory alone', async () => {
    const places = ['file:/etc/passwd', `file:${directory}/evil.mjs`, 'hdfs://attacker.example/job.mjs', '/job.mjs'];
    const other = (await postOwn('/jobs/new-id', { user: 'other' })).body;
    const { stagingUri } = JSON.parse(other) as NewJob;
    for (const uri of [...places, `${stagingUri}/job.mjs`, `${stagingUri}/../../../victim/.staging/job.mjs`]) {
      const body = { ...emptyJob(), code: bundle(uri) };
      expect(await postOwn('/jobs', body), uri).toMatchObject({
        status: 403,
        body: expect.stringContaining(`The code of ${body.jobId} is at ${uri}`),
      });
      expect(await knownJobs()).not.toContain(body.jobId);
    }
  });

  it('deletes its own staging directory, and no other that the submitter names', async () => {
    const precious = path.join(directory, 'precious');
    fs.mkdirSync(precious);
    fs.writeFileSync(path.join(precious, 'file'), '');
    const answer = await postOwn('/jobs/new-id', { user: 'victim' });
    const { jobId, stagingUri } = JSON.parse(answer.body) as NewJob;
    const staging = stagingUri.replace('file:', '');
    expect(staging).toBe(path.join(directory, 'staging', 'victim', '.staging', jobId));
    fs.mkdirSync(staging, { recursive: true });
    const body = { ...emptyJob(), jobId, code: bundle(`${stagingUri}/job.mjs`), stagingUri: `file:${precious}` };
    expect((await postOwn('/jobs', body)).status).toBe(200);
    await until(() => !fs.existsSync(staging), 'the end of the job');
    expect(fs.existsSync(path.join(precious, 'file'))).toBe(true);
  });

  it.each(['..', '.', '', 'a/b', '../../etc', 'a\u0000b'])(
    'is not of the user %j, whose name is no name',
    async (user) => {
      expect((await postOwn('/jobs/new-id', { user })).status).toBe(400);
      expect((await postOwn('/jobs', { ...emptyJob(), user })).status).toBe(400);
    },
  );
});

describe('bodies that never end', () => {
  const head = (method: string, route: string, ...headers: string[]) =>
    `${[`${method} ${route} HTTP/1.1`, 'host: localhost', 'content-length: 1000', ...headers].join('\r\n')}\r\n\r\n{`;

  it.each([
    ['to a route that refuses the caller', head('POST', '/jobs', JSON_TYPE)],
    ['to a path that is not there', head('POST', '/no-such-route', JSON_TYPE)],
    ['to a route that takes none', head('GET', '/jobs')],
  ])('%s hold no connection', async (_what, text) => {
    const dawdlers = new Dawdlers();
    try {
      for (let i = 0; i < 300; i++) await dawdlers.send(jobTracker.httpAddress.port, text);
      await until(() => dawdlers.closed.size === 300, 'the end of all connections');
    } finally {
      dawdlers.end();
    }
  });

  it('of members share one budget: the oldest make room', async () => {
    const dawdlers = new Dawdlers();
    try {
      for (let i = 0; i < 300; i++) {
        const [, authorization = ''] = signedLines(secret, 'POST', 'http://localhost/jobs');
        const text = head('POST', '/jobs', JSON_TYPE, authorization);
        await dawdlers.send(jobTracker.httpAddress.port, text);
      }
      await until(() => dawdlers.closed.size >= 172, 'the end of the oldest connections');
      expect([...dawdlers.closed].sort((a, b) => a - b)).toEqual(Array.from({ length: 172 }, (_, i) => i));
      const body = emptyJob();
      expect((await postOwn('/jobs', body)).status).toBe(200);
      expect(await knownJobs()).toContain(body.jobId);
    } finally {
      dawdlers.end();
    }
  });
});
