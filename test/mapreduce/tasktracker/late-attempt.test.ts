// An attempt that is paused within its commit, given up, and resumed after the job's end changes nothing (real processes).
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Configuration } from '../../../conf/configuration.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { TaskTracker } from '../../../mapreduce/tasktracker/task-tracker.ts';
import { distProgram } from '../../../runtime/dist.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { processState } from '../../../runtime/process-state.ts';
import { until } from '../../support/until.ts';
import { prepareTaskChild, recordConsole } from '../helpers.ts';
import { Trackers, trackerConf, writeFile } from '../trackers.ts';

const tasktrackerProgram = distProgram('mapred');
let directory: string;
let remove: () => void;
let trackers: Trackers | undefined;
let child: ChildProcess | undefined;
let paused = 0;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());
afterEach(async () => {
  child?.kill('SIGKILL');
  if (paused > 0 && processState(paused, 'task-child') !== 'ended') process.kill(paused, 'SIGKILL');
  await trackers?.stop();
});

/** Starts a TaskTracker as a process of its own, which leads a session: its end resumes no paused child. */
async function spawnTracker(conf: Configuration): Promise<ChildProcess> {
  const defines = [...conf.entries()].flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const env = { ...process.env, CALF_DIST: '' };
  const spawned = spawn(process.execPath, [tasktrackerProgram, 'tasktracker', ...defines], {
    detached: true,
    stdio: 'ignore',
    env,
  });
  await until(() => trackers?.jobTracker.trackers.length === 1, 'the TaskTracker to register');
  return spawned;
}

/** A job whose first attempt stops its own process at the answer that it may commit, before it does anything with it. */
function stoppingJob(pidFile: string): string {
  return writeFile(
    directory,
    'stopping.ts',
    `import { job } from 'calf';
     import fs from 'node:fs';
     export default job<string, string>({
       map(line, { emit }) { emit(line, ''); },
       reducers: 0,
       setup({ attemptId }) {
         if (!attemptId.endsWith('_0')) return;
         process.prependListener('message', (message: any) => {
           if (message.kind !== 'commitAnswer') return;
           fs.writeFileSync(${JSON.stringify(`${pidFile}.partial`)}, String(process.pid));
           fs.renameSync(${JSON.stringify(`${pidFile}.partial`)}, ${JSON.stringify(pidFile)});
           process.kill(process.pid, 'SIGSTOP');
         });
       },
     });`,
  );
}

function filesBelow(output: string): string[] {
  return fs.readdirSync(output, { recursive: true, encoding: 'utf8' }).sort();
}

it('an attempt that resumes after the commit of the job leaves the output as it is', async () => {
  trackers = await Trackers.start(trackerConf(directory), 0);
  const { conf } = trackers;
  child = await spawnTracker(conf);
  const pidFile = path.join(directory, 'pid');
  const file = stoppingJob(pidFile);
  writeFile(directory, 'in/a.txt', 'apple\n');
  const output = path.join(directory, 'out');
  const { io } = recordConsole();
  const running = runJobFile({ file, conf, args: [path.join(directory, 'in'), output], ...io });
  await until(() => fs.existsSync(pidFile), 'the first attempt to be allowed to commit');
  paused = Number(fs.readFileSync(pidFile, 'utf8'));
  await until(() => processState(paused) === 'paused', 'the first attempt to stop');
  child.kill('SIGKILL');
  trackers.taskTrackers.push(await TaskTracker.start({ conf, log: silentLogger }));
  expect(await running).toBe(0);
  expect(filesBelow(output)).toEqual(['_SUCCESS', 'part-m-00000']);
  process.kill(paused, 'SIGCONT');
  await until(() => processState(paused) === 'ended', 'the resumed attempt to end');
  expect(filesBelow(output)).toEqual(['_SUCCESS', 'part-m-00000']);
  expect(fs.readFileSync(path.join(output, 'part-m-00000'), 'utf8')).toBe('apple\t\n');
});
