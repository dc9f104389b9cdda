/** Submits a streaming job and follows it, as StreamJob.submitAndMonitorJob of Hadoop. */
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { logLine } from '../../runtime/format.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { isJob } from '../api/api.ts';
import { FileSystems } from '../files/file-systems.ts';
import type { JobStatus } from '../job/messages.ts';
import { STREAMING, streamingExports } from '../streaming/streaming-exports.ts';
import { JobFileRunner } from '../submit/job-program.ts';
import { jobService } from './job-client.ts';

export interface StreamingRun {
  readonly conf: Configuration;
  readonly inputs: readonly string[];
  /** As the user has typed it. */
  readonly output: string;
  /** Whether the client ends when the job is submitted. */
  readonly inBackground: boolean;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
  readonly onProgress?: (status: JobStatus) => void;
}

const LOGGER = 'streaming.StreamJob';

/** Returns the exit status of Hadoop's StreamJob. */
export async function runStreaming(run: StreamingRun): Promise<number> {
  const log = (level: 'INFO' | 'ERROR', logger: string, message: string): void =>
    run.err(logLine(new Date(systemClock.now()), level, logger, message));
  try {
    if (!(await submitAndFollow(run, (logger, message) => log('INFO', logger, message)))) {
      log('ERROR', LOGGER, 'Job not successful!');
      return 1;
    }
    log('INFO', LOGGER, `Output directory: ${run.output}`);
    return 0;
  } catch (e) {
    if (!(e instanceof HadoopError)) throw e;
    const [status, message] = failureOf(e);
    log('ERROR', LOGGER, message);
    return status;
  }
}

/** Returns false for a job that has failed. */
async function submitAndFollow(
  { conf, inputs, output, inBackground, out, onProgress }: StreamingRun,
  log: (logger: string, message: string) => void,
): Promise<boolean> {
  const own = await withPlaces(conf, inputs, output);
  await using service = await jobService(own);
  const exports = await streamingExports(own);
  const main = exports.default;
  if (!isJob(main)) throw new Error('The streaming program has no job');
  const file = { exports, code: { kind: 'builtin', example: STREAMING } } as const;
  const runner = new JobFileRunner(file, own, service, { print: out, log, ...(onProgress ? { onProgress } : {}) });
  const jobId = await runner.submit(main, { inputs, output });
  if (inBackground) {
    log(LOGGER, 'Job is running in background.');
    return true;
  }
  const { state } = await runner.follow(jobId);
  return state === 'SUCCEEDED';
}

/** Adds the properties by which executables learn where the job reads and writes. */
async function withPlaces(conf: Configuration, inputs: readonly string[], output: string): Promise<Configuration> {
  await using fileSystems = new FileSystems(conf);
  return conf
    .clone()
    .set('mapreduce.input.fileinputformat.inputdir', inputs.join(','))
    .set('mapreduce.output.fileoutputformat.outputdir', fileSystems.qualify(output).uri)
    .set('mapreduce.job.user.name', currentUser());
}

/** Returns the exit status and the message of a submission that failed. */
function failureOf(e: HadoopError): readonly [status: number, message: string] {
  const { message } = e;
  if (e.is('FileNotFoundException')) return [2, `Error launching job , bad input path : ${message}`];
  if (e.is('InvalidJobConfException')) return [3, `Error launching job , Invalid job conf : ${message}`];
  if (e.is('FileAlreadyExistsException')) return [4, `Error launching job , Output path already exists : ${message}`];
  return [5, `Error Launching job : ${message}`];
}
