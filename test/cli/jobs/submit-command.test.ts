// `mapred job -submit`: the properties of a file name the job file, its input and its output.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { submitCommand } from '../../../cli/jobs/submit-command.ts';
import { writeConfigurationXml } from '../../../conf/xml.ts';
import { LocalJobRunner } from '../../../mapreduce/engines/local-job-runner.ts';
import { localConf, readParts, writeBelow } from '../../mapreduce/helpers.ts';
import { printed } from './printed.ts';

it('prints the id of the job, and refuses properties without a job file by the name that is missing', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-submit-'));
  const conf = localConf(dir, 1);
  const output = path.join(dir, 'out');
  const job =
    "import { job } from 'calf';\nexport default job({ map: (line, { emit }) => emit(line, 1), reducers: 0 });";
  const properties = {
    'mapreduce.input.fileinputformat.inputdir': writeBelow(dir, 'in.txt', 'a\n'),
    'mapreduce.output.fileoutputformat.outputdir': output,
  };
  const bare = writeBelow(dir, 'bare.xml', writeConfigurationXml(properties));
  const file = { 'calf.job.file': writeBelow(dir, 'job.ts', job) };
  const whole = writeBelow(dir, 'whole.xml', writeConfigurationXml({ ...properties, ...file }));
  const service = new LocalJobRunner(conf);
  // The job runs in this process, which does not end.
  const form = { conf: conf.clone().set('mapreduce.framework.name', 'calf'), json: false };
  try {
    expect(await printed(() => submitCommand(service, [whole], { conf, json: false }))).toMatchObject({ status: 255 });
    await expect(submitCommand(service, [bare], form)).rejects.toThrow('set calf.job.file');
    const { status, text } = await printed(() => submitCommand(service, [whole], form));
    expect([status, text]).toEqual([0, expect.stringMatching(/^Created job job_local\d+_\d{4}\n$/)]);
    const id = text.trim().slice('Created job '.length);
    let job = await service.status(id);
    while (job?.finishTimeMs === 0) job = await service.waitForChange(id, job.version);
    expect(readParts(output)).toEqual({ 'part-m-00000': ['a\t1'] });
  } finally {
    await service[Symbol.asyncDispose]();
    fs.rmSync(dir, { recursive: true });
  }
});
