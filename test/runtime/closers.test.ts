// Closers undo a failed start in reverse order.
import { expect, test, vi } from 'vitest';
import { Closers } from '../../runtime/closers.ts';
import type { Logger } from '../../runtime/log.ts';

const log = { error: vi.fn() } as unknown as Logger;

test('steps run once, the last added first, even if another step throws', async () => {
  const closers = new Closers();
  const ran: string[] = [];
  closers.add(() => ran.push('socket'));
  closers.add(async () => {
    ran.push('timer');
    throw new Error('timer');
  });
  closers.add(() => ran.push('child'));
  await expect(closers.close()).rejects.toThrow('timer');
  await closers.close();
  expect(ran).toEqual(['child', 'timer', 'socket']);
});

test('a failed start throws its own error, and logs a failure of a closing step', async () => {
  const closers = new Closers();
  closers.add(() => Promise.reject(new Error('close')));
  await expect(closers.undo(new Error('bind'), log)).rejects.toThrow('bind');
  expect(log.error).toHaveBeenCalledOnce();
});

test('steps that fail together throw one error that holds each of them', async () => {
  const closers = new Closers();
  closers.add(() => Promise.reject(new Error('socket')));
  closers.add(() => Promise.reject(new Error('lock')));
  await expect(closers.close()).rejects.toMatchObject({
    message: 'lock; socket',
    errors: [{ message: 'lock' }, { message: 'socket' }],
  });
});

test('a step that comes after the closing is refused, because it would never run', async () => {
  const closers = new Closers();
  await closers.close();
  expect(() => closers.add(() => undefined)).toThrow('after everything had been closed');
});
