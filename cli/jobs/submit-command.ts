/** `mapred job -submit FILE`: submits the job of a file of properties, and does not wait for it. */
import fs from 'node:fs';
import { readConfigurationXml } from '../../conf/xml.ts';
import { submitByProperties } from '../../mapreduce/engines/submit-file.ts';
import type { JobService } from '../../mapreduce/job/job-service.ts';
import { print } from '../terminal/terminal.ts';
import { EXIT_NOT_DONE, EXIT_SUCCESS, type Output } from './job-command.ts';
import { printResult } from './print-result.ts';

export async function submitCommand(
  service: JobService,
  [file = '']: readonly string[],
  output: Output,
): Promise<number> {
  if (output.conf.get('mapreduce.framework.name') === 'local') {
    print('A job that runs in this process ends with it, and -submit does not wait: use mapred submit');
    return EXIT_NOT_DONE;
  }
  const conf = output.conf.clone();
  for (const { name, value } of readConfigurationXml(await fs.promises.readFile(file, 'utf8'), file))
    conf.set(name, value);
  const jobId = await submitByProperties(conf, service);
  printResult(output, { jobId }, () => [`Created job ${jobId}`]);
  return EXIT_SUCCESS;
}
