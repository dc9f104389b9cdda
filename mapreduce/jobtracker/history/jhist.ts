/** A job that has ended as the text of a `.jhist` file: Avro's JSON, which Hadoop's `mapred job -history FILE` reads. */
import { counterDisplayName, GROUP_NAMES } from '../../job/counter-names.ts';
import { Counters, type CountersJson } from '../../job/counters.ts';
import { parseAttemptId, taskId } from '../../job/job-id.ts';
import type { AttemptStatus, JobStatus } from '../../job/messages.ts';
import { EVENT_PACKAGE, type EventName, eventSchema } from './jhist-schema.ts';
import type { JobRecord } from './job-history.ts';

type Fields = Readonly<Record<string, unknown>>;

const line = (type: string, name: EventName, event: Fields): string =>
  JSON.stringify({ type, event: { [`${EVENT_PACKAGE}.${name}`]: event } });

const textOrNull = (text: string | undefined) => (text === undefined || text === '' ? null : { string: text });

/** Returns the file. Its events stand in the order in which Hadoop's parser wants them: a task before its attempts. */
export function jhistText({ status, attempts }: JobRecord, confPath: string): string {
  const { jobId } = status;
  const launchTime = attempts.reduce((first, a) => Math.min(first, a.startTimeMs), status.finishTimeMs);
  const lines = [
    'Avro-Json',
    JSON.stringify(eventSchema()),
    line('JOB_SUBMITTED', 'JobSubmitted', {
      jobid: jobId,
      jobName: status.name,
      userName: status.user,
      submitTime: status.startTimeMs,
      jobConfPath: confPath,
      acls: {},
      jobQueueName: status.queue ?? 'default',
    }),
    line('JOB_PRIORITY_CHANGED', 'JobPriorityChange', { jobid: jobId, priority: status.priority ?? 'NORMAL' }),
    line('JOB_INITED', 'JobInited', {
      jobid: jobId,
      launchTime,
      totalMaps: status.maps,
      totalReduces: status.reduces,
      jobStatus: 'INITED',
      uberized: false,
    }),
    ...[...byTask(status, attempts)].flatMap(([id, own]) => taskLines(id, own, status)),
    endLine(status, attempts),
  ];
  return `${lines.join('\n')}\n`;
}

function byTask({ jobId }: JobStatus, attempts: readonly AttemptStatus[]): Map<string, AttemptStatus[]> {
  const tasks = new Map<string, AttemptStatus[]>();
  for (const attempt of attempts) {
    const id = taskId(jobId, attempt.kind, parseAttemptId(attempt.attemptId)?.index ?? 0);
    tasks.set(id, [...(tasks.get(id) ?? []), attempt]);
  }
  return tasks;
}

function taskLines(taskid: string, attempts: readonly AttemptStatus[], status: JobStatus): string[] {
  const [first] = attempts;
  if (!first) return [];
  const task = { taskid, taskType: first.kind };
  const succeeded = attempts.find(({ state }) => state === 'SUCCEEDED');
  const last = attempts.at(-1) ?? first;
  const failure = status.failures.find(({ attemptId }) => attemptId === last.attemptId)?.error.message ?? '';
  const end = succeeded
    ? line('TASK_FINISHED', 'TaskFinished', {
        ...task,
        finishTime: succeeded.finishTimeMs,
        status: 'SUCCEEDED',
        counters: jhCounters({}),
        successfulAttemptId: { string: succeeded.attemptId },
      })
    : line('TASK_FAILED', 'TaskFailed', {
        ...task,
        finishTime: last.finishTimeMs,
        error: failure,
        failedDueToAttempt: last.state === 'FAILED' ? { string: last.attemptId } : null,
        status: last.state === 'FAILED' ? 'FAILED' : 'KILLED',
      });
  return [
    line('TASK_STARTED', 'TaskStarted', { ...task, startTime: first.startTimeMs, splitLocations: '' }),
    ...attempts.flatMap((attempt) => attemptLines(task, attempt, status)),
    end,
  ];
}

/** The measures that Hadoop takes of an attempt while it runs; Calf takes none. */
const NO_MEASURES = { clockSplits: [], cpuUsages: [], vMemKbytes: [], physMemKbytes: [] };

function attemptLines(task: Fields, attempt: AttemptStatus, status: JobStatus): string[] {
  const { attemptId, kind, trackerId, state, finishTimeMs: finishTime } = attempt;
  const [, hostname = trackerId, httpPort = '0'] = /^tracker_(.*):(\d+)$/.exec(trackerId) ?? [];
  const place = { hostname, port: -1, rackname: '/default-rack' };
  const own = { ...task, attemptId };
  const started = line(`${kind}_ATTEMPT_STARTED`, 'TaskAttemptStarted', {
    ...own,
    startTime: attempt.startTimeMs,
    trackerName: hostname,
    httpPort: Number(httpPort),
    shufflePort: -1,
    containerId: containerOf(status.jobId),
    locality: null,
    avataar: { string: 'VIRGIN' },
  });
  if (state !== 'SUCCEEDED') {
    const error = status.failures.find((failure) => failure.attemptId === attemptId)?.error.message ?? attempt.status;
    const ended = state === 'FAILED' ? 'FAILED' : 'KILLED';
    const event = { ...own, finishTime, ...place, status: ended, error, ...NO_MEASURES };
    return [started, line(`${kind}_ATTEMPT_${ended}`, 'TaskAttemptUnsuccessfulCompletion', event)];
  }
  const common = { ...place, state: attempt.status, counters: jhCounters({}), ...NO_MEASURES };
  const done = { ...own, taskStatus: 'SUCCEEDED' };
  const finished =
    kind === 'MAP'
      ? line('MAP_ATTEMPT_FINISHED', 'MapAttemptFinished', {
          ...done,
          mapFinishTime: finishTime,
          finishTime,
          ...common,
        })
      : line('REDUCE_ATTEMPT_FINISHED', 'ReduceAttemptFinished', {
          ...done,
          shuffleFinishTime: finishTime,
          sortFinishTime: finishTime,
          finishTime,
          ...common,
        });
  return [started, finished];
}

/** The form that Hadoop's parser wants: Calf has no containers. */
const containerOf = (jobId: string): string => `container_${jobId.replace(/^job_(?:local)?/, '')}_01_000001`;

function endLine(status: JobStatus, attempts: readonly AttemptStatus[]): string {
  const count = (kind: AttemptStatus['kind'], state: AttemptStatus['state']): number =>
    new Set(attempts.filter((a) => a.kind === kind && a.state === state).map((a) => a.attemptId.replace(/_\d+$/, '')))
      .size;
  const { jobId: jobid, finishTimeMs: finishTime, state } = status;
  const finished = { finishedMaps: count('MAP', 'SUCCEEDED'), finishedReduces: count('REDUCE', 'SUCCEEDED') };
  const others = {
    failedMaps: count('MAP', 'FAILED'),
    failedReduces: count('REDUCE', 'FAILED'),
    killedMaps: count('MAP', 'KILLED'),
    killedReduces: count('REDUCE', 'KILLED'),
  };
  if (state === 'SUCCEEDED') {
    return line('JOB_FINISHED', 'JobFinished', {
      ...{ jobid, finishTime, ...finished, ...others, totalCounters: jhCounters(status.counters) },
      mapCounters: jhCounters({}),
      reduceCounters: jhCounters({}),
    });
  }
  const jobStatus = state === 'KILLED' ? 'KILLED' : 'FAILED';
  const diagnostics = textOrNull(status.failureInfo);
  return line(`JOB_${jobStatus}`, 'JobUnsuccessfulCompletion', {
    ...{ jobid, finishTime, ...finished, jobStatus, diagnostics, ...others },
  });
}

function jhCounters(json: CountersJson) {
  const groups = new Map<string, { name: string; displayName: string; value: number }[]>();
  for (const { group, name, value } of Counters.fromJson(json).rows()) {
    const counters = groups.get(group) ?? [];
    counters.push({ name, displayName: counterDisplayName(group, name), value });
    groups.set(group, counters);
  }
  return {
    name: 'COUNTERS',
    groups: [...groups].map(([name, counts]) => ({ name, displayName: GROUP_NAMES[name] ?? name, counts })),
  };
}
