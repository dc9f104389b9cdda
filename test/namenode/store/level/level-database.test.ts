// Opening `level`: a lock that another one holds is told from a lock that can't be had.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLevel, StoreInUse } from '../../../../namenode/store/level/level-database.ts';
import { checkNotInUse, isInUse, openFailure, UnreadableStore } from '../../../../namenode/store/store-check.ts';

let dir: string;
beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-level-'));
  await (await openLevel(path.join(dir, 'level'), { create: true })).close();
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(dir, { recursive: true, force: true });
});

const failure = (thrown: unknown) => thrown;

/** Makes the lock fail with LevelDB's error for a message of the system. */
function lockFails(words: string): void {
  const cause = Object.assign(new Error(`IO error: lock ${dir}/level/LOCK: ${words}`), { code: 'LEVEL_LOCKED' });
  const error = Object.assign(new Error('Database failed to open', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' });
  vi.spyOn(Level.prototype, 'open').mockRejectedValue(error);
}

describe('a store that can not be locked', () => {
  it('is in use if this process has it open', async () => {
    const first = await openLevel(path.join(dir, 'level'));
    const error = await openLevel(path.join(dir, 'level')).catch(failure);
    expect([isInUse(error), error]).toEqual([true, expect.any(StoreInUse)]);
    await first.close();
  });

  it('is in use if another process has it open', async () => {
    lockFails('Resource temporarily unavailable');
    expect(isInUse(await openLevel(path.join(dir, 'level')).catch(failure))).toBe(true);
  });

  it.each(['No locks available', 'Input/output error', 'Function not implemented'])(
    'is not in use because of the system: %s. The disk is to be mended, and no NameNode to be stopped',
    async (words) => {
      lockFails(words);
      const error = await openLevel(path.join(dir, 'level')).catch(failure);
      expect(isInUse(error)).toBe(false);
      const told = openFailure(dir, error);
      expect(told).toBeInstanceOf(UnreadableStore);
      expect(String(told)).toContain(words);
      await expect(checkNotInUse(dir)).rejects.toThrow(`${dir} can't be read: it can't be opened (IO error: lock`);
    },
  );

  it('is not in use because of an error of that code that comes from elsewhere', () => {
    expect(isInUse(Object.assign(new Error('lock held'), { code: 'LEVEL_LOCKED' }))).toBe(false);
  });
});
