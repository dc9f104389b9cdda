// The route /tasklog shows the lines that an attempt printed, or the reason for which it can't.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addTaskLogRoute } from '../../../mapreduce/tasktracker/task-log-route.ts';

const ATTEMPT = 'attempt_1_0001_m_000000_0';
const server = fastify();
let directory: string;
/** The log directory; undefined as while the tracker starts. */
let known: string | undefined;

beforeAll(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-logs-'));
  addTaskLogRoute(server, () => known);
});
afterAll(async () => {
  await server.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

const ask = (attemptId: string) => server.inject(`/tasklog?attemptid=${attemptId}`);

it('says that the tracker is starting, rather than show files of another directory', async () => {
  known = undefined;
  const answer = await ask(ATTEMPT);
  expect([answer.statusCode, answer.json()]).toEqual([503, { message: 'The TaskTracker is starting' }]);
});

it('shows what was printed, and nothing where nothing was printed', async () => {
  known = directory;
  fs.writeFileSync(path.join(directory, 'stdout'), 'seen\n');
  const answer = await ask(ATTEMPT);
  expect([answer.statusCode, answer.body]).toEqual([
    200,
    'Log Type:stdout\nLog Contents:\nseen\n\n\nLog Type:stderr\nLog Contents:\n\n',
  ]);
});

it('tells of a log that can not be read', async () => {
  known = directory;
  fs.mkdirSync(path.join(directory, 'stderr'));
  const answer = await ask(ATTEMPT);
  expect([answer.statusCode, answer.json()]).toMatchObject([500, { code: 'EISDIR' }]);
});

it('takes nothing but an attempt id, because it becomes a path', async () => {
  expect((await ask('../../etc')).statusCode).toBe(400);
});
