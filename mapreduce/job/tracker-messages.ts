/** The talk between the JobTracker and its TaskTrackers: registrations, reports, and the actions that trackers poll for. */
import Type, { type Static } from 'typebox';
import type { InputSplit } from './input-split.ts';
import type { TaskKind } from './job-id.ts';
import { attemptId, byKind, count, counters, fewCount, httpAddress, type Sealed, text } from './message-parts.ts';
import type { SkipOrder } from './record-ranges.ts';
import type { JobDescription } from './submission.ts';

/** A TaskTracker, as all others know it. */
export const TrackerRegistration = Type.Object({
  /** `tracker_host:port`. */
  trackerId: Type.String({ minLength: 1 }),
  host: text,
  /** `ip:port` of the DataNode beside the tracker, if the tracker knows one: its replicas are local. */
  dataNode: Type.Optional(text),
  /** Set by the JobTracker, from net.topology.table.file.name. */
  rack: Type.Optional(text),
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

/** The bytes that a map has for each reduce, and the heaviest keys of the largest of these shares. */
const mapShares = Type.Object({
  bytes: Type.Array(count, { maxItems: 1000 }),
  keys: Type.Array(Type.Object({ reduce: count, key: text, bytes: count }), { maxItems: 100 }),
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
    /** In skipping mode: the records that the attempt may be working on. */
    range: Type.Optional(Type.Object({ start: count, length: count })),
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
    /** A test attempt of skipping mode has met no bad record: this is no failure. */
    isTestPassed: Type.Optional(Type.Literal(true)),
  }),
  Type.Object({ kind: Type.Literal('killed'), attemptId }),
  /** Comes before the end of a map whose output goes to several reduces. */
  Type.Object({ kind: Type.Literal('mapShares'), attemptId, shares: mapShares }),
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

/** `POST /trackers/ID/health`: the reason why the tracker takes no tasks; none if it takes some. */
export const HealthReport = Type.Object({ problem: Type.Optional(text) });
/** `POST /trackers/ID/actions`; `after` is the number of the last action that the tracker has. */
export const ActionsRequest = Type.Object({ after: count, incarnation: text });

export type TrackerRegistration = Sealed<Static<typeof TrackerRegistration>>;
export type RegisterRequest = Sealed<Static<typeof RegisterRequest>>;
export type TrackerInventory = Sealed<Static<typeof trackerInventory>>;
export type HealthReport = Sealed<Static<typeof HealthReport>>;
export type TaskError = Sealed<Static<typeof taskError>>;
export type MapShares = Sealed<Static<typeof mapShares>>;
export type TaskErrorRecord = NonNullable<TaskError['record']>;
export type TaskReport = Sealed<Static<typeof taskReport>>;
export type SucceededReport = Extract<TaskReport, { kind: 'succeeded' }>;
export type TaskReports = readonly TaskReport[];
export type ActionsRequest = Sealed<Static<typeof ActionsRequest>>;

/** The answer to `POST /trackers`: the tracker ends all other attempts, and deletes the files of all other jobs. */
export interface RegisterAnswer {
  readonly attempts: readonly string[];
  readonly jobs: readonly string[];
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
  /** Of an attempt in skipping mode. */
  readonly skip?: SkipOrder;
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
