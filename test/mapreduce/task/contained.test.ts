// Tasks stay within their limits, and what they start ends with them. Each job runs in real task processes.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Configuration } from '../../../conf/configuration.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, prepareTaskChild, readParts, recordConsole } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

/** Runs a job file of this text over one line. Returns the exit status and the lines of the client. */
async function run(name: string, text: string, set: (conf: Configuration) => Configuration = (conf) => conf) {
  const place = path.join(directory, name);
  fs.mkdirSync(path.join(place, 'in'), { recursive: true });
  fs.writeFileSync(path.join(place, 'in/a.txt'), 'line\n');
  const file = path.join(place, 'job.ts');
  fs.writeFileSync(file, text);
  const { err, io } = recordConsole();
  const conf = set(localConf(place, 2).set('mapreduce.map.maxattempts', 2));
  const status = await runJobFile({ file, conf, args: [path.join(place, 'in'), path.join(place, 'out')], ...io });
  return { status, log: err.join('\n'), place };
}

// YARN ends the process group of a container. A daemon that has left it is found by its environment.
it('ends the processes that a map has started before its reduce runs, daemons too', async () => {
  const { status, log, place } = await run(
    'children',
    `import { spawn, spawnSync } from 'node:child_process';
     import fs from 'node:fs';
     import { job } from 'calf';
     const isAlive = (pid) => {
       try { return fs.readFileSync('/proc/' + pid + '/stat', 'utf8').split(') ')[1][0] !== 'Z'; } catch { return false; }
     };
     export default job({
       map(_line, { emit }) {
         const quiet = { stdio: 'ignore' };
         emit('group', spawn('sleep', ['1000'], quiet).pid);
         const own = spawn('sleep', ['1000'], { ...quiet, detached: true });
         own.unref();
         emit('session', own.pid);
         spawnSync('setsid', ['sh', '-c', 'sleep 1000 >/dev/null 2>&1 & echo $! > daemon']);
         spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done'], quiet);
         emit('daemon', Number(fs.readFileSync('daemon', 'utf8')));
       },
       async reduce(name, [pid], { emit }) {
         const before = isAlive(pid);
         for (let i = 0; i < 500 && isAlive(pid); i++) await new Promise((r) => setTimeout(r, 10));
         emit(name, before || !isAlive(pid) ? (isAlive(pid) ? 'lives' : 'ended') : '');
       },
     });`,
  );
  expect(log).toContain('completed successfully');
  expect(status).toBe(0);
  expect(readParts(path.join(place, 'out'))).toEqual({
    'part-r-00000': ['daemon\tended', 'group\tended', 'session\tended'],
  });
});

// YARN's ContainersMonitorImpl: the memory of the whole tree counts.
it('ends a task whose child process takes more than mapreduce.map.memory.mb', async () => {
  const { status, log } = await run(
    'memory',
    `import { spawn } from 'node:child_process';
     import { job } from 'calf';
     const grow = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(1e7, 1)), 5)';
     export default job({
       map: () => new Promise((end) => spawn(process.execPath, ['-e', grow]).on('exit', end)),
       reducers: 0,
     });`,
    (conf) => conf.set('mapreduce.map.memory.mb', 300).set('mapreduce.map.maxattempts', 1),
  );
  expect(status).toBe(1);
  expect(log).toMatch(
    /Error: Container \[pid=\d+,containerID=attempt_\w+_m_000000_0\] is running \d+B beyond the 'PHYSICAL' memory limit\. Current usage: [\d.]+ [MG]B of 300 MB physical memory used; .* Raise mapreduce\.map\.memory\.mb/,
  );
  expect(log).toMatch(
    /Dump of the process-tree for attempt_\w+_m_000000_0 :\n\t\|- PID PPID .*\n(\t\|- \d+.*\n)*\t\|- .* -e const kept/,
  );
});

it('names the heap of -Xmx when it is full', async () => {
  const { status, log } = await run(
    'heap',
    `import { job } from 'calf';
     export default job({ map() { const kept = []; for (let i = 0; ; i++) kept.push({ i }); }, reducers: 0 });`,
    (conf) => conf.set('mapreduce.map.java.opts', '-Xmx64m -XX:+UseG1GC').set('mapreduce.map.maxattempts', 1),
  );
  expect(status).toBe(1);
  expect(log).toContain(
    "The task's process was ended by SIGABRT: its heap of 64 MB is full (-Xmx of mapreduce.map.java.opts",
  );
  expect(log).toContain("mapreduce.map.java.opts has '-XX:+UseG1GC', which has no effect");
});

// Hadoop: Task.DiskLimitCheck fails the job at once, because another attempt would fill the disk as well (MAPREDUCE-7022).
it('fails a job whose local files go beyond mapreduce.job.local-fs.single-disk-limit.bytes', async () => {
  const { status, log } = await run(
    'disk',
    `import fs from 'node:fs';
     import { job } from 'calf';
     export default job({
       map: () => { fs.writeFileSync('big', Buffer.alloc(1e6)); return new Promise(() => setInterval(() => {}, 1000)); },
       reducers: 0,
     });`,
    (conf) =>
      conf
        .set('mapreduce.job.local-fs.single-disk-limit.bytes', 500_000)
        .set('mapreduce.job.local-fs.single-disk-limit.check.interval-ms', 100),
  );
  expect(status).toBe(1);
  expect(log).toMatch(/Error: too much data in local scratch dir=\S+\. current size is 1\d{6} the limit is 500000/);
  expect(log.match(/Status : FAILED/g)).toHaveLength(1);
});
