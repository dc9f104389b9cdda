// A broken invariant throws InvariantError, and a bug names its operation in the message that ends a daemon.
import { expect, test } from 'vitest';
import { Bug, InvariantError, invariant } from '../../runtime/bug.ts';

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
