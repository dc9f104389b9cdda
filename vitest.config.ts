import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/interop/**', '**/node_modules/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
    // Machines of continuous integration stall; what fails twice is broken.
    retry: process.env.CI ? 1 : 0,
    env: { CALF_LOG: 'error', CALF_INVARIANTS: 'all' },
  },
});
