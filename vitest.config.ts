// How the tests run: which files, how many at once, and which of them need a process of their own.
import { defineConfig } from 'vitest/config';

const EXCLUDE = ['test/interop/**', '**/node_modules/**'];

/** Tests that start daemons or count what a process holds: each file gets a fresh process. */
const ALONE = [
  'test/{chaos,cluster,contract,e2e,fuzz,sim,story}/**/*.test.ts',
  'test/**/{bug,bug-in-work,start-and-stop}.test.ts',
  'test/mapreduce/{engines,jobtracker,task,tasktracker}/**/*.test.ts',
];

export default defineConfig({
  test: {
    // Long, because a busy machine may be ten times slower than an idle one. Only a test that fails waits so long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 50_000, interval: 20 } },
    maxWorkers: 2,
    env: { CALF_LOG: 'error', CALF_INVARIANTS: 'all' },
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, exclude: EXCLUDE } },
      {
        extends: true,
        // The other files share the modules that they load, which takes two thirds off the time of loading.
        test: { name: 'shared', isolate: false, include: ['test/**/*.test.ts'], exclude: [...EXCLUDE, ...ALONE] },
      },
    ],
  },
});
