// A job goes on when its JobTracker is killed with SIGKILL in the map, shuffle and reduce phase (real processes; Hadoop: job
// recovery, yarn.app.mapreduce.am.job.recovery.enable): running attempts and map outputs are taken over, and not run again.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Configuration } from '../../../conf/configuration.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { RemoteJobService } from '../../../mapreduce/job/job-service.ts';
import { TaskTracker } from '../../../mapreduce/tasktracker/task-tracker.ts';
import { distProgram } from '../../../runtime/dist.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { until } from '../../support/until.ts';
import { prepareTaskChild, recordConsole } from '../helpers.ts';
import { freePort } from '../open-resources.ts';
import { trackerConf, writeFile } from '../trackers.ts';

let directory: string;
let remove: () => void;
let jobTracker: ChildProcess | undefined;
let taskTracker: TaskTracker | undefined;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterEach(async () => {
  await taskTracker?.stop();
  jobTracker?.kill('SIGKILL');
});
afterAll(() => remove());

function startJobTracker(conf: Configuration): void {
  const defines = [...conf.entries()].flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const env = { ...process.env, CALF_DIST: '' };
  const args = [distProgram('mapred'), 'jobtracker', ...defines];
  jobTracker = spawn(process.execPath, args, { stdio: 'ignore', env });
}

const at = (name: string): string => path.join(directory, name);
const lines = (name: string): string[] =>
  fs.existsSync(at(name)) ? fs.readFileSync(at(name), 'utf8').split('\n') : [];

/** Each attempt tells its start, and waits for a file with the name of its phase. */
const JOB = (): string => `import { job } from 'calf';
  import fs from 'node:fs';
  const wait = async (file: string) => { while (!fs.existsSync(file)) await new Promise((r) => setTimeout(r, 10)); };
  export default job<string, number>({
    async setup({ attemptId }) {
      fs.appendFileSync(${JSON.stringify(at('started'))}, attemptId.split('_').slice(3).join('_') + '\\n');
      const isFirstMap = attemptId.includes('_m_000000');
      if (!isFirstMap) await wait(attemptId.includes('_m_') ? ${JSON.stringify(at('go-map'))} : ${JSON.stringify(at('go-reduce'))});
    },
    map(line, { emit }) { emit(line, 1); },
    reduce(key, values, { emit }) { emit(key, [...values].length); },
    conf: { 'mapreduce.job.reduce.slowstart.completedmaps': 0.5 },
  });`;

it('a JobTracker that is killed three times loses neither the job nor its work', async () => {
  const conf = trackerConf(directory).set('mapreduce.jobtracker.http.address', `127.0.0.1:${await freePort()}`);
  const inputs = path.dirname(writeFile(directory, 'in/a.txt', 'x\ny\nlong\n'));
  writeFile(directory, 'in/b.txt', 'x\n');
  const file = writeFile(directory, 'waiting.ts', JOB());
  startJobTracker(conf);
  taskTracker = await TaskTracker.start({ conf, log: silentLogger });
  const { err, io } = recordConsole();
  const running = runJobFile({ file, conf, args: [inputs, at('out')], ...io });
  const restart = async (): Promise<void> => {
    const answers = () => err.filter((line) => line.includes('answers again')).length;
    const before = answers();
    jobTracker?.kill('SIGKILL');
    await until(
      () => err.filter((line) => line.includes('waits for its JobTracker')).length > before,
      'the client to say that it waits',
    );
    startJobTracker(conf);
    await until(() => answers() > before, 'the client to reach the JobTracker again');
  };
  // The second map waits; the first one has succeeded, and the reduce fetches its output.
  await until(() => lines('started').some((line) => line.startsWith('m_000001')), 'the second map to start');
  await restart();
  const jobId = /Running job: (job_\w+)/.exec(err.join('\n'))?.[1] ?? '';
  await using service = new RemoteJobService(conf);
  await until(async () => (await service.attempts(jobId)).some(({ kind }) => kind === 'REDUCE'), 'the reduce to fetch');
  await restart();
  fs.writeFileSync(at('go-map'), '');
  await until(() => lines('started').some((line) => line.startsWith('r_')), 'the reduce to have all outputs');
  await restart();
  fs.writeFileSync(at('go-reduce'), '');
  expect(await running).toBe(0);
  // The number of the reduce's attempt tells after which restart it was launched.
  const started = lines('started')
    .filter(Boolean)
    .map((line) => line.replace(/_\d000$/, '_0'));
  expect(started.sort()).toEqual(['m_000000_0', 'm_000001_0', 'r_000000_0']);
  expect(fs.readFileSync(at('out/part-r-00000'), 'utf8')).toBe('long\t1\nx\t2\ny\t1\n');
  expect(fs.readdirSync(at('out')).sort()).toEqual(['_SUCCESS', 'part-r-00000']);
}, 60_000);
