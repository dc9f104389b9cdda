// How the tests run. No test is tried again: a test that fails now and then is broken.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', '**/node_modules/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    env: { CALF_LOG: 'error', CALF_INVARIANTS: 'all' },
  },
});
