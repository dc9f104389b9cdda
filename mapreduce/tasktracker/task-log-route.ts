/**
 * The route that shows the output of an attempt, as text: `GET /tasklog?attemptid=attempt_…`. As in Hadoop's TaskLogServlet,
 * `filter` picks one log, and `start` and `end` a part of each: bytes from the start of the log, or from behind its end if
 * the number is negative. `start=-4097` shows the last 4096 bytes.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { errorCode } from '../../runtime/errors.ts';
import { fits } from '../../runtime/http/fits.ts';
import { refusal } from '../../runtime/http/refusal.ts';
import { parseAttemptId } from '../job/job-id.ts';
import { TaskLogQuery } from '../job/messages.ts';

const FORBIDDEN = 403;
const NAMES = ['stdout', 'stderr'] as const;
/** Opens no symbolic link, and does not wait for the writer of a named pipe: tasks may put either in place of a log. */
const FLAGS = fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK;

/** `logDirectory` returns undefined while the tracker starts; otherwise `<logs>/<job>/<attempt>`. */
export function addTaskLogRoute(
  server: FastifyInstance,
  logDirectory: (attemptId: string) => string | undefined,
): void {
  const preValidation = fits('querystring', TaskLogQuery);
  server.get<{ Querystring: TaskLogQuery }>('/tasklog', { preValidation }, async ({ query }, reply) => {
    const { attemptid: attemptId = '', filter, start = '0', end = '-1' } = query;
    if (!parseAttemptId(attemptId)) return reply.code(400).send({ message: 'attemptid is missing or no attempt id' });
    const directory = logDirectory(attemptId);
    if (directory === undefined) return reply.code(503).send({ message: 'The TaskTracker is starting' });
    const logs = await openLogs(directory, filter === undefined ? NAMES : [filter]);
    const part = { start: Number(start), end: Number(end) };
    return reply.type('text/plain; charset=utf-8').send(Readable.from(textOf(logs, part)));
  });
}

type Log = readonly [name: string, handle: fs.promises.FileHandle | undefined];

/** Opens the logs of an attempt. @throws AccessControlException for a log that is no regular file of the directory */
async function openLogs(directory: string, names: readonly string[]): Promise<Log[]> {
  const logs: Log[] = [];
  try {
    for (const name of names) logs.push([name, await openLog(directory, name)]);
    return logs;
  } catch (e) {
    await closeAll(logs);
    throw e;
  }
}

/** Returns undefined for a file that is not there: the attempt has printed nothing. */
export async function openLog(directory: string, name: string): Promise<fs.promises.FileHandle | undefined> {
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

/** A part of a log, as a request names it. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** Returns the first byte of a part and the byte behind its last one (Hadoop: TaskLog.Reader). */
function rangeOf({ start, end }: Part, size: number): Part {
  const within = (at: number): number => Math.max(0, Math.min(at < 0 ? at + size + 1 : at, size));
  return { start: within(start), end: within(end) };
}

/** Yields a part of each log, piece by piece: a log may be longer than the memory. Closes the logs at the end. */
async function* textOf(logs: readonly Log[], part: Part): AsyncGenerator<Buffer | string> {
  try {
    for (const [index, [name, handle]] of logs.entries()) {
      yield `${index === 0 ? '' : '\n'}Log Type:${name}\nLog Contents:\n`;
      if (handle) {
        const { start, end } = rangeOf(part, (await handle.stat()).size);
        // The end of a stream is its last byte.
        if (start < end) yield* handle.createReadStream({ autoClose: false, start, end: end - 1 });
      }
      yield '\n';
    }
  } finally {
    await closeAll(logs);
  }
}

async function closeAll(logs: readonly Log[]): Promise<void> {
  for (const [, handle] of logs) await handle?.close();
}
