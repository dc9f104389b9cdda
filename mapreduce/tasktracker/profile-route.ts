/** The route that gives the CPU profile of an attempt: `GET /profile?attemptid=attempt_…`, as JSON. */
import type { FastifyInstance } from 'fastify';
import { fits } from '../../runtime/http/fits.ts';
import { parseAttemptId } from '../job/job-id.ts';
import { ProfileQuery } from '../job/messages.ts';
import { PROFILE_NAME } from '../job/profile-choice.ts';
import { openLog } from './task-log-route.ts';

/** `logDirectory` returns undefined while the tracker starts; otherwise `<logs>/<job>/<attempt>`. */
export function addProfileRoute(
  server: FastifyInstance,
  logDirectory: (attemptId: string) => string | undefined,
): void {
  const preValidation = fits('querystring', ProfileQuery);
  server.get<{ Querystring: ProfileQuery }>('/profile', { preValidation }, async ({ query: { attemptid } }, reply) => {
    const directory = parseAttemptId(attemptid) ? logDirectory(attemptid) : undefined;
    const handle = directory === undefined ? undefined : await openLog(directory, PROFILE_NAME);
    if (!handle) return reply.code(404).send({ message: `There is no profile of ${attemptid}` });
    return reply.type('application/json').send(handle.createReadStream());
  });
}
