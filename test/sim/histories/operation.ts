/** The operations of a history, and their outcomes as clients saw them. */

/** A user as the model of permissions knows one. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly isSuperuser: boolean;
}

/** A call that a client makes. Paths are absolute; permissions are those that the client sends, after its umask. */
export type Operation =
  | { readonly op: 'mkdirs'; readonly path: string; readonly permission: number; readonly createParent: boolean }
  | {
      readonly op: 'create';
      readonly path: string;
      readonly permission: number;
      readonly overwrite: boolean;
      readonly createParent: boolean;
      readonly replication: number;
      /** Length in bytes that the file will have when it is closed. */
      readonly lengthBytes: number;
    }
  /** Closes the file that the call with this id has created. */
  | { readonly op: 'close'; readonly created: number }
  | { readonly op: 'rename'; readonly source: string; readonly destination: string }
  | { readonly op: 'rename2'; readonly source: string; readonly destination: string; readonly overwrite: boolean }
  | { readonly op: 'delete'; readonly path: string; readonly recursive: boolean }
  | { readonly op: 'setPermission'; readonly path: string; readonly permission: number }
  | { readonly op: 'setOwner'; readonly path: string; readonly owner?: string; readonly group?: string }
  | { readonly op: 'setTimes'; readonly path: string; readonly modifiedMs: number }
  | { readonly op: 'setReplication'; readonly path: string; readonly replication: number }
  | { readonly op: 'concat'; readonly target: string; readonly sources: readonly string[] }
  | { readonly op: 'truncate'; readonly path: string; readonly lengthBytes: number }
  | { readonly op: 'stat'; readonly path: string }
  | { readonly op: 'list'; readonly path: string };

/** An operation that a client chooses: a file is closed by the client that created the file, and by no other. */
export type Request = Exclude<Operation, { op: 'close' }>;

/** Operations that change nothing: one without an answer says nothing. */
export const isRead = ({ op }: Operation): boolean => op === 'stat' || op === 'list';

/** The attributes of a file or directory. */
export interface Status {
  readonly path: string;
  readonly kind: 'file' | 'directory';
  readonly owner: string;
  readonly group: string;
  readonly permission: number;
  /** Time in ms that a client has set, or `now` for the NameNode's own clock. */
  readonly modified: number | 'now';
  readonly replication: number;
  /** Length in bytes; undefined in the model while a file is open, because its last block may be committed or not. */
  readonly lengthBytes: number | undefined;
}

export type Value = boolean | undefined | Status | readonly Status[];
export type Outcome =
  | { readonly kind: 'value'; readonly value: Value }
  /** An exception of the NameNode. */
  | { readonly kind: 'error'; readonly code: string }
  /** The client gave up: the call may have run or not, or may run yet. */
  | { readonly kind: 'unknown' };

/** One call of a history. */
export interface Call {
  /** Position of the call in the history. */
  readonly id: number;
  readonly client: string;
  readonly user: User;
  readonly operation: Operation;
}

/** Returns whether the outcome that a client saw is the one that the model expects. */
export function agrees(expected: Outcome, seen: Outcome): boolean {
  if (seen.kind === 'unknown') return true;
  if (expected.kind === 'error') return seen.kind === 'error' && seen.code === expected.code;
  return expected.kind === 'value' && seen.kind === 'value' && isSameValue(expected.value, seen.value);
}

function isSameValue(expected: Value, seen: Value): boolean {
  if (typeof expected !== 'object' || typeof seen !== 'object') return expected === seen;
  const wanted = [expected].flat();
  const found = [seen].flat();
  return wanted.length === found.length && wanted.every((status, i) => isSameStatus(status, found[i]));
}

function isSameStatus(expected: Status, seen: Status | undefined): boolean {
  return (
    seen !== undefined &&
    expected.path === seen.path &&
    expected.kind === seen.kind &&
    expected.owner === seen.owner &&
    expected.group === seen.group &&
    expected.permission === seen.permission &&
    expected.modified === seen.modified &&
    expected.replication === seen.replication &&
    (expected.lengthBytes === undefined || expected.lengthBytes === seen.lengthBytes)
  );
}

/** Returns a call as one line of text. */
export function callText({ client, operation }: Call): string {
  const { op, ...rest } = operation;
  return `${client} ${op} ${Object.values(rest).join(' ')}`;
}

/** Returns an outcome as one line of text. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind === 'unknown') return 'no answer';
  if (outcome.kind === 'error') return outcome.code;
  const { value } = outcome;
  return typeof value === 'object' ? [value].flat().map(statusText).join(' ') : String(value ?? 'done');
}

const statusText = (s: Status): string =>
  `[${s.path} ${s.kind} ${s.owner}:${s.group} ${s.permission.toString(8)} ${s.modified} x${s.replication} ${s.lengthBytes ?? '?'}B]`;
