/** The JobTracker's pages for people: all jobs, and one job with its attempts. */
import { type Html, html, page, table } from '../../../runtime/http/html.ts';
import { Counters, formatCounters } from '../../job/counters.ts';
import type { AttemptStatus, JobStatus, TrackerRegistration } from '../../job/messages.ts';
import { shareLines, skewLines } from '../../job/shuffle-messages.ts';
import type { JobRecord } from '../history/job-history.ts';

const percent = (progress: number): string => `${Math.floor(progress * 100)}%`;

/** Returns the front page, with a link to the jobs before these if there may be more. */
export function jobsPage(
  jobs: readonly JobStatus[],
  trackers: readonly TrackerRegistration[],
  hasMore: boolean,
): string {
  const rows = jobs
    .toReversed()
    .map((job) => [
      html`<a href="/job/${job.jobId}">${job.jobId}</a>`,
      job.name,
      job.user,
      job.state,
      percent(job.mapProgress),
      percent(job.reduceProgress),
    ]);
  const places = trackers.map((t) => [
    html`<a href="${t.httpUrl}">${t.trackerId}</a>`,
    t.rack ?? '/default-rack',
    t.mapSlots,
    t.reduceSlots,
  ]);
  const oldest = hasMore ? jobs[0]?.jobId : undefined;
  return page(
    'JobTracker',
    html`<h1>JobTracker</h1>
${table(['Job', 'Name', 'User', 'State', 'Map', 'Reduce'], rows)}
${oldest === undefined ? [] : [html`<p><a href="/?before=${oldest}">Older jobs</a></p>`]}
<h2>TaskTrackers</h2>
${table(['TaskTracker', 'Rack', 'Map slots', 'Reduce slots'], places)}
<p><a href="/jmx">/jmx</a> <a href="/conf">/conf</a></p>`,
  );
}

/** Returns the page of a job that runs or has ended. */
export function jobPage({ status, attempts }: JobRecord): string {
  const title = `${status.jobId}: ${status.name}`;
  const { shuffle } = status;
  const rows = attempts.map((a) => [a.attemptId, a.state, percent(a.progress), a.trackerId, a.status, logLink(a)]);
  return page(
    title,
    html`<h1>${title}</h1>
<p>${status.state}, output ${status.output}</p>
${status.failureInfo ? [html`<pre>${status.failureInfo}</pre>`] : []}
${shuffle ? [html`<pre>${[...shareLines(shuffle), ...skewLines(shuffle).slice(-1)].join('\n')}</pre>`] : []}
${table(['Attempt', 'State', 'Progress', 'TaskTracker', 'Status', ''], rows)}
<pre>${formatCounters(Counters.fromJson(status.counters))}</pre>`,
  );
}

function logLink({ attemptId, httpUrl }: AttemptStatus): Html | string {
  return httpUrl ? html`<a href="${httpUrl}/tasklog?attemptid=${attemptId}">logs</a>` : '';
}
