/**
 * The JSON between client, JobTracker, TaskTracker and task process. A body that a server takes in has a schema here,
 * and its type is derived from it; answers are types alone. Only servers import values from this file: all others
 * import types, so that clients and tasks do not load the schemas' library.
 */
import Type, { type Static, type TObject, type TUnion } from 'typebox';
import type { CountersJson } from './counters.ts';
import type { InputSplit, Json } from './input-split.ts';
import { ATTEMPT_ID_PATTERN, JOB_ID_PATTERN, type TaskKind } from './job-id.ts';

/** A message is never changed. */
type Sealed<T> = T extends readonly (infer E)[]
  ? readonly Sealed<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Sealed<T[K]> }
    : T;

/** One of several objects that differ in `kind`: the validator goes by `kind` alone, so its message names the place. */
function byKind<Types extends TObject[]>(...types: [...Types]) {
  return Type.Unsafe<Static<TUnion<Types>>>({
    type: 'object',
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: types,
  });
}

const text = Type.String();
/** Becomes part of paths. */
const userName = Type.String({ pattern: '^(?!\\.{1,2}$)[^/\\u0000-\\u001f]+$' });
const count = Type.Integer({ minimum: 0 });
/** Number of reduces, or of slots of a tracker: a scheduler keeps a record of each. */
const fewCount = Type.Integer({ minimum: 0, maximum: 100_000 });
/** Becomes a link of the JobTracker's pages, which must run no script. */
const httpAddress = Type.String({ pattern: '^https?://[^/?#@\\s\\\\]+$' });
const attemptId = Type.String({ pattern: ATTEMPT_ID_PATTERN });
/** With commas. Each one is parsed before it becomes part of a path. */
const attemptIds = Type.String({ pattern: '^attempt_[\\w,]{1,8000}$' });
/** Counters: value by name by group. */
const counters = Type.Record(Type.String(), Type.Record(Type.String(), Type.Number()));

/** The work of one map task; see InputSplit. */
const fileRange = { fsUri: text, path: text, start: count, length: count };
const hosts = { hosts: Type.Array(text), names: Type.Array(text) };
const splitTags = { input: Type.Optional(text), payload: Type.Optional(Type.Unsafe<Json>(Type.Unknown())) };
const inputSplit = byKind(
  Type.Object({ kind: Type.Literal('file'), ...fileRange, ...hosts, ...splitTags }),
  Type.Object({
    kind: Type.Literal('files'),
    files: Type.Array(Type.Object(fileRange)),
    length: count,
    ...hosts,
    ...splitTags,
  }),
  Type.Object({ kind: Type.Literal('range'), start: Type.Integer(), length: count, ...splitTags }),
  Type.Object({
    kind: Type.Literal('custom'),
    name: text,
    length: Type.Number({ minimum: 0 }),
    hosts: Type.Optional(hosts.hosts),
    names: Type.Optional(hosts.names),
    ...splitTags,
  }),
);

/** The place of the job's code. `exportName` picks one of the file's jobs. */
const jobCode = byKind(
  Type.Object({ kind: Type.Literal('builtin'), example: text, exportName: text }),
  Type.Object({
    kind: Type.Literal('bundle'),
    /** The bundle, in the staging directory that the JobTracker named. */
    uri: text,
    /** Packages with native parts lie packed beside the bundle. */
    packages: Type.Optional(Type.Literal(true)),
    /** The file that the user wrote, for messages. */
    source: text,
    exportName: text,
  }),
);

const jobDescription = {
  /** Becomes part of paths. */
  jobId: Type.String({ pattern: JOB_ID_PATTERN }),
  name: text,
  user: userName,
  code: jobCode,
  /** The properties that were set, so not the defaults. */
  conf: Type.Record(Type.String(), text),
  maps: count,
  reduces: fewCount,
  /** The maps of a job with reduces write files into the output too. */
  mapsWriteOutput: Type.Optional(Type.Boolean()),
  /** The URI of the output directory. */
  output: Type.String({ minLength: 1 }),
};

/** `POST /jobs/new-id`. */
export const NewJobRequest = Type.Object({ user: userName });

/** `POST /jobs`. */
export const JobSubmission = Type.Object({ ...jobDescription, splits: Type.Array(inputSplit) });

const jobPriority = Type.Union([
  Type.Literal('VERY_HIGH'),
  Type.Literal('HIGH'),
  Type.Literal('NORMAL'),
  Type.Literal('LOW'),
  Type.Literal('VERY_LOW'),
]);

/** `POST /jobs/ID/priority`. */
export const PriorityRequest = Type.Object({ priority: jobPriority, user: Type.Optional(text) });

/** `POST /attempts/ID/end`. */
export const EndTaskRequest = Type.Object({
  how: Type.Union([Type.Literal('KILL'), Type.Literal('FAIL')]),
  user: Type.Optional(text),
});

/** `POST /jobs/ID/kill`. */
export const KillRequest = Type.Object({ user: Type.Optional(text) });

/** A TaskTracker, as all others know it. */
export const TrackerRegistration = Type.Object({
  /** `tracker_host:port`. */
  trackerId: Type.String({ minLength: 1 }),
  host: text,
  /** `ip:port` of the DataNode beside the tracker, if the tracker knows one: its replicas are local. */
  dataNode: Type.Optional(text),
  /** Address at which the outputs of the tracker's maps are served. */
  shuffleUrl: httpAddress,
  httpUrl: httpAddress,
  mapSlots: fewCount,
  reduceSlots: fewCount,
});

/** The reason why a task failed, with the stack and the record by which its author can find the cause. */
const taskError = Type.Object({
  /** As `TypeError: x is undefined`. */
  message: text,
  stack: Type.Optional(text),
  /** The record that map() was given; `text` is its first characters. */
  record: Type.Optional(Type.Object({ path: text, offset: Type.Number(), text })),
  /** The key that reduce() was given. */
  key: Type.Optional(text),
  /** The split of a map whose record is not known, because its process was ended. */
  split: Type.Optional(text),
});

const succeededReport = Type.Object({ kind: Type.Literal('succeeded'), attemptId, counters });

/** A report of a running attempt. The last report of an attempt is succeeded, failed or killed. */
const taskReport = byKind(
  Type.Object({
    kind: Type.Literal('progress'),
    attemptId,
    /** From 0 to 1. */
    progress: Type.Number(),
    status: Type.Optional(text),
    counters: Type.Optional(counters),
  }),
  succeededReport,
  Type.Object({
    kind: Type.Literal('failed'),
    attemptId,
    error: taskError,
    /** The reason why the tracker takes no tasks, if it has one: the next attempt must not come back here. */
    trackerProblem: Type.Optional(text),
    /** The task would fail again: the job fails at once. */
    fatal: Type.Optional(Type.Literal(true)),
  }),
  Type.Object({ kind: Type.Literal('killed'), attemptId }),
  /** A reduce could not fetch a map's output. */
  Type.Object({ kind: Type.Literal('fetchFailed'), attemptId, mapAttemptId: attemptId }),
);

/** The work of a TaskTracker that goes on when its JobTracker is started anew. */
const trackerInventory = Type.Object({
  /** Attempts that run, or whose end the tracker has still to report. */
  running: Type.Array(attemptId),
  /** The last reports of attempts that have succeeded, of jobs of whose end the tracker has not been told. */
  succeeded: Type.Array(succeededReport),
});

/** `POST /trackers`. */
export const RegisterRequest = Type.Object({
  ...TrackerRegistration.properties,
  /** Another one whenever the tracker registers anew: a request that comes twice, or late, is told from a new one. */
  incarnation: Type.String({ minLength: 1 }),
  inventory: Type.Optional(trackerInventory),
});

/** `POST /trackers/ID/reports`: the reports since the last call; none is a heartbeat. */
export const TaskReports = Type.Array(taskReport);

/** The segments of one reduce in the outputs of map attempts of one job; Hadoop's ShuffleHandler takes such lists. */
export const MapOutputQuery = Type.Object({ map: attemptIds, reduce: Type.String({ pattern: '^\\d{1,15}$' }) });
/** `POST /trackers/ID/health`: the reason why the tracker takes no tasks; none if it takes some. */
export const HealthReport = Type.Object({ problem: Type.Optional(text) });
/** A place in a log, in bytes; a negative one counts from behind its end. */
const logPosition = Type.Optional(Type.String({ pattern: '^-?\\d{1,15}$' }));
/** `GET /tasklog`. */
export const TaskLogQuery = Type.Object({
  attemptid: Type.Optional(text),
  filter: Type.Optional(Type.Union([Type.Literal('stdout'), Type.Literal('stderr')])),
  start: logPosition,
  end: logPosition,
});
/** `GET /profile`. */
export const ProfileQuery = Type.Object({ attemptid: text });
/** `POST /trackers/ID/actions`; `after` is the number of the last action that the tracker has. */
export const ActionsRequest = Type.Object({ after: count, incarnation: text });
/** A body of routes that need to know no more than the path says. */
export const NoFacts = Type.Object({});
/** `GET /jobs`: a page of the jobs before the job `before`, or the jobs that have not ended. */
export const JobsQuery = Type.Object({
  before: Type.Optional(Type.String({ pattern: JOB_ID_PATTERN })),
  limit: Type.Optional(Type.String({ pattern: '^([1-9]\\d{0,2}|1000)$' })),
  running: Type.Optional(Type.Literal('true')),
});
/** The version of the status that the client has. */
export const VersionQuery = Type.Object({ version: Type.Optional(Type.String({ pattern: '^\\d{1,15}$' })) });

export type JobCode = Sealed<Static<typeof jobCode>>;
export type JobSubmission = Sealed<Static<typeof JobSubmission>>;
/** All that a task must know of its job. */
export type JobDescription = Omit<JobSubmission, 'splits'>;
export type TrackerRegistration = Sealed<Static<typeof TrackerRegistration>>;
export type RegisterRequest = Sealed<Static<typeof RegisterRequest>>;
export type TrackerInventory = Sealed<Static<typeof trackerInventory>>;
export type HealthReport = Sealed<Static<typeof HealthReport>>;
export type TaskError = Sealed<Static<typeof taskError>>;
export type TaskErrorRecord = NonNullable<TaskError['record']>;
export type TaskReport = Sealed<Static<typeof taskReport>>;
export type SucceededReport = Extract<TaskReport, { kind: 'succeeded' }>;
export type TaskReports = readonly TaskReport[];
export type NewJobRequest = Sealed<Static<typeof NewJobRequest>>;
export type JobPriority = Static<typeof jobPriority>;
export type PriorityRequest = Sealed<Static<typeof PriorityRequest>>;
export type EndTaskRequest = Sealed<Static<typeof EndTaskRequest>>;
export type KillRequest = Sealed<Static<typeof KillRequest>>;
export type MapOutputQuery = Sealed<Static<typeof MapOutputQuery>>;
export type ProfileQuery = Static<typeof ProfileQuery>;
export type TaskLogQuery = Static<typeof TaskLogQuery>;
export type ActionsRequest = Sealed<Static<typeof ActionsRequest>>;
export type JobsQuery = Sealed<Static<typeof JobsQuery>>;
export type VersionQuery = Sealed<Static<typeof VersionQuery>>;

/** The answer to `POST /trackers`: the tracker ends all other attempts, and deletes the files of all other jobs. */
export interface RegisterAnswer {
  readonly attempts: readonly string[];
  readonly jobs: readonly string[];
}

/** The answer to `POST /jobs/new-id`. */
export interface NewJob {
  readonly jobId: string;
  /** URI of the directory for the job's bundle. The JobTracker deletes it at the job's end. */
  readonly stagingUri: string;
}

/** The place of a finished map's output: `http://host:port`, or `file:` when tracker and reduce share a disk. */
export interface MapOutputLocation {
  readonly mapIndex: number;
  readonly attemptId: string;
  readonly url: string;
}

export interface TaskLaunch {
  readonly attemptId: string;
  readonly kind: TaskKind;
  /** The task's number among the job's maps, or among its reduces. */
  readonly index: number;
  readonly job: JobDescription;
  /** Of a map. */
  readonly split?: InputSplit;
  /** Of a reduce: the outputs that are there already; the others follow as they come. */
  readonly mapOutputs?: readonly MapOutputLocation[];
}

/** An order to a TaskTracker. */
export type TrackerAction =
  /** A job is about to come: have a task process ready. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'launch'; readonly launch: TaskLaunch }
  | { readonly kind: 'kill'; readonly attemptId: string }
  | {
      readonly kind: 'mapOutputs';
      readonly jobId: string;
      readonly outputs: readonly MapOutputLocation[];
      /** Attempts of maps whose outputs are lost: the maps run again. */
      readonly obsolete?: readonly string[];
    }
  /** The job has ended: end its processes and delete its files. */
  | { readonly kind: 'endJob'; readonly jobId: string }
  /** The tracker has registered anew: end all attempts but these, and delete the files of all jobs but these. */
  | ({ readonly kind: 'reset' } & RegisterAnswer);

export type JobState = 'PREP' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'KILLED';

/** A failed attempt, as the submitter is shown it. */
export interface TaskFailure {
  readonly attemptId: string;
  readonly trackerId: string;
  readonly error: TaskError;
}

export interface JobStatus {
  readonly jobId: string;
  readonly name: string;
  readonly user: string;
  readonly state: JobState;
  /** From 0 to 1. */
  readonly mapProgress: number;
  readonly reduceProgress: number;
  readonly maps: number;
  readonly reduces: number;
  /** Milliseconds since the epoch. */
  readonly startTimeMs: number;
  /** Milliseconds since the epoch; 0 while the job runs. */
  readonly finishTimeMs: number;
  /** The reason why the job failed or was killed; empty for other jobs. */
  readonly failureInfo: string;
  readonly failures: readonly TaskFailure[];
  readonly counters: CountersJson;
  readonly output: string;
  /** Not known of jobs of older versions. */
  readonly priority?: JobPriority;
  readonly queue?: string;
  /** Number of attempts that run. */
  readonly running?: number;
  /** Another one whenever the status is another one. */
  readonly version: number;
}

export interface AttemptStatus {
  readonly attemptId: string;
  readonly kind: TaskKind;
  readonly state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'KILLED';
  readonly trackerId: string;
  /** Empty if the tracker is gone. */
  readonly httpUrl: string;
  readonly progress: number;
  readonly status: string;
  readonly startTimeMs: number;
  /** 0 while the attempt runs. */
  readonly finishTimeMs: number;
}
