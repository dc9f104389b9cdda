// Trackers with a full disk, and tasks that kill their tracker (real processes).
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { runExample, runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { distProgram } from '../../../runtime/dist.ts';
import { until } from '../../support/until.ts';
import { prepareTaskChild, readParts, recordConsole } from '../helpers.ts';
import { Trackers, trackerConf, writeFile } from '../trackers.ts';

let directory: string;
let remove: () => void;
let trackers: Trackers | undefined;
const children: ChildProcess[] = [];

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await trackers?.stop();
});

/** Starts TaskTrackers as processes of their own. */
async function spawnTrackers(count: number, localDir: (i: number) => string): Promise<void> {
  const registered = trackers?.jobTracker.trackers.length ?? 0;
  for (let i = 0; i < count; i++) {
    const conf = trackers?.conf.clone().set('mapreduce.cluster.local.dir', localDir(i)) ?? [];
    const defines = [...('entries' in conf ? conf.entries() : [])].flatMap(([name, value]) => [
      '-D',
      `${name}=${value}`,
    ]);
    const env = { ...process.env, CALF_DIST: '' };
    children.push(
      spawn(process.execPath, [distProgram('mapred'), 'tasktracker', ...defines], { stdio: 'ignore', env }),
    );
  }
  await until(() => trackers?.jobTracker.trackers.length === registered + count, 'the TaskTrackers to register');
}

const mounted = path.join('/tmp', `calf-full-${process.pid}`);
const mount = (): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  fs.mkdirSync(mounted, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', mounted]).status === 0;
};
const canMount = mount();
afterAll(() => {
  if (canMount) spawnSync('umount', [mounted]);
  fs.rmSync(mounted, { recursive: true, force: true });
});

// A disk of its own needs the right to mount.
it.skipIf(!canMount)('a job succeeds on another tracker when the disk of one is full, and tells which', async () => {
  const conf = trackerConf(directory).set('mapreduce.tasktracker.map.tasks.maximum', 1);
  trackers = await Trackers.start(conf, 0);
  await spawnTrackers(2, (i) => (i === 0 ? mounted : path.join(directory, 'roomy')));
  for (const name of ['a', 'b']) writeFile(directory, `full/${name}.txt`, 'line\n');
  const file = writeFile(
    directory,
    'full.js',
    `import { job } from 'calf';
     export default job({
       map(line, { emit, taskIndex }) { for (let i = 0; i < 4000; i++) emit(taskIndex + ' ' + i, 'x'.repeat(1000)); },
       reduce(key, values, { emit }) { emit('pair', [...values].length); },
     });`,
  );
  const { err, io } = recordConsole();
  const args = [path.join(directory, 'full'), path.join(directory, 'full-out')];
  expect(await runJobFile({ file, conf: trackers.conf, args, ...io })).toBe(0);
  const log = err.join('\n');
  expect(log).toMatch(/Status : FAILED\nError: .*ENOSPC/);
  expect(log).toMatch(
    new RegExp(
      `127\\.0\\.0\\.1: ${mounted}/tracker-\\d+ \\(mapreduce\\.cluster\\.local\\.dir\\) (has \\d+ bytes free|can not be written)`,
    ),
  );
  expect(readParts(path.join(directory, 'full-out'))['part-r-00000']).toHaveLength(8000);
});

it('a task that kills its tracker three times fails its job, and the next job runs', async () => {
  const conf = trackerConf(directory);
  trackers = await Trackers.start(conf, 0);
  await spawnTrackers(4, (i) => path.join(directory, `local-${i}`));
  writeFile(directory, 'killing/a.txt', 'line\n');
  const file = writeFile(
    directory,
    'killing.js',
    `import { job } from 'calf';
     export default job({ map() { process.kill(process.ppid, 'SIGKILL'); return new Promise(() => {}); }, reducers: 0 });`,
  );
  const { err, io } = recordConsole();
  const args = [path.join(directory, 'killing'), path.join(directory, 'killing-out')];
  expect(await runJobFile({ file, conf: trackers.conf, args, ...io })).toBe(1);
  expect(err.join('\n')).toMatch(
    /3 TaskTrackers died while they ran it, the last one, tracker_\S+, while it ran nothing else/,
  );
  expect(children.filter(({ signalCode }) => signalCode === 'SIGKILL')).toHaveLength(3);
  const after = [path.join(directory, 'killing'), path.join(directory, 'after-out')];
  expect(await runExample('wordcount', { conf: trackers.conf, args: after, ...recordConsole().io })).toBe(0);
  expect(readParts(after[1] ?? '')).toEqual({ 'part-r-00000': ['line\t1'] });
});
