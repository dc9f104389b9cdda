/** The JobTracker's routes for clients: JSON for programs, pages for people. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Configuration } from '../../../conf/configuration.ts';
import { SECRET_IN_JSON, sensitiveKeys } from '../../../runtime/http/config-redactor.ts';
import { fits } from '../../../runtime/http/fits.ts';
import { sendPage } from '../../../runtime/http/http-server.ts';
import { refusal } from '../../../runtime/http/refusal.ts';
import { parseAttemptId } from '../../job/job-id.ts';
import {
  EndTaskRequest,
  JobSubmission,
  JobsQuery,
  KillRequest,
  NewJobRequest,
  PriorityRequest,
  VersionQuery,
} from '../../job/messages.ts';
import type { JobHistory } from '../history/job-history.ts';
import { attemptLaunch } from '../master/attempt-launch.ts';
import type { JobMaster } from '../master/job-master.ts';
import { jobsBefore } from './job-list.ts';
import { jobPage, jobsPage } from './job-pages.ts';

const WAIT_MS_MAX = 30_000;
const FORBIDDEN = 403;
/** Jobs on one page of the list. */
const PAGE_JOBS = 100;

interface Id {
  Params: { id: string };
}

export function jobRoutes(server: FastifyInstance, master: JobMaster, history: JobHistory): void {
  server.post<{ Body: NewJobRequest }>(
    '/jobs/new-id',
    { preValidation: fits('body', NewJobRequest) },
    async ({ body }) => master.newJob(body.user),
  );

  server.post<{ Body: JobSubmission }>(
    '/jobs',
    { preValidation: fits('body', JobSubmission) },
    async ({ body }, reply) => {
      if (master.status(body.jobId) ?? (await history.get(body.jobId)))
        return reply.code(409).send({ message: `${body.jobId} has been submitted before` });
      const { code, user, jobId } = body;
      if (code.kind === 'bundle' && code.uri !== master.bundleUri(user, jobId)) {
        const reason = `The code of ${jobId} is at ${code.uri}: its place is ${master.bundleUri(user, jobId)}`;
        throw refusal(FORBIDDEN, 'AccessControlException', reason);
      }
      await master.submit(body);
      return { jobId: body.jobId };
    },
  );

  server.get<{ Querystring: JobsQuery }>(
    '/jobs',
    { preValidation: fits('querystring', JobsQuery) },
    async ({ query: { before, limit, running } }) =>
      running
        ? master.jobs().filter((job) => job.finishTimeMs === 0)
        : await jobsBefore(master, history, before, Number(limit ?? PAGE_JOBS)),
  );

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
      await master.kill(params.id, `Job killed by ${body.user ?? 'a user'}`);
      return { ok: true };
    },
  );

  server.post<Id & { Body: PriorityRequest }>(
    '/jobs/:id/priority',
    { preValidation: fits('body', PriorityRequest) },
    async ({ params, body }, reply) => {
      if (!master.status(params.id)) return unknown(reply, params.id);
      await master.setPriority(params.id, body.priority);
      return { ok: true };
    },
  );

  server.get<Id>('/jobs/:id/conf', async ({ params }, reply) => {
    const conf = master.confOf(params.id) ?? (await history.get(params.id))?.conf;
    return conf ? redacted(conf) : unknown(reply, params.id);
  });

  server.post<Id & { Body: EndTaskRequest }>(
    '/attempts/:id/end',
    { preValidation: fits('body', EndTaskRequest) },
    async ({ params, body }) => ({ ended: master.endTask(params.id, body.how, body.user ?? 'a user') }),
  );

  server.get<Id>('/attempts/:id/launch', async ({ params: { id } }, reply) => {
    const jobId = parseAttemptId(id)?.jobId ?? '';
    const kept = master.status(jobId) ? undefined : (await history.get(jobId))?.submission;
    const launch = kept ? attemptLaunch(kept, id, []) : master.launchOf(id);
    if (!launch) return reply.code(404).send({ message: `No files of ${id} are kept` });
    return { ...launch, job: { ...launch.job, conf: redacted(launch.job.conf) } };
  });

  server.get('/trackers', async () => master.trackers);
  server.get('/blacklisted-trackers', async () => master.blacklisted());
  server.get('/queues', async () => master.queues());

  server.get<{ Querystring: JobsQuery }>(
    '/',
    { preValidation: fits('querystring', JobsQuery) },
    async ({ query: { before } }, reply) => {
      const jobs = await jobsBefore(master, history, before, PAGE_JOBS);
      return sendPage(reply, jobsPage(jobs, master.trackers, jobs.length === PAGE_JOBS));
    },
  );

  server.get<Id>('/job/:id', async ({ params }, reply) => {
    const live = master.status(params.id);
    const record = live ? { status: live, attempts: master.attempts(params.id) } : await history.get(params.id);
    return record ? sendPage(reply, jobPage(record)) : unknown(reply, params.id);
  });
}

function unknown(reply: FastifyReply, jobId: string): FastifyReply {
  return reply.code(404).send({ message: `Could not find job ${jobId}` });
}

/** Returns the properties of a job without its secrets: anyone may read them. */
function redacted(properties: Readonly<Record<string, string>>): Record<string, string> {
  const isSecret = sensitiveKeys(new Configuration(properties));
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, isSecret(name) ? SECRET_IN_JSON : value]),
  );
}
