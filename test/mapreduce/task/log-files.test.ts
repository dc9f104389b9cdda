// The logs of an attempt keep their end when they have a limit (mapreduce.task.userlog.limit.kb).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogFiles } from '../../../mapreduce/task/log-files.ts';

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-logs-'));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const read = (): string => fs.readFileSync(path.join(directory, 'stdout'), 'utf8');
const line = (i: number): string => `line ${String(i).padStart(5, '0')}\n`;

it('a log is never much longer than twice its limit, and ends with its last lines', () => {
  const logs = new LogFiles(directory, 1024);
  for (let i = 0; i < 10_000; i++) {
    logs.write('stdout', Buffer.from(line(i)));
    expect(fs.statSync(path.join(directory, 'stdout')).size).toBeLessThan(2 * 1024 + 200);
  }
  logs.close();
  const [note, ...lines] = read().split('\n');
  expect(note).toBe('[The begin of this log was dropped: mapreduce.task.userlog.limit.kb is 1]');
  expect(lines.at(-1)).toBe('');
  const numbers = lines.slice(0, -1).map((text) => Number(text.slice(5)));
  expect(numbers.at(-1)).toBe(9999);
  expect(numbers).toEqual(numbers.map((_, i) => 10_000 - numbers.length + i));
  expect(numbers.length).toBeGreaterThan(70);
});

it('a log within its limit, and one without a limit, are kept whole', () => {
  for (const limit of [100 * 1024, 0]) {
    const logs = new LogFiles(directory, limit);
    for (let i = 0; i < 1000; i++) logs.write('stdout', Buffer.from(line(i)));
    logs.close();
    expect(read()).toBe(Array.from({ length: 1000 }, (_, i) => line(i)).join(''));
    fs.rmSync(path.join(directory, 'stdout'));
  }
});
