// Tests the mark by which a name directory is told from a copy of it.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readPlaceMark, writePlaceMark } from '../../../namenode/store/place-mark.ts';

let dir: string;
let store: string;
beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-place-'));
  store = path.join(dir, 'name', 'current', 'store');
  await fs.mkdir(store, { recursive: true });
});
afterEach(() => fs.rm(dir, { recursive: true }));

it('is unknown before it is written, and here afterwards, also where the directory is renamed', async () => {
  expect(await readPlaceMark(store)).toBe('unknown');
  await writePlaceMark(store);
  expect(await readPlaceMark(store)).toBe('here');
  await fs.rename(path.join(dir, 'name'), path.join(dir, 'renamed'));
  expect(await readPlaceMark(path.join(dir, 'renamed', 'current', 'store'))).toBe('here');
});

it('is elsewhere in a copy, until it is written there', async () => {
  await writePlaceMark(store);
  await fs.cp(path.join(dir, 'name'), path.join(dir, 'copy'), { recursive: true });
  const copy = path.join(dir, 'copy', 'current', 'store');
  expect(await readPlaceMark(copy)).toBe('elsewhere');
  await writePlaceMark(copy);
  expect(await readPlaceMark(copy)).toBe('here');
  expect(await readPlaceMark(store)).toBe('here');
});

it('says nothing when it is damaged or was cut short', async () => {
  for (const text of ['', 'inode ', 'inode 12', 'inode x\n']) {
    await fs.writeFile(path.join(dir, 'name', 'current', 'place'), text);
    expect(await readPlaceMark(store)).toBe('unknown');
  }
});
