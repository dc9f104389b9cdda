// A task process does not outlive its tracker.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../../support/until.ts';
import { prepareTaskChild } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

/** The program of a tracker with one task process, whose event loop a `for (;;)` blocks. */
const TRACKER = `
  const { fork } = require('node:child_process');
  const [, child, loop] = process.argv;
  const task = fork(child, [], { execArgv: ['--import', loop], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  task.once('message', () => process.stdout.write(task.pid + '\\n'));
  task.send({ kind: 'mapOutputs', outputs: [] });
`;
const LOOP = `
  const loop = () => {
    // Loaded before the task process's program, which listens to this when it is up.
    if (process.listenerCount('disconnect') === 0) return setImmediate(loop);
    process.send({ kind: 'looping' });
    for (;;);
  };
  process.once('message', loop);
`;

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('ends although it loops when its tracker is killed', async () => {
  const loop = path.join(directory, 'loop.mjs');
  fs.writeFileSync(loop, LOOP);
  const entry = path.join(directory, 'dist', 'task-child.js');
  const tracker = spawn(process.execPath, ['-e', TRACKER, entry, pathToFileURL(loop).href], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pid = await new Promise<number>((resolve) => tracker.stdout.once('data', (text) => resolve(Number(text))));
  try {
    expect(isAlive(pid)).toBe(true);
    tracker.kill('SIGKILL');
    await eventually(() => expect(isAlive(pid)).toBe(false));
  } finally {
    tracker.kill('SIGKILL');
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
}, 40_000);
