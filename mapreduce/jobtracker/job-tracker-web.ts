/** The JobTracker's routes for clients: JSON for programs, pages for people. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { sendPage } from '../../runtime/http/http-server.ts';
import type { JobStatus, JobSubmission } from '../job/messages.ts';
import type { JobHistory } from './history.ts';
import type { JobMaster } from './job-master.ts';
import { jobPage, jobsPage } from './job-pages.ts';

const WAIT_MS_MAX = 30_000;

/** The shape of a submission, as far as the scheduler relies on it; job ids become paths. */
const SUBMISSION = {
  type: 'object',
  required: ['jobId', 'name', 'user', 'code', 'conf', 'maps', 'reduces', 'output', 'splits'],
  properties: {
    jobId: { type: 'string', pattern: '^job_\\w+_\\d{4,}$' },
    name: { type: 'string' },
    user: { type: 'string', minLength: 1 },
    code: { type: 'object', required: ['kind', 'exportName'] },
    conf: { type: 'object', additionalProperties: { type: 'string' } },
    maps: { type: 'integer', minimum: 0 },
    reduces: { type: 'integer', minimum: 0 },
    output: { type: 'string', minLength: 1 },
    splits: { type: 'array', items: { type: 'object', required: ['kind', 'start', 'length'] } },
  },
} as const;

export function jobRoutes(server: FastifyInstance, master: JobMaster, history: JobHistory): void {
  server.post('/jobs/new-id', async () => ({ jobId: master.newJobId() }));

  server.post<{ Body: JobSubmission }>('/jobs', { schema: { body: SUBMISSION } }, async ({ body }, reply) => {
    if (master.status(body.jobId)) return reply.code(409).send({ message: `${body.jobId} has been submitted before` });
    master.submit(body);
    return { jobId: body.jobId };
  });

  server.get('/jobs', async () => await allJobs(master, history));

  /** With `version` the answer waits for another one. */
  server.get<{ Params: { id: string }; Querystring: { version?: string } }>(
    '/jobs/:id',
    async ({ params, query }, reply) => {
      const status =
        query.version === undefined
          ? master.status(params.id)
          : await master.waitForChange(params.id, Number(query.version), WAIT_MS_MAX);
      return status ?? (await history.get(params.id))?.status ?? unknown(reply, params.id);
    },
  );

  server.get<{ Params: { id: string } }>('/jobs/:id/attempts', async ({ params }, reply) => {
    if (master.status(params.id)) return master.attempts(params.id);
    return (await history.get(params.id))?.attempts ?? unknown(reply, params.id);
  });

  server.post<{ Params: { id: string }; Body: { user?: string } | undefined }>(
    '/jobs/:id/kill',
    async ({ params, body }, reply) => {
      if (!master.status(params.id)) return unknown(reply, params.id);
      master.step({ kind: 'killJob', jobId: params.id, reason: `Job killed by ${body?.user ?? 'a user'}` });
      return { ok: true };
    },
  );

  server.get('/trackers', async () => master.trackers);

  server.get('/', async (_request, reply) =>
    sendPage(reply, jobsPage(await allJobs(master, history), master.trackers)),
  );

  server.get<{ Params: { id: string } }>('/job/:id', async ({ params }, reply) => {
    const live = master.status(params.id);
    const record = live ? { status: live, attempts: master.attempts(params.id) } : await history.get(params.id);
    return record ? sendPage(reply, jobPage(record)) : unknown(reply, params.id);
  });
}

async function allJobs(master: JobMaster, history: JobHistory): Promise<JobStatus[]> {
  const live = master.jobs();
  const known = new Set(live.map((j) => j.jobId));
  const ended = (await history.list()).map((record) => record.status).filter((status) => !known.has(status.jobId));
  return [...ended, ...live];
}

function unknown(reply: FastifyReply, jobId: string): FastifyReply {
  return reply.code(404).send({ message: `Could not find job ${jobId}` });
}
