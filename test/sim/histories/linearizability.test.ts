// Tests the check of histories: on orders that exist, orders that don't, calls without an answer and late copies.
import { expect, test } from 'vitest';
import type { RecordedCall } from './history.ts';
import { checkHistory } from './linearizability.ts';
import { formattedBy } from './namespace.ts';
import type { Operation, Outcome, User } from './operation.ts';

const USER: User = { name: 'sim', groups: [], isSuperuser: true };
const NEVER = Number.POSITIVE_INFINITY;
const value = (of: boolean | undefined): Outcome => ({ kind: 'value', value: of });
const UNKNOWN: Outcome = { kind: 'unknown' };
const MISSING: Outcome = { kind: 'error', code: 'FileNotFoundException' };

const mkdirs = (path: string): Operation => ({ op: 'mkdirs', path, permission: 0o755, createParent: true });
const rename = (source: string, destination: string): Operation => ({ op: 'rename', source, destination });
const remove = (path: string): Operation => ({ op: 'delete', path, recursive: true });
const stat = (path: string): Operation => ({ op: 'stat', path });

/** Makes a history from calls as [begin, end, operation, outcome]. */
function verdict(...calls: readonly (readonly [number, number, Operation, Outcome])[]) {
  const recorded = calls.map(
    ([beganAt, endedAt, operation, outcome], id): RecordedCall => ({
      id,
      client: `c${id}`,
      user: USER,
      operation,
      outcome,
      beganAt,
      endedAt,
    }),
  );
  return checkHistory(recorded, formattedBy('sim'));
}

/** Herlihy and Wing: an order must agree with the real time of calls that do not overlap. */
test('a call that began after the end of another comes after it', () => {
  const made = [0, 1, mkdirs('/a'), value(undefined)] as const;
  expect(verdict(made, [2, 3, remove('/a'), value(true)])).toEqual({ kind: 'linearizable' });
  expect(verdict(made, [2, 3, remove('/a'), value(false)])).toMatchObject({ kind: 'not linearizable' });
});

test('calls that overlap may come in either order', () => {
  const made = [0, 2, mkdirs('/a'), value(undefined)] as const;
  for (const removed of [true, false]) {
    expect(verdict(made, [1, 3, remove('/a'), value(removed)])).toEqual({ kind: 'linearizable' });
  }
});

test('of two renames of one name that overlap, one alone may succeed', () => {
  const made = [0, 1, mkdirs('/a'), value(undefined)] as const;
  const renames = (first: boolean, second: boolean) =>
    verdict(made, [2, 4, rename('/a', '/b'), value(first)], [3, 5, rename('/a', '/c'), value(second)]).kind;
  expect(renames(true, false)).toBe('linearizable');
  expect(renames(false, true)).toBe('linearizable');
  expect(renames(true, true)).toBe('not linearizable');
  expect(renames(false, false)).toBe('not linearizable');
});

test('a call without an answer may have run, at any later time, or not', () => {
  const made = [0, NEVER, mkdirs('/a'), UNKNOWN] as const;
  expect(verdict(made, [1, 2, remove('/a'), value(true)])).toEqual({ kind: 'linearizable' });
  expect(verdict(made, [1, 2, remove('/a'), value(false)])).toEqual({ kind: 'linearizable' });
  const late = [3, 4, remove('/a'), value(true)] as const;
  expect(verdict(made, [1, 2, remove('/a'), value(false)], late)).toEqual({ kind: 'linearizable' });
});

test('a call without an answer runs once', () => {
  const made = [0, NEVER, mkdirs('/a'), UNKNOWN] as const;
  const twice = verdict(made, [1, 2, remove('/a'), value(true)], [3, 4, remove('/a'), value(true)]);
  expect(twice).toMatchObject({ kind: 'not linearizable' });
});

test('the message names the call that no order explains, and what the model expects', () => {
  const made = [0, 1, mkdirs('/a'), value(undefined)] as const;
  const found = verdict(made, [2, 3, stat('/a'), MISSING]);
  expect(found).toMatchObject({
    message: expect.stringMatching(/^#1 c1 stat \/a: FileNotFoundException, but .* gives \[\/a directory sim:/),
  });
});
