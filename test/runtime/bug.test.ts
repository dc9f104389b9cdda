// Broken invariants and other mistakes of our code are told apart from failures, and end a daemon with one message.
import { expect, test } from 'vitest';
import { Bug, InvariantError, invariant, isFailure } from '../../runtime/bug.ts';
import { hadoopError } from '../../runtime/errors.ts';

test('a bug names operation, arguments without data, and stack', () => {
  const request = { path: '/x', data: Buffer.alloc(1000), ids: Array.from({ length: 30 }, (_, i) => i), at: 5n };
  const { message } = new Bug('create', request, new TypeError('x is undefined'));
  expect(message).toContain('create({"path":"/x","data":"1000 bytes","ids":[0,1,');
  expect(message).toContain('"… of 30"],"at":"5"})');
  expect(message).toMatch(/TypeError: x is undefined\n\s+at /);
});

test('an invariant that does not hold throws InvariantError', () => {
  invariant(true, 'never');
  expect(() => invariant(false, 'bytesAcked <= bytesReceived')).toThrow(InvariantError);
});

test.each([
  ['a HadoopError', hadoopError('IOException', 'no'), true],
  ['an error of the system', Object.assign(new Error('no'), { code: 'ENOENT' }), true],
  ['an Error without a code', new Error('no'), false],
  ['a TypeError', new TypeError('no'), false],
  ['a RangeError of Node, which has a code', Object.assign(new RangeError('no'), { code: 'ERR_OUT_OF_RANGE' }), false],
  ['a broken invariant', new InvariantError('no'), false],
  ['a bug', new Bug('create', {}, new Error('no')), false],
  ['a text', 'no', false],
])('%s: is it the failure of an operation?', (_name, thrown, expected) => {
  expect(isFailure(thrown)).toBe(expected);
});
