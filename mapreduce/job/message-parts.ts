/** The parts of which the schemas of messages are made: texts, numbers and ids as the servers accept them. */
import Type, { type Static, type TObject, type TUnion } from 'typebox';
import { ATTEMPT_ID_PATTERN, JOB_ID_PATTERN } from './job-id.ts';

/** A message is never changed. */
export type Sealed<T> = T extends readonly (infer E)[]
  ? readonly Sealed<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Sealed<T[K]> }
    : T;

/** One of several objects that differ in `kind`: the validator goes by `kind` alone, so its message names the place. */
export function byKind<Types extends TObject[]>(...types: [...Types]) {
  return Type.Unsafe<Static<TUnion<Types>>>({
    type: 'object',
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: types,
  });
}

export const text = Type.String();
/** Becomes part of paths. */
export const userName = Type.String({ pattern: '^(?!\\.{1,2}$)[^/\\u0000-\\u001f]+$' });
export const count = Type.Integer({ minimum: 0 });
/** Number of reduces, or of slots of a tracker: a scheduler keeps a record of each. */
export const fewCount = Type.Integer({ minimum: 0, maximum: 100_000 });
/** Becomes a link of the JobTracker's pages, which must run no script. */
export const httpAddress = Type.String({ pattern: '^https?://[^/?#@\\s\\\\]+$' });
export const attemptId = Type.String({ pattern: ATTEMPT_ID_PATTERN });
/** Becomes part of paths. */
export const jobId = Type.String({ pattern: JOB_ID_PATTERN });
/** With commas. Each one is parsed before it becomes part of a path. */
export const attemptIds = Type.String({ pattern: '^attempt_[\\w,]{1,8000}$' });
/** Counters: value by name by group. */
export const counters = Type.Record(Type.String(), Type.Record(Type.String(), Type.Number()));
