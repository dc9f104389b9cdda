/** The route that shows the output of an attempt, as text: `GET /tasklog?attemptid=attempt_…`. */
import fs from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { errorCode } from '../../runtime/errors.ts';
import { parseAttemptId } from '../job/job-id.ts';

/** `logDirectory` returns undefined while the tracker starts. */
export function addTaskLogRoute(
  server: FastifyInstance,
  logDirectory: (attemptId: string) => string | undefined,
): void {
  server.get<{ Querystring: { attemptid?: string } }>('/tasklog', async ({ query }, reply) => {
    const { attemptid: attemptId = '' } = query;
    if (!parseAttemptId(attemptId)) return reply.code(400).send({ message: 'attemptid is missing or no attempt id' });
    const directory = logDirectory(attemptId);
    if (directory === undefined) return reply.code(503).send({ message: 'The TaskTracker is starting' });
    const parts = await Promise.all(
      ['stdout', 'stderr'].map(async (name) => {
        const text = await readLog(path.join(directory, name));
        return `Log Type:${name}\nLog Contents:\n${text}\n`;
      }),
    );
    return reply.type('text/plain; charset=utf-8').send(parts.join('\n'));
  });
}

/** Returns '' for a file that is not there: the attempt has printed nothing. */
async function readLog(file: string): Promise<string> {
  try {
    return await fs.promises.readFile(file, 'utf8');
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return '';
    throw e;
  }
}
