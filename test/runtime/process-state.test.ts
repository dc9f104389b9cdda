// The state of a process is only told if the system has been asked.
import { afterEach, expect, test, vi } from 'vitest';
import { processState } from '../../runtime/process-state.ts';

const { platform } = process;
afterEach(() => {
  vi.unstubAllEnvs();
  Object.defineProperty(process, 'platform', { value: platform });
});

test('a process that runs, and one that does not exist', () => {
  expect(processState(process.pid)).toBe('running');
  expect(processState(999_999_999)).toBe('ended');
});

test('another program that has the id since then counts as ended', () => {
  expect(processState(process.pid, 'no program has this argument')).toBe('ended');
});

test('without /proc and without ps nothing is known: the failure is told', () => {
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  vi.stubEnv('PATH', '/nonexistent');
  expect(() => processState(process.pid)).toThrow('ENOENT');
});
