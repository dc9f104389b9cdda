/** A job as its client submits it, and the requests by which clients change it. */
import Type, { type Static } from 'typebox';
import type { Json } from './input-split.ts';
import { byKind, count, fewCount, jobId, type Sealed, text, userName } from './message-parts.ts';

/** The work of one map task; see InputSplit. */
const fileRange = { fsUri: text, path: text, start: count, length: count };
const racks = Type.Optional(Type.Array(text));
const hosts = { hosts: Type.Array(text), names: Type.Array(text), racks };
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
    racks,
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
  jobId,
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

export type JobCode = Sealed<Static<typeof jobCode>>;
export type JobSubmission = Sealed<Static<typeof JobSubmission>>;
/** All that a task must know of its job. */
export type JobDescription = Omit<JobSubmission, 'splits'>;
export type NewJobRequest = Sealed<Static<typeof NewJobRequest>>;
export type JobPriority = Static<typeof jobPriority>;
export type PriorityRequest = Sealed<Static<typeof PriorityRequest>>;
export type EndTaskRequest = Sealed<Static<typeof EndTaskRequest>>;
export type KillRequest = Sealed<Static<typeof KillRequest>>;

/** The answer to `POST /jobs/new-id`. */
export interface NewJob {
  readonly jobId: string;
  /** URI of the directory for the job's bundle. The JobTracker deletes it at the job's end. */
  readonly stagingUri: string;
}
