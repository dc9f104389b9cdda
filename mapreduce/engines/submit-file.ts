/** Submits the job of a file of properties and does not wait for it: `mapred job -submit`. */
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { isJob } from '../api/api.ts';
import type { JobService } from '../job/job-service.ts';
import { bundleJob, JobFileError } from '../submit/bundle-job.ts';
import { submitJob } from '../submit/job-submitter.ts';

/** The property that names the job file, in place of Java classes. */
export const JOB_FILE = 'calf.job.file';

/** The properties of Hadoop with the paths of a job. */
const INPUTS = 'mapreduce.input.fileinputformat.inputdir';
const OUTPUT = 'mapreduce.output.fileoutputformat.outputdir';

/**
 * Returns the id of the job. @param conf the properties of the job
 * @throws JobFileError if they do not name a job file, or one without a job; as submitJob()
 */
export async function submitByProperties(conf: Configuration, service: JobService): Promise<string> {
  const file = conf.getRaw(JOB_FILE);
  if (!file) throw new JobFileError(`The properties name no job file: set ${JOB_FILE}. Calf runs no Java classes`);
  const source = path.resolve(file);
  const { exports, code, packages } = await bundleJob(source, conf.get('calf.job.type-check'));
  const main = exports.default;
  if (!isJob(main)) throw new JobFileError(`${source}: its default export is no job`);
  if (main.inputs) throw new JobFileError(`${source}: a job with several inputs is run by mapred submit`);
  const inputs = (conf.getRaw(INPUTS) ?? '').split(',').filter((text) => text !== '');
  const output = conf.getRaw(OUTPUT);
  if (inputs.length === 0) throw new JobFileError(`The properties name no input: set ${INPUTS}`);
  const args = { inputs, ...(output === undefined ? {} : { output }) };
  const submitted = await submitJob({
    ...{ job: main, exportName: 'default', code: { kind: 'bundle', source, code, packages }, args, conf, service },
  });
  return submitted.jobId;
}
