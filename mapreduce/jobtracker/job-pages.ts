/** The JobTracker's pages: all jobs, and one job. */
import { Counters, formatCounters } from '../job/counters.ts';
import type { JobStatus, TrackerRegistration } from '../job/messages.ts';
import type { JobRecord } from './history.ts';

/** Text that is safe between tags and in attributes. */
function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const percent = (progress: number): string => `${Math.floor(progress * 100)}%`;

const STYLE =
  'body{font:14px system-ui;margin:2em}table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:left}';

function page(title: string, body: string): string {
  const head = `<meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style>`;
  return `<!doctype html><html lang="en"><head>${head}</head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]) => row.map((cell) => `<${tag}>${cell}</${tag}>`).join('');
  return `<table><tr>${cells('th', header)}</tr>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</table>`;
}

/** The JobTracker's front page. */
export function jobsPage(jobs: readonly JobStatus[], trackers: readonly TrackerRegistration[]): string {
  const rows = jobs
    .toReversed()
    .map((job) => [
      `<a href="/job/${escapeHtml(job.jobId)}">${escapeHtml(job.jobId)}</a>`,
      escapeHtml(job.name),
      escapeHtml(job.user),
      job.state,
      percent(job.mapProgress),
      percent(job.reduceProgress),
    ]);
  const places = trackers.map((t) => [
    `<a href="${escapeHtml(t.httpUrl)}">${escapeHtml(t.trackerId)}</a>`,
    String(t.mapSlots),
    String(t.reduceSlots),
  ]);
  return page(
    'JobTracker',
    table(['Job', 'Name', 'User', 'State', 'Map', 'Reduce'], rows) +
      `<h2>TaskTrackers</h2>${table(['TaskTracker', 'Map slots', 'Reduce slots'], places)}`,
  );
}

export function jobPage({ status, attempts }: JobRecord): string {
  const rows = attempts.map((a) => [
    escapeHtml(a.attemptId),
    a.state,
    percent(a.progress),
    escapeHtml(a.trackerId),
    escapeHtml(a.status),
    a.httpUrl ? `<a href="${escapeHtml(a.httpUrl)}/tasklog?attemptid=${escapeHtml(a.attemptId)}">logs</a>` : '',
  ]);
  const failure = status.failureInfo ? `<pre>${escapeHtml(status.failureInfo)}</pre>` : '';
  return page(
    `${status.jobId}: ${status.name}`,
    `<p>${status.state}, output ${escapeHtml(status.output)}</p>${failure}` +
      table(['Attempt', 'State', 'Progress', 'TaskTracker', 'Status', ''], rows) +
      `<pre>${escapeHtml(formatCounters(Counters.fromJson(status.counters)))}</pre>`,
  );
}
