/**
 * The JSON between client, JobTracker, TaskTracker and task process. A body that a server takes in has a schema here,
 * and its type is derived from it; answers are types alone. Only servers import values from this file: all others
 * import types, so that clients and tasks do not load the schemas' library.
 */
import Type, { type Static } from 'typebox';
import { JOB_ID_PATTERN } from './job-id.ts';
import { attemptIds, type Sealed, text } from './message-parts.ts';

export * from './job-status.ts';
export * from './submission.ts';
export * from './tracker-messages.ts';

/** The segments of one reduce in the outputs of map attempts of one job; Hadoop's ShuffleHandler takes such lists. */
export const MapOutputQuery = Type.Object({ map: attemptIds, reduce: Type.String({ pattern: '^\\d{1,15}$' }) });
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

export type MapOutputQuery = Sealed<Static<typeof MapOutputQuery>>;
export type ProfileQuery = Static<typeof ProfileQuery>;
export type TaskLogQuery = Static<typeof TaskLogQuery>;
export type JobsQuery = Sealed<Static<typeof JobsQuery>>;
export type VersionQuery = Sealed<Static<typeof VersionQuery>>;
