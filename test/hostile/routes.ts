// Every route of every daemon, with the parameters and bodies that it takes: the fuzzer goes by this table, and
// routes.test.ts fails when a daemon has a route that the table lacks.
import type { Daemon } from './arena.ts';

export const JOB = 'job_1_0001';
export const ATTEMPT = 'attempt_1_0001_m_000000_0';
const TRACKER = 'tracker_127.0.0.1:1';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As the daemon registers it: `:name` is a part of the path that the caller chooses. */
  readonly url: string;
  readonly daemons: readonly Daemon[];
  /** Valid values for the chosen parts of the path. */
  readonly path?: Readonly<Record<string, string>>;
  /** Valid values for the parameters of the query. */
  readonly query?: Readonly<Record<string, string>>;
  /** A valid body. The callers of a route with a body send the cluster's secret. */
  readonly body?: unknown;
}

const ALL: readonly Daemon[] = ['NameNode', 'DataNode', 'JobTracker', 'TaskTracker'];
const HDFS: readonly Daemon[] = ['NameNode', 'DataNode'];
const JOBS: readonly Daemon[] = ['JobTracker'];

const submission = {
  jobId: JOB,
  name: 'n',
  user: 'u',
  code: { kind: 'builtin', example: 'wordcount', exportName: 'default' },
  conf: { 'mapreduce.map.maxattempts': '1', 'mapreduce.job.reduce.slowstart.completedmaps': '0.5' },
  maps: 1,
  reduces: 1,
  output: 'file:/nowhere/out',
  splits: [{ kind: 'file', fsUri: 'file:///', path: '/nowhere', start: 0, length: 1, hosts: ['h'], names: ['h:1'] }],
};

const registration = {
  trackerId: TRACKER,
  host: 'h',
  dataNode: '127.0.0.1:1',
  shuffleUrl: 'http://127.0.0.1:1',
  httpUrl: 'http://127.0.0.1:1',
  mapSlots: 0,
  reduceSlots: 0,
  incarnation: '1',
};

const reports = [
  { kind: 'progress', attemptId: ATTEMPT, progress: 0.5, status: 's', counters: { G: { c: 1 } } },
  { kind: 'succeeded', attemptId: ATTEMPT, counters: { G: { c: 1 } } },
  {
    kind: 'failed',
    attemptId: ATTEMPT,
    error: { message: 'm', stack: 's', record: { path: '/p', offset: 0, text: 't' }, key: 'k' },
  },
  { kind: 'killed', attemptId: ATTEMPT },
  { kind: 'fetchFailed', attemptId: 'attempt_1_0001_r_000000_0', mapAttemptId: ATTEMPT },
];

export const ROUTES: readonly Route[] = [
  { method: 'GET', url: '/', daemons: ['NameNode', 'DataNode', 'TaskTracker'] },
  { method: 'GET', url: '/index.html', daemons: ['DataNode'] },
  {
    method: 'GET',
    url: '/jmx',
    daemons: ALL,
    query: { qry: 'Hadoop:*', get: 'java.lang:type=Memory::HeapMemoryUsage' },
  },
  { method: 'GET', url: '/conf', daemons: ALL, query: { name: 'dfs.replication' } },
  { method: 'GET', url: '/fault', daemons: HDFS },
  { method: 'PUT', url: '/fault/:kind', daemons: HDFS, path: { kind: 'none' }, body: { packetDelayMs: 0 } },
  { method: 'DELETE', url: '/fault', daemons: HDFS },
  { method: 'DELETE', url: '/fault/:kind', daemons: HDFS, path: { kind: 'none' } },
  { method: 'GET', url: '/', daemons: JOBS, query: { before: JOB, limit: '1', running: 'true' } },
  { method: 'GET', url: '/job/:id', daemons: JOBS, path: { id: JOB } },
  { method: 'GET', url: '/jobs', daemons: JOBS, query: { before: JOB, limit: '1', running: 'true' } },
  { method: 'GET', url: '/jobs/:id', daemons: JOBS, path: { id: JOB }, query: { version: '0' } },
  { method: 'GET', url: '/jobs/:id/attempts', daemons: JOBS, path: { id: JOB } },
  { method: 'GET', url: '/trackers', daemons: JOBS },
  { method: 'POST', url: '/jobs/new-id', daemons: JOBS, body: { user: 'u' } },
  { method: 'POST', url: '/jobs', daemons: JOBS, body: submission },
  { method: 'POST', url: '/jobs/:id/kill', daemons: JOBS, path: { id: JOB }, body: { user: 'u' } },
  {
    method: 'POST',
    url: '/jobs/:id/priority',
    daemons: JOBS,
    path: { id: JOB },
    body: { priority: 'HIGH', user: 'u' },
  },
  { method: 'GET', url: '/jobs/:id/conf', daemons: JOBS, path: { id: JOB } },
  { method: 'POST', url: '/attempts/:id/end', daemons: JOBS, path: { id: ATTEMPT }, body: { how: 'KILL', user: 'u' } },
  { method: 'GET', url: '/attempts/:id/launch', daemons: JOBS, path: { id: ATTEMPT } },
  { method: 'GET', url: '/blacklisted-trackers', daemons: JOBS },
  { method: 'GET', url: '/queues', daemons: JOBS },
  { method: 'POST', url: '/trackers', daemons: JOBS, body: registration },
  { method: 'DELETE', url: '/trackers/:id', daemons: JOBS, path: { id: 'tracker_127.0.0.1:2' } },
  {
    method: 'POST',
    url: '/trackers/:id/actions',
    daemons: JOBS,
    path: { id: 'none' },
    body: { after: 0, incarnation: '1' },
  },
  { method: 'POST', url: '/trackers/:id/reports', daemons: JOBS, path: { id: TRACKER }, body: reports },
  { method: 'POST', url: '/trackers/:id/health', daemons: JOBS, path: { id: 'none' }, body: { problem: 'p' } },
  { method: 'POST', url: '/attempts/:id/commit', daemons: JOBS, path: { id: ATTEMPT }, body: {} },
  {
    method: 'GET',
    url: '/tasklog',
    daemons: ['TaskTracker'],
    query: { attemptid: ATTEMPT, filter: 'stdout', start: '0', end: '-1' },
  },
  { method: 'GET', url: '/profile', daemons: ['TaskTracker'], query: { attemptid: ATTEMPT } },
  { method: 'GET', url: '/mapOutput', daemons: ['shuffle server'], query: { map: ATTEMPT, reduce: '0' } },
];
