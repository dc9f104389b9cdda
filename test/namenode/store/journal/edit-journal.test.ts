// Tests of the journal, which writes two files in turns.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../../namenode/command/change.ts';
import { EditJournal } from '../../../../namenode/store/journal/edit-journal.ts';
import { makeJournal, readJournal } from '../../../../namenode/store/journal/journal-files.ts';
import { contentAfter } from '../../../../namenode/store/journal/journal-run.ts';

let directory: string;
beforeEach(async () => {
  directory = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-journal-'));
});
afterEach(() => fs.rm(directory, { recursive: true }));

const change = (n: number): Change => ({ type: 'put', key: `k${n}`, value: 'v' });
const never = (): Promise<void> => Promise.reject(new Error('there is room'));

/**
 * Opens a journal on a disk whose commits take `commitMs()` by the clock. The returned `commit` resolves to whether the
 * commit needed no turn of the event loop.
 */
async function open(commitMs: () => number) {
  let nowMs = 0;
  let began = false;
  const monotonicMs = (): number => {
    if (began) nowMs += commitMs();
    began = !began;
    return nowMs;
  };
  await makeJournal(directory, 0);
  const clock = { now: monotonicMs, monotonicMs };
  const journal = await EditJournal.open(directory, await readJournal(directory), undefined, clock);
  let number = 0;
  const commit = async (): Promise<boolean> => {
    let done = false;
    number++;
    const written = journal.append(number, [change(number)], never).then(() => {
      done = true;
    });
    for (let i = 0; i < 10; i++) await Promise.resolve();
    const atOnce = done;
    await written;
    return atOnce;
  };
  return { journal, commit };
}

describe('A commit to the journal', () => {
  it('is written at once while the disk is fast, and by a thread when it is not, until it is fast again', async () => {
    let commitMs = 0.1;
    const { journal, commit } = await open(() => commitMs);
    expect(await commit()).toBe(false); // The speed of the disk is not known yet.
    expect(await commit()).toBe(true);
    commitMs = 20;
    expect(await commit()).toBe(true);
    expect(await commit()).toBe(false);
    commitMs = 0.1;
    let slow = 0;
    while (!(await commit())) slow++;
    expect(slow).toBeGreaterThan(5);
    await journal.close();
    const { records } = contentAfter(0, await readJournal(directory), undefined);
    expect(records.flatMap((r) => r.changes)).toEqual(records.map((_, i) => change(i + 1)));
    expect(records.length).toBe(slow + 5);
  });
});
