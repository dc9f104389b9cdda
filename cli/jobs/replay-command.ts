/** `mapred job -replay ATTEMPT [--inspect]`: runs an attempt again here, and stops at the record that fails. */
import fs from 'node:fs';
import inspector from 'node:inspector';
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { parseAttemptId } from '../../mapreduce/job/job-id.ts';
import type { JobService } from '../../mapreduce/job/job-service.ts';
import { jobToken } from '../../mapreduce/job/job-token.ts';
import type { TaskLaunch } from '../../mapreduce/job/messages.ts';
import { Replay, type ReplayResult } from '../../mapreduce/replay/replay.ts';
import { beginLine, refusalOf, resultLines } from '../../mapreduce/replay/replay-report.ts';
import { RecordWatch } from '../../mapreduce/replay/watched-job.ts';
import { clientSecret } from '../../runtime/http/cluster-secret.ts';
import { SECRET_IN_JSON } from '../../runtime/http/config-redactor.ts';
import { UsageError } from '../options/usage-error.ts';
import { print } from '../terminal/terminal.ts';
import { EXIT_NOT_DONE, EXIT_SUCCESS, type Output } from './job-command.ts';

const EXIT_FAILURE = 1;
const INSPECT = '--inspect';

/** @throws UsageError */
export async function replayCommand(
  service: JobService,
  [attemptId = '', option]: readonly string[],
  { conf }: Output,
): Promise<number> {
  const jobId = parseAttemptId(attemptId)?.jobId;
  if (jobId === undefined) throw new UsageError(`TaskAttemptId string : ${attemptId} is not properly formed`);
  if (option !== undefined && option !== INSPECT) throw new UsageError();
  const launch = await service.launchOf(attemptId);
  const refusal = launch ? refusalOf(launch) : await unknown(service, jobId, attemptId);
  if (refusal !== undefined || !launch) {
    print(refusal ?? '');
    return EXIT_NOT_DONE;
  }
  return await replay(launch, conf, option === INSPECT);
}

/** Returns the reason why there is nothing to replay. */
async function unknown(service: JobService, jobId: string, attemptId: string): Promise<string> {
  const status = await service.status(jobId);
  if (!status) return `Could not find job ${jobId}`;
  const attempts = await service.attempts(jobId);
  if (attempts.every((attempt) => attempt.attemptId !== attemptId)) return `Could not find attempt ${attemptId}`;
  return (
    `${attemptId} can not be replayed: the code of ${jobId} went when the job ended. It stays if an attempt of the job has ` +
    'failed and mapreduce.task.files.preserve.failedtasks is true'
  );
}

async function replay(launch: TaskLaunch, conf: Configuration, inspects: boolean): Promise<number> {
  const { job } = launch;
  const known = Object.entries(job.conf).filter(([, value]) => value !== SECRET_IN_JSON);
  const secret = clientSecret(conf);
  await using replays = await Replay.open({
    launch: { ...launch, job: { ...job, conf: Object.fromEntries(known) } },
    conf,
    user: currentUser(),
    jobToken: secret ? jobToken(secret, job.jobId) : '',
  });
  print(beginLine(launch));
  let result = await guarded(replays, new RecordWatch());
  if (inspects && result.kind === 'failed' && result.inCall) {
    const { number } = result.watch;
    print(`Call ${number} fails: the second run stops before it. Attach a debugger, and step into the function`);
    if (inspector.url() === undefined) inspector.open(0);
    inspector.waitForDebugger();
    result = await guarded(replays, new RecordWatch(number));
  }
  for (const line of resultLines(launch, result)) print(line);
  return result.kind === 'succeeded' ? EXIT_SUCCESS : EXIT_FAILURE;
}

/** Runs the attempt. If its code ends this process, says so at the last moment. */
async function guarded(replays: Replay, watch: RecordWatch): Promise<ReplayResult> {
  const onExit = (): void => {
    process.exitCode = EXIT_FAILURE;
    fs.writeSync(process.stdout.fd, `The code of the job ended the process, in its call ${watch.number}\n`);
  };
  process.once('exit', onExit);
  try {
    return await replays.run(watch);
  } finally {
    process.off('exit', onExit);
  }
}
