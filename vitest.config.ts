// How the tests run: which files, how many at once, in which order, and which of them need a process of their own.
import path from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const EXCLUDE = ['test/interop/**', '**/node_modules/**'];

/**
 * The longest tests of faults, of the simulators and of the tutorials' commands: `npm test` leaves them out, so that it stays
 * under 3 minutes, and `npm run test:interop -- long-tests` runs them. Each file gets a fresh process.
 */
const LONG = [
  'test/e2e/bad-{address,data-frames,disk,rpc-frames}.test.ts',
  'test/e2e/{client-failures,copied-datanode,damaged-byte,failing-disk,old-copy-restored}.test.ts',
  'test/e2e/{bad-input,balancer,lease-recovery,mini-cluster-faults,redundancy,run-job,slow-datanode}.test.ts',
  'test/cluster/{daemons/tracker-keeper,failing-*,fault/fault}.test.ts',
  'test/hostile/fuzz.test.ts',
  'test/{datanode,mapreduce,namenode}/start-and-stop.test.ts',
  'test/namenode/{kill-namenode,store/level/level-rot,store/name-directories,store/torn-store}.test.ts',
  'test/mapreduce/jobtracker/{clock,job-tracker,restart}.test.ts',
  'test/mapreduce/{submit/native-packages,task/contained,task/out-of-turn}.test.ts',
  'test/datanode/damaged-replica.test.ts',
  'test/namenode/{recovery,datanodes/maintenance-property,namespace/subtree-check,rpc/subtree-slices}.test.ts',
  'test/fuzz/fuzz.test.ts',
  'test/jobsim/jobsim.test.ts',
  'test/sim/{broken-scenarios,sim}.test.ts',
  'test/mapreduce/skipping/dying-process.test.ts',
  'test/mapreduce/tasktracker/{broken-trackers,hung-task,late-attempt}.test.ts',
  'test/e2e/tutorials/commands.test.ts',
];

/** Tests that count what a process holds, or load it with much: each file gets a fresh process. */
const ALONE = [
  'test/{fuzz,sim,jobsim}/**/*.test.ts',
  'test/**/{bug,bug-in-work,start-and-stop}.test.ts',
  'test/mapreduce/engines/**/*.test.ts',
  'test/mapreduce/task/task-*.test.ts',
  'test/mapreduce/tasktracker/job-tracker-link.test.ts',
];

/** The files that take longest, the longest first: begun last, one of them would keep a single worker busy at the end. */
const LONGEST = [
  'sim/scenarios',
  'mapreduce/engines/local-job-runner',
  'contract/file-system',
  'e2e/cluster',
  'e2e/mapreduce',
  'cli/jobs/job-commands',
  'cli/cluster',
  'e2e/namenode-and-datanodes',
  'e2e/append',
].map((name) => path.join(import.meta.dirname, 'test', `${name}.test.ts`));

/** Begins the longest files of each project first, and leaves the rest in Vitest's order. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification): number => {
      const at = LONGEST.indexOf(moduleId);
      return (project.config.isolate ? 0 : 2 * LONGEST.length) + (at < 0 ? LONGEST.length : at);
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    // Long, because a busy machine may be ten times slower than an idle one. Only a test that fails waits so long.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 50_000, interval: 20 } },
    // More than a small machine has processors: clusters wait much of the time.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    env: { CALF_LOG: 'error', CALF_INVARIANTS: 'all' },
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE, exclude: [...EXCLUDE, ...LONG] } },
      { extends: true, test: { name: 'long', include: LONG, exclude: EXCLUDE } },
      {
        extends: true,
        // The other files share the modules that they load, which takes two thirds off the time of loading.
        test: {
          name: 'shared',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [...EXCLUDE, ...LONG, ...ALONE],
        },
      },
    ],
  },
});
