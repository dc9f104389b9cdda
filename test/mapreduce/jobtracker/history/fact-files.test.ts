// The facts of a job are kept in order; a line that a crash has cut off counts for nothing.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../../conf/configuration.ts';
import { FactFiles } from '../../../../mapreduce/jobtracker/history/fact-files.ts';
import type { JobFact } from '../../../../mapreduce/jobtracker/scheduler/facts.ts';
import { silentLogger } from '../../../../runtime/log.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-facts-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));
const JOB = 'job_1_0001';
const FACTS: JobFact[] = [{ kind: 'recovered' }, { kind: 'settingUp' }, { kind: 'setUp' }];

const confIn = (name: string) => new Configuration({ 'mapreduce.cluster.local.dir': path.join(root, name) });
const fileIn = (name: string): string => path.join(root, name, 'jobs', `${JOB}.facts`);

async function written(name: string): Promise<FactFiles> {
  const files = await FactFiles.open(confIn(name));
  for (const fact of FACTS) files.append(JOB, fact);
  await files.durable(JOB);
  return files;
}

describe('the facts of jobs', () => {
  it('are read again in their order, and go with drop()', async () => {
    const files = await written('a');
    files.append('job_1_0002', { kind: 'setUp' });
    await files.close();
    const again = await FactFiles.open(confIn('a'));
    expect(await again.readAll(silentLogger)).toEqual([
      { jobId: JOB, facts: FACTS },
      { jobId: 'job_1_0002', facts: [{ kind: 'setUp' }] },
    ]);
    await again.drop(JOB);
    expect(fs.readdirSync(path.join(root, 'a', 'jobs'))).toEqual(['job_1_0002.facts']);
  });

  it('go on behind a line that was cut off', async () => {
    await (await written('b')).close();
    fs.appendFileSync(fileIn('b'), '{"kind":"mov');
    const again = await FactFiles.open(confIn('b'));
    expect((await again.readAll(silentLogger))[0]?.facts).toEqual(FACTS);
    again.append(JOB, { kind: 'moved' });
    await again.close();
    expect(fs.readFileSync(fileIn('b'), 'utf8').trim().split('\n')).toHaveLength(4);
  });

  it('that are damaged are put aside, and do not keep other jobs from being read', async () => {
    await (await written('c')).close();
    fs.writeFileSync(fileIn('c'), 'x\n{"kind":"setUp"}\n');
    const again = await FactFiles.open(confIn('c'));
    expect(await again.readAll(silentLogger)).toEqual([]);
    expect(fs.readdirSync(path.join(root, 'c', 'jobs'))).toEqual([`${JOB}.facts.damaged`]);
  });

  it('are for no other user of the machine', async () => {
    await (await written('d')).close();
    expect(fs.statSync(fileIn('d')).mode & 0o777).toBe(0o600);
    expect(fs.statSync(path.dirname(fileIn('d'))).mode & 0o777).toBe(0o700);
  });

  it('that the disk refuses fail those who wait', async () => {
    const files = await FactFiles.open(confIn('e'));
    fs.mkdirSync(fileIn('e'));
    files.append(JOB, { kind: 'setUp' });
    await expect(files.durable(JOB)).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(files.durable(JOB)).rejects.toMatchObject({ code: 'EISDIR' });
    await files.close();
  });
});
