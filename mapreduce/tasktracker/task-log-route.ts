/** The route that shows the output of an attempt, as text: `GET /tasklog?attemptid=attempt_…`. */
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { errorCode } from '../../runtime/errors.ts';
import { refusal } from '../../runtime/http/refusal.ts';
import { parseAttemptId } from '../job/job-id.ts';

const FORBIDDEN = 403;
const NAMES = ['stdout', 'stderr'] as const;
/** Opens no symbolic link, and does not wait for the writer of a named pipe: tasks may put either in place of a log. */
const FLAGS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/** `logDirectory` returns undefined while the tracker starts; otherwise `<logs>/<job>/<attempt>`. */
export function addTaskLogRoute(
  server: FastifyInstance,
  logDirectory: (attemptId: string) => string | undefined,
): void {
  server.get<{ Querystring: { attemptid?: string } }>('/tasklog', async ({ query }, reply) => {
    const { attemptid: attemptId = '' } = query;
    if (!parseAttemptId(attemptId)) return reply.code(400).send({ message: 'attemptid is missing or no attempt id' });
    const directory = logDirectory(attemptId);
    if (directory === undefined) return reply.code(503).send({ message: 'The TaskTracker is starting' });
    const logs = await openLogs(directory);
    return reply.type('text/plain; charset=utf-8').send(Readable.from(textOf(logs)));
  });
}

type Log = readonly [name: string, handle: fs.promises.FileHandle | undefined];

/** Opens the logs of an attempt. @throws AccessControlException for a log that is no regular file of the directory */
async function openLogs(directory: string): Promise<Log[]> {
  const logs: Log[] = [];
  try {
    for (const name of NAMES) logs.push([name, await openLog(directory, name)]);
    return logs;
  } catch (e) {
    await closeAll(logs);
    throw e;
  }
}

/** Returns undefined for a file that is not there: the attempt has printed nothing. */
async function openLog(directory: string, name: string): Promise<fs.promises.FileHandle | undefined> {
  let handle: fs.promises.FileHandle;
  try {
    if ((await fs.promises.realpath(directory)) !== (await placeOf(directory))) throw noFile(name);
    handle = await fs.promises.open(path.join(directory, name), FLAGS);
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return undefined;
    throw errorCode(e) === 'ELOOP' ? noFile(name) : e;
  }
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw noFile(name);
}

/** Returns the directory's path without symbolic links, as it is if neither the job's part nor the attempt's is one. */
async function placeOf(directory: string): Promise<string> {
  const job = path.dirname(directory);
  return path.join(await fs.promises.realpath(path.dirname(job)), path.basename(job), path.basename(directory));
}

const noFile = (name: string): Error =>
  refusal(FORBIDDEN, 'AccessControlException', `The task has put something else in place of its ${name}: not shown`);

/** Yields the logs piece by piece: a log may be longer than the memory. Closes them at the end. */
async function* textOf(logs: readonly Log[]): AsyncGenerator<Buffer | string> {
  try {
    for (const [index, [name, handle]] of logs.entries()) {
      yield `${index === 0 ? '' : '\n'}Log Type:${name}\nLog Contents:\n`;
      if (handle) yield* handle.createReadStream({ autoClose: false });
      yield '\n';
    }
  } finally {
    await closeAll(logs);
  }
}

async function closeAll(logs: readonly Log[]): Promise<void> {
  for (const [, handle] of logs) await handle?.close();
}
