// Replays attempts of jobs that failed: the failing record is named as a whole, and nothing is committed.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { replayCommand } from '../../../cli/jobs/replay-command.ts';
import { LocalJobRunner } from '../../../mapreduce/engines/local-job-runner.ts';
import type { JobStatus } from '../../../mapreduce/job/messages.ts';
import { bundleJob } from '../../../mapreduce/submit/bundle-job.ts';
import { submitJob } from '../../../mapreduce/submit/job-submitter.ts';
import { localConf, writeBelow } from '../../mapreduce/helpers.ts';
import { printed } from './printed.ts';

let dir: string;
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-replay-test-'));
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

const HEAD = "import { job } from 'calf';\nexport default job<string, number, string, number>";

/** Runs a job on two lines of input in this process. Gives its end to `then`, with a function that replays attempts. */
async function onEndedJob(
  name: string,
  spec: string,
  then: (status: JobStatus, replay: (attemptId: string) => Promise<{ status: number; text: string }>) => Promise<void>,
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  const conf = localConf(path.join(dir, name), 1).set('mapreduce.map.maxattempts', '1');
  conf.set('mapreduce.reduce.maxattempts', '1');
  for (const [key, value] of Object.entries(properties)) conf.set(key, value);
  const input = writeBelow(dir, `${name}/in.txt`, 'good one\nbad two\nbad three\n');
  const file = writeBelow(dir, `${name}/job.ts`, `${HEAD}(${spec});`);
  const { exports, code } = await bundleJob(file, false);
  await using service = new LocalJobRunner(conf);
  const { jobId } = await submitJob({
    job: exports.default as never,
    exportName: 'default',
    code: { kind: 'bundle', source: file, code },
    args: { inputs: [input], output: path.join(dir, name, 'out') },
    conf,
    service,
  });
  let status = await service.status(jobId);
  while (status?.finishTimeMs === 0) status = await service.waitForChange(jobId, status.version);
  if (!status) throw new Error('The job is not known');
  await then(status, (attemptId) => printed(() => replayCommand(service, [attemptId], { conf, json: false })));
}

const MAP = `{
  map(line, { emit }) {
    if (line.startsWith('bad')) throw new RangeError('cannot be read: ' + line);
    emit(line, 1);
  },
  reducers: 0,
}`;

it('a failing map is shown with file, offset, number, record and stack, and commits nothing', async () => {
  await onEndedJob('map', MAP, async ({ state, failures }, replay) => {
    expect(state).toBe('FAILED');
    const { status, text } = await replay(failures[0]?.attemptId ?? '');
    const lines = text.split('\n');
    expect(status).toBe(1);
    expect(lines[0]).toMatch(/^Replaying attempt_local\d+_0001_m_000000_0 of 'job.ts' in this process, on file:/);
    expect(lines[1]).toBe(`Record 2 failed, of file://${path.join(dir, 'map/in.txt')} at offset 9:`);
    expect(lines[2]).toBe('bad two');
    expect(lines[3]).toBe('RangeError: cannot be read: bad two');
    // The line of the user's file.
    expect(lines[4]).toMatch(/at .*map.*job\.ts:4:/);
    expect(lines[5]).toMatch(/^Nothing was committed: file:.*map\/out is as it was$/);
    expect(fs.existsSync(path.join(dir, 'map/out/part-m-00000'))).toBe(false);
  });
});

it('an attempt that does not fail again is said to succeed', async () => {
  const flag = path.join(dir, 'flag');
  const spec = `{ map() { if (!process.getBuiltinModule('node:fs').existsSync('${flag}')) throw new Error('no flag'); }, reducers: 0 }`;
  await onEndedJob('again', spec, async ({ failures }, replay) => {
    fs.writeFileSync(flag, '');
    const { status, text } = await replay(failures[0]?.attemptId ?? '');
    expect([status, text]).toEqual([0, expect.stringContaining('succeeded: none of its 3 records failed')]);
  });
});

it('a reduce of a job that has ended is refused, because the outputs of its maps are gone', async () => {
  const spec = `{ map(line, { emit }) { emit(line, 1); }, reduce() { throw new Error('no'); } }`;
  await onEndedJob('reduce', spec, async ({ failures }, replay) => {
    const { status, text } = await replay(failures[0]?.attemptId ?? '');
    expect([status, text]).toEqual([255, expect.stringContaining('0 of its 1 map outputs exist')]);
  });
});

it('the code of a job stays only where mapreduce.task.files.preserve.failedtasks says so', async () => {
  const keeps = { 'mapreduce.task.files.preserve.failedtasks': 'false' };
  const staged = () => fs.readdirSync(path.join(dir, 'kept'), { recursive: true, encoding: 'utf8' });
  await onEndedJob('kept', MAP, async ({ state }) => expect(state).toBe('FAILED'), keeps);
  expect(staged().filter((name) => name.endsWith('job.mjs'))).toEqual([]);
});

it('an attempt that never was is not found', async () => {
  await onEndedJob('unknown', MAP, async ({ jobId }, replay) => {
    const attempt = `${jobId.replace('job', 'attempt')}_m_000007_0`;
    expect(await replay(attempt)).toEqual({ status: 255, text: `Could not find attempt ${attempt}\n` });
  });
});
