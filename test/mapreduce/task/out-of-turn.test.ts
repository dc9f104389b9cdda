// What the functions of a job leave behind: late pairs, errors in timers, printed lines. Each fails or goes to its own attempt.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, prepareTaskChild, readParts, recordConsole } from '../helpers.ts';

let directory: string;
let remove: () => void;
let jobs = 0;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

/** Runs a job with the members `spec` over one line for each map, in processes. */
async function run(spec: string, maps = 1, conf: Record<string, string> = {}) {
  const at = path.join(directory, `job${jobs++}`);
  fs.mkdirSync(path.join(at, 'in'), { recursive: true });
  for (let i = 0; i < maps; i++) fs.writeFileSync(path.join(at, 'in', `f${i}`), `line${i}\n`);
  const file = path.join(at, 'job.ts');
  fs.writeFileSync(
    file,
    `import { job } from 'calf';
     import { spawnSync } from 'node:child_process';
     import fs from 'node:fs';
     export default job<string, number>({ ${spec} });`,
  );
  const { err, io } = recordConsole();
  const own = localConf(at, 2).set('mapreduce.map.maxattempts', 1).set('mapreduce.reduce.maxattempts', 1);
  // One process runs all maps, one after the other.
  own.set('mapreduce.local.map.tasks.maximum', '2');
  for (const [name, value] of Object.entries(conf)) own.set(name, value);
  const logs: Record<string, string> = {};
  const watch = setInterval(() => collectLogs(path.join(at, 'local'), logs), 10);
  const status = await runJobFile({ file, conf: own, args: [path.join(at, 'in'), path.join(at, 'out')], ...io });
  clearInterval(watch);
  return { status, log: err.join('\n'), out: path.join(at, 'out'), logs };
}

/** Copies the log files of attempts, which a local job deletes at its end. */
function collectLogs(at: string, logs: Record<string, string>): void {
  try {
    for (const name of fs.readdirSync(at, { recursive: true, encoding: 'utf8' })) {
      if (!/userlogs.*attempt_.*std(out|err)$/.test(name)) continue;
      logs[name.slice(name.indexOf('attempt_'))] = fs.readFileSync(path.join(at, name), 'utf8');
    }
  } catch (e) {
    // The job has not begun, or deletes a directory at this moment.
    if ((e as NodeJS.ErrnoException).code !== 'ENOENT') throw e;
  }
}

describe('emit() after its call has returned fails the attempt', () => {
  const late = /Error: Error: emit\(\) was called after map\(\) had returned: the pair would be lost/;

  it.each([
    ['in a timer', 'map(line, { emit }) { setTimeout(() => emit(line, 1), 30); }'],
    ['in an immediate', 'map(line, { emit }) { setImmediate(() => emit(line, 1)); }'],
    ['in a promise that nobody awaits', 'map(line, { emit }) { void Promise.resolve().then(() => emit(line, 1)); }'],
    [
      'of an earlier call, while a later one is awaited',
      `map: (() => { let first = true; return async (line, { emit }) => {
         if (first) { first = false; setTimeout(() => { try { emit(line, 1); } catch { /* ignored */ } }, 5); return; }
         await new Promise((resolve) => setTimeout(resolve, 40));
         emit(line, 1);
       }; })(), input: { createReader: () => { let n = 0; return { key: 0, value: 'x', offset: 0, done: false, feed() {}, end() {}, next: () => n++ < 3 }; } }`,
    ],
    [
      'that the job catches',
      'map(line, { emit }) { setTimeout(() => { try { emit(line, 1); } catch { /* ignored */ } }, 5); }',
    ],
  ])('%s', async (_what, spec) => {
    const { status, log, out } = await run(spec);
    expect(log).toMatch(late);
    expect(status).toBe(1);
    expect(fs.existsSync(path.join(out, '_SUCCESS'))).toBe(false);
  });

  it('in a reduce', async () => {
    const { status, log } = await run(
      'map(line, { emit }) { emit(line, 1); }, reduce(key, values, { emit }) { setTimeout(() => emit(key, 1), 5); }',
    );
    expect(log).toContain('emit() was called after reduce() had returned');
    expect(status).toBe(1);
  });

  it('and a call that is awaited may emit until its end', async () => {
    const spec = `async map(line, { emit }) { await new Promise((resolve) => setTimeout(resolve, 20)); emit(line, 1); },
      async setup({ emit, phase }) { if (phase === 'map') { await null; emit('setup', 1); } },
      async cleanup({ emit, phase }) { if (phase === 'map') { await null; emit('cleanup', 1); } }`;
    const { status, out, log } = await run(spec);
    expect(status, log).toBe(0);
    expect(readParts(out)['part-r-00000']).toEqual(['cleanup\t1', 'line0\t1', 'setup\t1']);
  });
});

describe('an error that no call throws fails the attempt that caused it', () => {
  it.each([
    ['in a timer', "setTimeout(() => { throw new Error('in a timer'); }, 30)", 'in a timer'],
    ['in a promise', "void Promise.reject(new Error('in a promise'))", 'in a promise'],
    ['in an event', "process.nextTick(() => { throw new Error('in a tick'); })", 'in a tick'],
  ])('%s', async (_what, code, message) => {
    const { status, log } = await run(`map(line, { emit }) { emit(line, 1); if (line === 'line1') ${code}; }`, 3);
    expect(log).toContain(`Error: Error: ${message}`);
    expect(log.match(/Status : FAILED/g)).toHaveLength(1);
    expect(log).toMatch(/Task Id : attempt_\w+_m_000001_0, Status : FAILED/);
    expect(status).toBe(1);
  });

  it('and an interval that is left does not disturb the next attempt', async () => {
    // The interval of an attempt fails if it fires while another attempt runs.
    const spec = `setup({ attemptId }) { globalThis.now = attemptId; },
      async map(line, { emit, attemptId }) {
        emit(line, 1);
        setInterval(() => { if (globalThis.now !== attemptId) throw new Error('left by ' + attemptId); }, 5);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }`;
    const { status, log } = await run(spec, 6);
    expect(status, log).toBe(0);
  });

  it('a timer that does not fire soon is named', async () => {
    const { log } = await run('map(line, { emit }) { emit(line, 1); setTimeout(() => {}, 60_000); }');
    expect(log).toContain('A timer that the job has set is still waiting 10 s after the last record');
    const unref = await run('map(line, { emit }) { emit(line, 1); setTimeout(() => {}, 60_000).unref(); }');
    expect(unref.status, unref.log).toBe(0);
  }, 40_000);
});

describe('printed lines', () => {
  it('go to the attempt that printed them, in full', async () => {
    const spec = `map(line, { emit }) {
        emit(line, 1);
        for (let i = 0; i < 20_000; i++) console.log(line, i);
        process.stdout.write('x'.repeat(2 ** 20) + '\\n');
        console.error('to stderr of', line);
      },
      reduce(key, values, { emit }) { console.log('reduce', key); emit(key, 1); },
      async cleanup() { await new Promise((resolve) => setTimeout(resolve, 300)); }`;
    const { status, log, logs } = await run(spec, 2);
    expect(status, log).toBe(0);
    for (const n of [0, 1]) {
      const name = Object.keys(logs).find((key) => key.includes(`_m_00000${n}_0`) && key.endsWith('stdout')) ?? '';
      const lines = logs[name]?.trimEnd().split('\n') ?? [];
      const first = lines[0]?.split(' ')[0];
      expect(lines).toHaveLength(20_001);
      expect(lines.slice(0, -1)).toEqual(Array.from({ length: 20_000 }, (_, i) => `${first} ${i}`));
      expect(lines.at(-1)).toHaveLength(2 ** 20);
    }
    const reduced = Object.entries(logs).find(([key]) => key.includes('_r_') && key.endsWith('stdout'))?.[1];
    expect(reduced).toBe('reduce line0\nreduce line1\n');
    const errors = Object.entries(logs).filter(([key]) => key.endsWith('stderr'));
    expect(errors.map(([, text]) => text).sort()).toEqual(['to stderr of line0\n', 'to stderr of line1\n']);
  });

  it('of a child process and of the descriptor itself go there too', async () => {
    const spec = `map(line, { emit }) {
        emit(line, 1);
        spawnSync(process.execPath, ['-e', 'console.log("child of ' + line + '")'], { stdio: 'inherit' });
        fs.writeSync(2, 'raw ' + line + '\\n');
      },
      async cleanup() { await new Promise((resolve) => setTimeout(resolve, 300)); }`;
    const { status, log, logs } = await run(spec, 3);
    expect(status, log).toBe(0);
    const printed = Object.entries(logs)
      .filter(([key]) => key.includes('_m_'))
      .map(([, text]) => text)
      .sort();
    expect(printed).toEqual([
      'child of line0\n',
      'child of line1\n',
      'child of line2\n',
      'raw line0\n',
      'raw line1\n',
      'raw line2\n',
    ]);
  });
});
