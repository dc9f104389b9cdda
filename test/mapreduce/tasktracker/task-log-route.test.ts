// The route /tasklog shows the lines that an attempt printed, or the reason for which it can't.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addTaskLogRoute } from '../../../mapreduce/tasktracker/task-log-route.ts';

const ATTEMPT = 'attempt_1_0001_m_000000_0';
const server = fastify({ forceCloseConnections: true });
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

// Hadoop: TaskLogServlet and TaskLog.Reader.
it.each([
  ['start=2&end=5', '234'],
  ['start=7', '789'],
  ['end=3', '012'],
  ['start=-4', '789'],
  ['start=-4&end=-2', '78'],
  ['start=-100', '0123456789'],
  ['end=100', '0123456789'],
  ['start=5&end=5', ''],
  ['start=8&end=3', ''],
])('shows a part of a log: %s', async (query, expected) => {
  known = directory;
  fs.writeFileSync(path.join(directory, 'stdout'), '0123456789');
  const answer = await ask(`${ATTEMPT}&filter=stdout&${query}`);
  expect([answer.statusCode, answer.body]).toEqual([200, `Log Type:stdout\nLog Contents:\n${expected}\n`]);
});

it.each(['start=x', 'end=1.5', 'start=1e3', 'filter=syslog', 'filter=../x', 'start=1&start=2'])(
  'refuses %s',
  async (query) => {
    known = directory;
    expect((await ask(`${ATTEMPT}&${query}`)).statusCode).toBe(400);
  },
);

it('shows a log that is longer than a text may be, piece by piece', async () => {
  known = directory;
  const { MAX_STRING_LENGTH } = (await import('node:buffer')).constants;
  fs.truncateSync(path.join(directory, 'stdout'), MAX_STRING_LENGTH + 1);
  const address = await server.listen({ port: 0, host: '127.0.0.1' });
  const { status, body } = await fetch(`${address}/tasklog?attemptid=${ATTEMPT}`);
  expect([status, (await body?.getReader().read())?.done]).toEqual([200, false]);
});

describe('a task that puts something else in place of its log', () => {
  const secret = path.join(os.tmpdir(), `calf-not-a-log-${process.pid}`);
  beforeAll(() => fs.writeFileSync(secret, 'secret'));
  afterAll(() => fs.rmSync(secret, { recursive: true }));

  it.each([
    ['a symbolic link', (log: string) => fs.symlinkSync(secret, log)],
    ['a link to nothing', (log: string) => fs.symlinkSync('/nowhere', log)],
    ['a directory', (log: string) => fs.mkdirSync(log)],
    ['a named pipe', (log: string) => execFileSync('mkfifo', [log])],
  ])('is not believed: %s', async (_what, put) => {
    known = directory;
    const log = path.join(directory, 'stdout');
    fs.rmSync(log, { recursive: true, force: true });
    put(log);
    const answer = await ask(ATTEMPT);
    expect([answer.statusCode, answer.json()]).toMatchObject([
      403,
      { message: 'The task has put something else in place of its stdout: not shown' },
    ]);
    fs.rmSync(log, { recursive: true });
  });

  it.each(['job', 'attempt'])('is not believed: a link for the directory of the %s', async (which) => {
    const logs = fs.mkdtempSync(path.join(directory, 'logs-'));
    const elsewhere = path.join(directory, `elsewhere-${which}`);
    fs.mkdirSync(path.join(elsewhere, 'attempt'), { recursive: true });
    for (const place of [elsewhere, path.join(elsewhere, 'attempt')]) {
      fs.writeFileSync(path.join(place, 'stdout'), 'secret');
    }
    if (which === 'attempt') fs.mkdirSync(path.join(logs, 'job'));
    fs.symlinkSync(elsewhere, which === 'job' ? path.join(logs, 'job') : path.join(logs, 'job', 'attempt'));
    known = path.join(logs, 'job', 'attempt');
    const answer = await ask(ATTEMPT);
    expect([answer.statusCode, answer.body]).toEqual([403, expect.not.stringContaining('secret')]);
  });
});

it('takes an id that is too long for a name of a file for no id', async () => {
  known = directory;
  expect((await ask(`attempt_1_0001_m_000000_${'9'.repeat(300)}`)).statusCode).toBe(400);
  expect((await ask(`attempt_${'a'.repeat(300)}_0001_m_000000_0`)).statusCode).toBe(400);
});

it('takes nothing but an attempt id, because it becomes a path', async () => {
  expect((await ask('../../etc')).statusCode).toBe(400);
});
