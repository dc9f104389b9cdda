// Lists the mutants: deliberate bugs that the simulator of jobs must find.
import type { Patch } from '../sim/bundle/patch.ts';
import type { PromiseName } from './promises.ts';

/** A deliberate bug, made by patches of the source. */
export interface Mutant {
  readonly name: string;
  /** Sentence that says what the bug does. */
  readonly about: string;
  readonly patches: readonly Patch[];
  /** Promises that the bug breaks: the bug counts as found only when one of these is broken. */
  readonly breaks: readonly PromiseName[];
}

const COMMITTER = 'mapreduce/files/output-committer.ts';
const COMMITS = 'mapreduce/jobtracker/scheduler/commit-handlers.ts';
const STEP = 'mapreduce/jobtracker/scheduler/step.ts';
const OUTPUT = 'mapreduce/jobtracker/master/job-output.ts';
const EFFECTS = 'mapreduce/jobtracker/master/effect-work.ts';
const DELAY = 'mapreduce/jobtracker/scheduler/locality-delay.ts';
const RECOVERY = 'mapreduce/jobtracker/scheduler/recovery.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'late-attempt-deletes',
    about: 'An attempt moves its files itself, and deletes a file that is in the way: the bug that was seen.',
    breaks: ['committed-files-stay', 'one-attempt-of-each-task', 'ended-outputs-stay'],
    patches: [
      {
        file: COMMITTER,
        find: 'await this.#fs.renameStrict(this.attemptPath(attempt), this.#taskPath(attempt));',
        replace: `const part = 'part-' + attempt.split('_')[3] + '-' + attempt.split('_')[4].slice(1);
    const [from, to] = [joinPath(this.attemptPath(attempt), part), joinPath(this.#output, part)];
    if (!(await this.#fs.rename(from, to))) { await this.#fs.delete(to, false); await this.#fs.rename(from, to); }`,
      },
      { file: COMMITTER, find: 'for (const attempt of left) await this.mergeTask(attempt);', replace: 'left.next();' },
      {
        file: COMMITTER,
        find: 'await this.#mergeDirectory(this.#taskPath(attempt), this.#output);',
        replace: 'await this.#fs.mkdirs(this.#taskPath(attempt));',
      },
    ],
  },
  {
    name: 'every-attempt-may-commit',
    about: 'The JobTracker allows every attempt that runs, also while an earlier one is being undone.',
    breaks: ['one-attempt-of-each-task', 'faults-fail-no-job', 'full-disks-fail-no-job', 'scheduler-is-sound'],
    patches: [{ file: COMMITS, find: 'if (!task.commit) step.record', replace: 'step.record' }],
  },
  {
    name: 'given-up-attempt-may-commit',
    about: 'The JobTracker allows an attempt that it has given up.',
    breaks: [
      'one-attempt-of-each-task',
      'faults-fail-no-job',
      'full-disks-fail-no-job',
      'scheduler-is-sound',
      'jobs-end',
    ],
    patches: [{ file: COMMITS, find: " || found.attempt.state !== 'RUNNING') return;", replace: ') return;' }],
  },
  {
    name: 'permission-not-taken-back',
    about: 'The permission of an attempt that was given up ends at once, before its output is deleted.',
    breaks: ['one-attempt-of-each-task', 'faults-fail-no-job', 'full-disks-fail-no-job'],
    patches: [
      {
        file: STEP,
        find: 'task.commit.revoking = { tries: 0 };',
        replace: 'delete task.commit;',
      },
    ],
  },
  {
    name: 'revoke-in-wrong-order',
    about: "The task's directory is deleted before the attempt's: a rename in between leaves it.",
    breaks: ['commits-meet-no-other', 'one-attempt-of-each-task', 'faults-fail-no-job', 'full-disks-fail-no-job'],
    patches: [
      {
        file: COMMITTER,
        find: `    await this.#fs.delete(this.attemptPath(attempt), true);
    await this.#fs.delete(this.#taskPath(attempt), true);`,
        replace: `    await this.#fs.delete(this.#taskPath(attempt), true);
    await this.#fs.delete(this.attemptPath(attempt), true);`,
      },
    ],
  },
  {
    name: 'revoke-forgets-the-task',
    about: 'Only the directory of the attempt is deleted: what it had committed stays in the way.',
    breaks: ['one-attempt-of-each-task', 'faults-fail-no-job', 'full-disks-fail-no-job'],
    patches: [
      {
        file: COMMITTER,
        find: `    await this.#fs.delete(this.attemptPath(attempt), true);
    await this.#fs.delete(this.#taskPath(attempt), true);`,
        replace: '    await this.#fs.delete(this.attemptPath(attempt), true);',
      },
    ],
  },
  {
    name: 'failed-revoke-forgotten',
    about: 'A revoke that failed is not tried again: the next attempt waits for ever.',
    breaks: ['jobs-end'],
    patches: [
      {
        file: 'mapreduce/jobtracker/scheduler/scheduler.ts',
        find: '        retryRevokes(step);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'attempt-makes-parents',
    about: 'A late attempt makes the directory `_temporary` anew.',
    breaks: ['ended-outputs-stay'],
    patches: [
      {
        file: COMMITTER,
        find: 'await this.#fs.mkdir(this.attemptPath(attempt));',
        replace: 'await this.#fs.mkdirs(this.attemptPath(attempt));',
      },
    ],
  },
  {
    name: 'create-makes-parents',
    about: 'A late file of an attempt makes the directory `_temporary` anew.',
    breaks: ['ended-outputs-stay'],
    patches: [
      {
        file: 'mapreduce/records/attempt-files.ts',
        find: '{ createParent: false, ',
        replace: '{ createParent: true, ',
      },
    ],
  },
  {
    name: 'map-files-merge-early',
    about: 'The files of a map go into the output at once, though the map may run again.',
    breaks: ['faults-fail-no-job', 'one-attempt-of-each-task', 'committed-files-stay'],
    patches: [
      {
        file: 'mapreduce/jobtracker/scheduler/step.ts',
        find: 'if (job.mergesEarly(task.kind)) ',
        replace: '',
      },
    ],
  },
  {
    name: 'abort-takes-foreign-output',
    about: 'A job whose output was there already clears that output when it fails.',
    breaks: ['one-attempt-of-each-task', 'committed-files-stay', 'faults-fail-no-job', 'jobs-end'],
    patches: [
      {
        file: OUTPUT,
        find: 'if (this.#mayBeOurs) await this.#deleteLeftovers();',
        replace: 'await this.#deleteLeftovers();',
      },
    ],
  },
  {
    name: 'output-not-looked-at',
    about: 'A job takes an output that another job has made since the submission.',
    breaks: ['one-attempt-of-each-task', 'ended-outputs-stay', 'committed-files-stay'],
    patches: [{ file: OUTPUT, find: '        await committer.checkOutput();\n', replace: '' }],
  },
  {
    name: 'outputs-out-of-turn',
    about: 'Set-up, moves, commit and abort of one output run side by side.',
    breaks: [
      'ended-outputs-stay',
      'one-attempt-of-each-task',
      'faults-fail-no-job',
      'committed-files-stay',
      'full-disks-fail-no-job',
    ],
    patches: [
      {
        file: OUTPUT,
        find: 'return this.#o.turns.take(this.#o.uri, async () => {',
        replace: 'return Promise.resolve().then(async () => {',
      },
    ],
  },
  {
    name: 'abort-leaves-success',
    about: 'A job whose commit broke off after `_SUCCESS` was made leaves it.',
    breaks: ['no-success-of-failed-jobs'],
    patches: [
      { file: COMMITTER, find: '    await this.#fs.delete(joinPath(this.#output, SUCCESS), false);\n', replace: '' },
    ],
  },
  {
    name: 'abort-not-tried-again',
    about: 'An abort that failed is not tried again.',
    breaks: ['ended-outputs-stay', 'no-success-of-failed-jobs'],
    patches: [{ file: OUTPUT, find: '= [500, 1000, 2000, 4000, 8000] as const', replace: '= [] as readonly number[]' }],
  },
  {
    name: 'temporary-kept',
    about: 'The commit of a job leaves `_temporary`.',
    breaks: ['ended-outputs-stay'],
    patches: [
      {
        file: COMMITTER,
        find: '    await this.#fs.delete(joinPath(this.#output, PENDING), true);\n    if (this.#markSuccess)',
        replace: '    if (this.#markSuccess)',
      },
    ],
  },
  {
    name: 'success-first',
    about: '`_SUCCESS` is made before the files are there.',
    breaks: ['no-success-of-failed-jobs', 'ended-outputs-stay', 'one-attempt-of-each-task'],
    patches: [
      {
        file: COMMITTER,
        find: `    await Promise.all(Array.from({ length: Math.min(MERGES_AT_ONCE, attempts.length) }, mergeSome));`,
        replace: `    void Promise.all(Array.from({ length: Math.min(MERGES_AT_ONCE, attempts.length) }, mergeSome)).catch(() => {});`,
      },
    ],
  },
  {
    name: 'farther-slot-at-once',
    about: 'A map takes a slot far from its input as soon as one is free.',
    breaks: ['maps-wait-for-their-place'],
    patches: [{ file: DELAY, find: 'if (endMs <= now) return true;', replace: 'if (endMs > 0) return true;' }],
  },
  {
    name: 'rack-not-waited-for',
    about: 'A map that has waited for its node takes a slot on any rack.',
    breaks: ['maps-wait-for-their-place'],
    patches: [{ file: DELAY, find: 'forNode + (isNear ? rackMs : 0)', replace: 'forNode + (isNear ? 0 : rackMs)' }],
  },
  {
    name: 'delay-begins-anew',
    about: 'The time for which a map waits for a near slot begins anew with every slot that it leaves.',
    breaks: ['maps-wait-for-their-place', 'jobs-end'],
    patches: [{ file: DELAY, find: 'task.heldSinceMs ??= now;', replace: 'task.heldSinceMs = now;' }],
  },
  {
    name: 'submission-runs-twice',
    about: 'A submission that comes twice puts a new job in the place of the first.',
    breaks: [
      'scheduler-is-sound',
      'one-attempt-of-each-task',
      'faults-fail-no-job',
      'jobs-end',
      'slots-come-back',
      'full-disks-fail-no-job',
      'counters-count-once',
    ],
    patches: [
      {
        file: 'mapreduce/jobtracker/scheduler/job-handlers.ts',
        find: '  if (step.jobs.has(submission.jobId)) return;\n',
        replace: '',
      },
    ],
  },
  {
    name: 'late-report-counts',
    about: 'A report of an attempt that was given up changes the task.',
    breaks: ['scheduler-is-sound', 'one-attempt-of-each-task', 'counters-count-once', 'jobs-end'],
    patches: [
      {
        file: 'mapreduce/jobtracker/scheduler/report-handlers.ts',
        find: "if (found?.attempt.state !== 'RUNNING' || found.job.isOver) return;",
        replace: 'if (!found || found.job.isOver) return;',
      },
    ],
  },
  {
    name: 'lost-maps-not-run-again',
    about: 'The finished maps of a lost tracker count as done, though their outputs are gone.',
    breaks: ['faults-fail-no-job', 'full-disks-fail-no-job', 'jobs-end'],
    patches: [
      {
        file: 'mapreduce/jobtracker/scheduler/tracker-handlers.ts',
        find: 'const isLost = isNeededOutput(job, task, attempt);',
        replace: 'const isLost = isNeededOutput(job, task, attempt) && step.now < 0;',
      },
      {
        file: 'mapreduce/jobtracker/scheduler/report-handlers.ts',
        find: '  map.task.fetchFailures++;\n',
        replace: '  if (step.now >= 0) return;\n  map.task.fetchFailures++;\n',
      },
    ],
  },
  {
    name: 'lost-tracker-keeps-its-tasks',
    about: 'The running attempts of a lost tracker are waited for.',
    breaks: ['jobs-end', 'scheduler-is-sound', 'slots-come-back'],
    patches: [
      {
        file: 'mapreduce/jobtracker/scheduler/tracker-handlers.ts',
        find: "if (attempt.state === 'RUNNING' || isLost)",
        replace: 'if (isLost)',
      },
    ],
  },
  {
    name: 'slot-not-freed',
    about: 'The slot of an attempt that was killed is not given back.',
    breaks: ['scheduler-is-sound', 'jobs-end'],
    patches: [
      {
        file: STEP,
        find: '    tracker?.running[task.kind].delete(attemptId);\n',
        replace: "    if (state !== 'KILLED') tracker?.running[task.kind].delete(attemptId);\n",
      },
    ],
  },
  {
    name: 'reset-keeps-tasks',
    about: 'A tracker that the JobTracker does not know any more goes on with its tasks.',
    breaks: ['slots-come-back', 'scheduler-is-sound', 'faults-fail-no-job'],
    patches: [
      {
        file: 'mapreduce/task/task-runner.ts',
        find: '        this.#keepOnly(new Set(action.attempts), new Set(action.jobs));\n',
        replace: '',
      },
    ],
  },
  {
    name: 'old-polls-answered',
    about: 'A tracker that registers anew goes on with the numbers of its old registration, and misses actions.',
    breaks: ['jobs-end', 'slots-come-back'],
    patches: [
      {
        file: 'mapreduce/jobtracker/web/tracker-links.ts',
        find: 'link?.incarnation !== body.incarnation || !master.isRegistered(params.id)',
        replace: 'link === undefined || !master.isRegistered(params.id)',
      },
      {
        file: 'mapreduce/jobtracker/web/tracker-links.ts',
        find: 'if (this.#links.get(trackerId)?.incarnation === incarnation && master.isRegistered(trackerId)) {',
        replace: 'if (incarnation === undefined) {',
      },
      {
        file: 'mapreduce/jobtracker/web/tracker-links.ts',
        find: 'if (this.#lost.get(trackerId) === incarnation) return',
        replace: 'if (incarnation === undefined) return',
      },
    ],
  },
  {
    name: 'reports-lost',
    about: 'Reports that could not be sent are forgotten.',
    breaks: ['jobs-end'],
    patches: [
      {
        file: 'mapreduce/tasktracker/job-tracker-link.ts',
        find: 'this.#reports = [...this.#sending, ...this.#reports];',
        replace: '',
      },
    ],
  },
  {
    name: 'counters-of-all-attempts',
    about: 'The counters of attempts that failed or were killed count too.',
    breaks: ['counters-count-once'],
    patches: [
      {
        file: 'mapreduce/jobtracker/scheduler/scheduled-job.ts',
        find: 'for (const task of this.tasks[kind]) counters.merge(bestAttempt(task)?.counters ?? {});',
        replace:
          'for (const task of this.tasks[kind]) for (const a of task.attempts) counters.merge(Object.keys(a.counters).length > 0 ? a.counters : { "jobsim attempts": { [a.attemptId]: 1 } });',
      },
    ],
  },
  {
    name: 'facts-not-waited-for',
    about: 'The JobTracker acts before the disk has the facts: a crash then forgets what others have seen.',
    breaks: ['jobs-end', 'one-attempt-of-each-task', 'faults-fail-no-job', 'scheduler-is-sound', 'ended-outputs-stay'],
    patches: [{ file: EFFECTS, find: 'await this.#o.facts?.durable(jobId);', replace: '' }],
  },
  {
    name: 'permission-forgotten-by-restart',
    about: 'A JobTracker that was started anew does not know which attempt may commit.',
    breaks: ['commits-meet-no-other', 'one-attempt-of-each-task', 'faults-fail-no-job', 'jobs-end'],
    patches: [
      {
        file: RECOVERY,
        find: 'for (const fact of facts) job.apply(fact, step);',
        replace:
          "for (const fact of facts) if (fact.kind !== 'allowed' && fact.kind !== 'revoked') job.apply(fact, step);",
      },
    ],
  },
  {
    name: 'revoke-not-gone-on-with',
    about: 'A permission that was being taken back when the JobTracker died is never free again.',
    breaks: ['jobs-end', 'scheduler-is-sound'],
    patches: [
      {
        file: RECOVERY,
        find: "  step.effects.push({ kind: 'revokeTask', job, attemptId: commit.attemptId });\n",
        replace: '',
      },
    ],
  },
  {
    name: 'own-output-taken-for-foreign',
    about: 'A JobTracker that died while it made the output of a job finds it and fails the job.',
    breaks: ['faults-fail-no-job', 'full-disks-fail-no-job', 'ended-outputs-stay'],
    patches: [
      { file: 'mapreduce/jobtracker/master/output-work.ts', find: 'isOurs: isSettingUp,', replace: 'isOurs: false,' },
    ],
  },
  {
    name: 'moved-files-moved-again',
    about: 'A commit that had moved all files begins anew after a restart.',
    breaks: ['faults-fail-no-job', 'full-disks-fail-no-job'],
    patches: [
      {
        file: 'mapreduce/jobtracker/master/output-work.ts',
        find: 'commit(job.isMoved ? undefined : job.committed, {',
        replace: 'commit(job.committed, {',
      },
    ],
  },
];
