// Jobs on a JobTracker and TaskTrackers, over HTTP.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Configuration } from '../../../conf/configuration.ts';
import { runExample, runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { FileSystems } from '../../../mapreduce/files/file-systems.ts';
import { RemoteJobService } from '../../../mapreduce/job/job-service.ts';
import { gatheredLogs } from '../../../mapreduce/logs/gathered-logs.ts';
import { taskLogs } from '../../../mapreduce/logs/task-logs.ts';
import { until } from '../../support/until.ts';
import { prepareTaskChild, readParts, recordConsole } from '../helpers.ts';
import { Trackers, trackerConf, writeFile } from '../trackers.ts';

let directory: string;
let remove: () => void;
let trackers: Trackers;
let conf: Configuration;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

async function startCluster(taskTrackers: number): Promise<void> {
  trackers = await Trackers.start(trackerConf(directory), taskTrackers);
  ({ conf } = trackers);
}

afterEach(() => trackers.stop());

const write = (name: string, text: string): string => writeFile(directory, name, text);

const at = (name: string): string => path.join(directory, name);

const appears = (file: string): Promise<void> => until(() => fs.existsSync(file), `${file} to appear`);

describe('JobTracker and TaskTrackers over HTTP', () => {
  it('counts words with two reduces, whose segments travel over HTTP', async () => {
    await startCluster(2);
    for (let i = 0; i < 5; i++) write(`in/${i}.txt`, `apple pear\napple word${i}\n`);
    const { err, io } = recordConsole();
    conf.set('mapreduce.job.reduces', 2);
    // On a busy machine a map may have a second attempt.
    conf.set('mapreduce.map.speculative', false).set('mapreduce.reduce.speculative', false);
    expect(await runExample('wordcount', { conf, args: [at('in'), at('out')], ...io })).toBe(0);
    const parts = readParts(at('out'));
    expect(Object.keys(parts)).toEqual(['part-r-00000', 'part-r-00001']);
    const expected = ['apple\t10', 'pear\t5', ...Array.from({ length: 5 }, (_, i) => `word${i}\t1`)];
    expect(Object.values(parts).flat().sort()).toEqual(expected);
    const log = err.join('\n');
    expect(log).toMatch(/Running job: job_\d{13}_0001/);
    expect(log).toContain('\t\tLaunched map tasks=5\n\t\tLaunched reduce tasks=2\n');
    expect(log).toContain('\t\tShuffled Maps =10\n\t\tFailed Shuffles=0\n\t\tMerged Map outputs=10\n');
    const page = await fetch(`${trackers.jobTracker.url}/`);
    expect(await page.text()).toContain('word count');
  });

  it('runs a lost tracker’s finished maps and running tasks again elsewhere', async () => {
    await startCluster(2);
    const started = at('started');
    const go = at('go');
    // The map's first attempt waits until its tracker is gone.
    const file = write(
      'waiting.ts',
      `import { job } from 'calf';
       import fs from 'node:fs';
       export default job<string, number>({
         map(line, { emit }) { emit(line, 1); },
         reduce(key, values, { emit }) { emit(key, [...values].length); },
         async setup({ phase, attemptId }) {
           if (phase !== 'map') return;
           fs.appendFileSync(${JSON.stringify(started)}, attemptId + '\\n');
           while (attemptId.endsWith('_0') && !fs.existsSync(${JSON.stringify(go)})) await new Promise((r) => setTimeout(r, 10));
         },
       });`,
    );
    write('lost/a.txt', 'x\ny\n');
    const { io } = recordConsole();
    const running = runJobFile({ file, conf, args: [at('lost'), at('out2')], ...io });
    await appears(started);
    await using service = new RemoteJobService(conf);
    const job = (await service.list()).find((j) => j.state === 'RUNNING');
    const [attempt] = await service.attempts(job?.jobId ?? '');
    const victim = trackers.taskTrackers.findIndex((t) => attempt?.trackerId.endsWith(`:${t.httpAddress.port}`));
    const [tracker] = trackers.taskTrackers.splice(victim, 1);
    await tracker?.stop();
    expect(await running).toBe(0);
    fs.writeFileSync(go, '');
    expect(readParts(at('out2'))).toEqual({ 'part-r-00000': ['x\t1', 'y\t1'] });
    expect(fs.readFileSync(started, 'utf8').trim().split('\n')).toHaveLength(2);
  });

  it('kills a job on request', async () => {
    await startCluster(1);
    const file = write(
      'endless.ts',
      `import { job } from 'calf';
       import fs from 'node:fs';
       export default job<string, number>({
         map() { fs.writeFileSync(${JSON.stringify(at('looping'))}, ''); for (;;); },
       });`,
    );
    write('endless/a.txt', 'x\n');
    const { err, io } = recordConsole();
    const running = runJobFile({ file, conf, args: [at('endless'), at('out3')], ...io });
    await appears(at('looping'));
    await using service = new RemoteJobService(conf);
    const job = (await service.list()).find((j) => j.state === 'RUNNING');
    await service.kill(job?.jobId ?? '', 'tester');
    expect(await running).toBe(1);
    expect(err.join('\n')).toContain('failed with state KILLED due to: Job killed by tester');
  });

  it('survives a task that ends its own process, and shows how it ended', async () => {
    await startCluster(1);
    const file = write(
      'exit.ts',
      `import { job } from 'calf';
       export default job<string, number>({ map() { console.error('good bye'); process.exit(3); } });`,
    );
    write('exit/a.txt', 'x\n');
    const { err, io } = recordConsole();
    expect(await runJobFile({ file, conf, args: [at('exit'), at('out4')], ...io })).toBe(1);
    expect(err.join('\n')).toContain("Error: The task's process exited with status 3:\ngood bye");
  });

  it('keeps what tasks print', async () => {
    await startCluster(1);
    const file = write(
      'printing.ts',
      `import { job } from 'calf';
       export default job<string, number>({ map(line) { console.log('seen: ' + line); }, reducers: 0 });`,
    );
    write('printing/a.txt', 'a line\n');
    const { io } = recordConsole();
    expect(await runJobFile({ file, conf, args: [at('printing'), at('out6')], ...io })).toBe(0);
    await using service = new RemoteJobService(conf);
    const job = (await service.list()).find((j) => j.output.endsWith('out6'));
    const logs = async (): Promise<string> => {
      const texts: string[] = [];
      for await (const text of taskLogs(service, trackers.conf, job?.jobId ?? '')) texts.push(text);
      return texts.join('\n');
    };
    await expect.poll(logs).toContain('seen: a line');
    // When a tracker knows that the job has ended, it gathers the logs, and may go.
    await using fileSystems = new FileSystems(trackers.conf, job?.user);
    const owner = { jobId: job?.jobId ?? '', user: job?.user ?? '' };
    await expect.poll(async () => (await gatheredLogs(trackers.conf, owner, fileSystems).next()).done).toBe(false);
    await Promise.all(trackers.taskTrackers.splice(0).map((tracker) => tracker.stop()));
    expect(await logs()).toMatch(
      /^Container: attempt_\d+_\d{4}_m_000000_0 on tracker_127.0.0.1:\d+\n=+\nLog Type:stdout\nLog Contents:\nseen: a line\n\n$/,
    );
  });

  it('says what to do when there is no JobTracker', async () => {
    await startCluster(0);
    const away = conf.clone().set('mapreduce.jobtracker.http.address', '127.0.0.1:1');
    const { err, io } = recordConsole();
    write('away/a.txt', 'x\n');
    expect(await runExample('wordcount', { conf: away, args: [at('away'), at('out5')], ...io })).toBe(255);
    expect(err.join('\n')).toContain(
      "No JobTracker at http://127.0.0.1:1: connection refused. Start a cluster with 'calf start'",
    );
  });
});
