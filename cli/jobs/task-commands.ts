/** The commands of `mapred job` for single attempts: they list, kill and fail them, and show their ends and logs. */
import { currentUser } from '../../conf/configuration.ts';
import { parseAttemptId } from '../../mapreduce/job/job-id.ts';
import type { AttemptStatus } from '../../mapreduce/job/messages.ts';
import { taskLogs } from '../../mapreduce/logs/task-logs.ts';
import { UsageError } from '../options/usage-error.ts';
import { print } from '../terminal/terminal.ts';
import { type Action, EXIT_NOT_DONE, EXIT_SUCCESS, type JobCommand, onJob, refuseUnknown } from './job-command.ts';
import { printResult } from './print-result.ts';

const TASK_TYPES = ['MAP', 'REDUCE'];
/** The states of Hadoop's tasks, with those of attempts; a pending task has none. */
const TASK_STATES: Readonly<Record<string, AttemptStatus['state'] | undefined>> = {
  pending: undefined,
  running: 'RUNNING',
  completed: 'SUCCEEDED',
  failed: 'FAILED',
  killed: 'KILLED',
};

/** Ends a running attempt. The texts are those of Hadoop's CLI. */
const ending =
  (how: 'KILL' | 'FAIL'): Action =>
  async (service, [attemptId = '']) => {
    const jobId = parseAttemptId(attemptId)?.jobId;
    if (jobId === undefined) throw new UsageError(`TaskAttemptId string : ${attemptId} is not properly formed`);
    if (!(await service.status(jobId))) {
      print(`Could not find job ${jobId}`);
      return EXIT_NOT_DONE;
    }
    if (await service.endTask(attemptId, how, currentUser())) {
      print(`Killed task ${attemptId}${how === 'FAIL' ? ' by failing it' : ''}`);
      return EXIT_SUCCESS;
    }
    print(`Could not ${how === 'FAIL' ? 'fail' : 'kill'} task ${attemptId}`);
    return EXIT_NOT_DONE;
  };

/** Returns the attempts that have ended, in the order of their ends (Hadoop: TaskCompletionEvent). */
const completions = (attempts: readonly AttemptStatus[]): AttemptStatus[] =>
  attempts.filter((a) => a.finishTimeMs > 0).sort((a, b) => a.finishTimeMs - b.finishTimeMs);

/** @throws UsageError */
function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`${text} is no number`);
  return Number(text);
}

export const TASK_COMMANDS: Readonly<Record<string, JobCommand>> = {
  '-events': {
    usage: '[-events <job-id> <from-event-#> <#-of-events>]. Event #s start from 1.',
    args: [3, 3],
    run: onJob(async (service, { jobId }, [from = '', count = ''], output) => {
      // Numbers start from 0 in truth, and Hadoop's usage says 1.
      const [first, most] = [numberOf(from), numberOf(count)];
      const events = completions(await service.attempts(jobId)).slice(first, first + most);
      printResult(output, events, () => [
        `Task completion events for ${jobId}`,
        `Number of events (from ${first}) are: ${events.length}`,
        ...events.map(
          ({ state, attemptId, httpUrl }) =>
            `${state} ${attemptId} ${httpUrl}/tasklog?plaintext=true&attemptid=${attemptId}`,
        ),
      ]);
      return EXIT_SUCCESS;
    }),
  },
  '-list-attempt-ids': {
    usage:
      '[-list-attempt-ids <job-id> <task-type> <task-state>]. ' +
      'Valid values for <task-type> are MAP REDUCE. Valid values for <task-state> are ' +
      Object.keys(TASK_STATES).join(', '),
    args: [3, 3],
    run: async (service, [jobId = '', type = '', state = ''], output) => {
      refuseUnknown('task-type', type.toUpperCase(), TASK_TYPES, type);
      refuseUnknown('task-state', state.toLowerCase(), Object.keys(TASK_STATES), state);
      return await onJob(async (_, { jobId: id }) => {
        const wanted = (await service.attempts(id)).filter(
          (attempt) => attempt.kind === type.toUpperCase() && attempt.state === TASK_STATES[state.toLowerCase()],
        );
        printResult(output, wanted, () => wanted.map(({ attemptId }) => attemptId));
        return EXIT_SUCCESS;
      })(service, [jobId], output);
    },
  },
  '-kill-task': { usage: '[-kill-task <task-attempt-id>]', args: [1, 1], run: ending('KILL') },
  '-fail-task': { usage: '[-fail-task <task-attempt-id>]', args: [1, 1], run: ending('FAIL') },
  '-replay': {
    usage: '[-replay <task-attempt-id> [--inspect]]',
    args: [1, 2],
    run: async (...call) => await (await import('./replay-command.ts')).replayCommand(...call),
  },
  '-logs': {
    usage: '[-logs <job-id> <task-attempt-id>].  <task-attempt-id> is optional to get task attempt logs.',
    args: [1, 2],
    run: onJob(async (service, { jobId }, [attemptId], { conf }) => {
      for await (const text of taskLogs(service, conf, jobId, attemptId)) print(text);
      return EXIT_SUCCESS;
    }),
  },
};
