// Tests of single flipped bits in the table files of level: each is found, or changes nothing.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Level } from 'level';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { databasePath } from '../../../../namenode/store/level/level-database.ts';
import { EMPTY_STORE, makeStore } from '../../../../namenode/store/make-store.ts';
import { NamespaceStore } from '../../../../namenode/store/store.ts';
import { seededChooser } from '../../harness.ts';

const KEYS = 1000;
const FLIPS = 80;

let dir: string;
let template: string;
let table: string;
const expected = new Map<string, string>();

beforeAll(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-rot-'));
  template = path.join(dir, 'template');
  await makeStore(template, EMPTY_STORE);
  for (let round = 0; round < 3; round++) {
    const store = await NamespaceStore.open(template);
    for (let i = 0; i < KEYS; i++)
      expected.set(`inode/${String(i).padStart(9, '0')}`, `{"n":"f${i}","round":${round}}`);
    await store.commit(
      [...expected].map(([key, value]) => ({ type: 'put', key, value })),
      round + 1,
    );
    await store.close();
  }
  // All that counts lies in one table then.
  const db = new Level<string, string>(databasePath(template));
  // The method is there in Node alone, and so not in the types.
  await (db as unknown as { compactRange(from: string, to: string): Promise<void> }).compactRange('!', '~');
  await db.close();
  // LevelDB removes tables that a compaction has replaced when it is opened, if it did not come to it before.
  await db.open();
  await db.close();
  const tables = (await fs.readdir(databasePath(template))).filter((name) => name.endsWith('.ldb'));
  expect(tables).toHaveLength(1);
  [table = ''] = tables;
});
afterAll(() => fs.rm(dir, { recursive: true, force: true }));

/** Opens a copy of the store. Returns its content, or the error that refuses it. */
async function openCopy(copy: string): Promise<Map<string, string> | Error> {
  const found = new Map<string, string>();
  try {
    await (await NamespaceStore.open(copy, {}, (key, value) => found.set(key, value))).close();
    return found;
  } catch (e) {
    return e as Error;
  }
}

/** Returns the keys whose values are not those that were written. */
const differences = (content: ReadonlyMap<string, string>): string[] =>
  [...new Set([...expected.keys(), ...content.keys()])].filter((key) => content.get(key) !== expected.get(key));

// Of 60 such flips, 12 changed values and 11 lost keys without a word, before values had checksums and the store a digest.
it('a flipped bit in a table is found when the store is opened, or the content is whole', async () => {
  const random = seededChooser(12);
  const bytes = await fs.readFile(path.join(databasePath(template), table));
  const refusals: string[] = [];
  for (let flip = 0; flip < FLIPS; flip++) {
    const copy = path.join(dir, 'copy');
    await fs.cp(template, copy, { recursive: true });
    const damaged = Buffer.from(bytes);
    const at = random.nextInt(bytes.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random.nextInt(8));
    await fs.writeFile(path.join(databasePath(copy), table), damaged);
    const content = await openCopy(copy);
    if (content instanceof Error) refusals.push(content.message);
    else expect(differences(content), `byte ${at} of ${table}`).toEqual([]);
    await fs.rm(copy, { recursive: true });
  }
  expect(refusals.filter((text) => /^the checksum of inode\/\d+/.test(text)).length).toBeGreaterThan(5);
  expect(refusals.filter((text) => /keys are lost|older ones/.test(text)).length).toBeGreaterThan(5);
}, 60_000);
