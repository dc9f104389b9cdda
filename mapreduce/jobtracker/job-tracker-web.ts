/** The JobTracker's routes for clients: JSON for programs, pages for people. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { fits } from '../../runtime/http/fits.ts';
import { sendPage } from '../../runtime/http/http-server.ts';
import { type JobStatus, JobSubmission, KillRequest, VersionQuery } from '../job/messages.ts';
import type { JobHistory } from './history.ts';
import type { JobMaster } from './job-master.ts';
import { jobPage, jobsPage } from './job-pages.ts';

const WAIT_MS_MAX = 30_000;

interface Id {
  Params: { id: string };
}

export function jobRoutes(server: FastifyInstance, master: JobMaster, history: JobHistory): void {
  server.post('/jobs/new-id', async () => ({ jobId: master.newJobId() }));

  server.post<{ Body: JobSubmission }>(
    '/jobs',
    { preValidation: fits('body', JobSubmission) },
    async ({ body }, reply) => {
      if (master.status(body.jobId))
        return reply.code(409).send({ message: `${body.jobId} has been submitted before` });
      master.submit(body);
      return { jobId: body.jobId };
    },
  );

  server.get('/jobs', async () => await allJobs(master, history));

  /** With `version` the answer waits for another one. */
  server.get<Id & { Querystring: VersionQuery }>(
    '/jobs/:id',
    { preValidation: fits('querystring', VersionQuery) },
    async ({ params, query }, reply) => {
      const status =
        query.version === undefined
          ? master.status(params.id)
          : await master.waitForChange(params.id, Number(query.version), WAIT_MS_MAX);
      return status ?? (await history.get(params.id))?.status ?? unknown(reply, params.id);
    },
  );

  server.get<Id>('/jobs/:id/attempts', async ({ params }, reply) => {
    if (master.status(params.id)) return master.attempts(params.id);
    return (await history.get(params.id))?.attempts ?? unknown(reply, params.id);
  });

  server.post<Id & { Body: KillRequest }>(
    '/jobs/:id/kill',
    { preValidation: fits('body', KillRequest) },
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

  server.get<Id>('/job/:id', async ({ params }, reply) => {
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
