// Tests of damaged stores: a torn last write loses nothing, and any other damage is refused.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { type Change, inodeKey } from '../../../namenode/command/change.ts';
import { NameNode } from '../../../namenode/namenode.ts';
import { ROOT_INODE_ID } from '../../../namenode/namespace/inode-tree.ts';
import { encodeRecord, sealRecord } from '../../../namenode/store/journal/edit-record.ts';
import { JOURNAL_FILES, readJournal } from '../../../namenode/store/journal/journal-files.ts';
import { RECORDS_AT } from '../../../namenode/store/journal/journal-header.ts';
import { checksumOf, storedValue } from '../../../namenode/store/level/checked-value.ts';
import { databasePath } from '../../../namenode/store/level/level-database.ts';
import { findLogDamage } from '../../../namenode/store/level/level-log.ts';
import { StoreDigest } from '../../../namenode/store/level/store-digest.ts';
import { EMPTY_STORE, makeStore } from '../../../namenode/store/make-store.ts';
import { NamespaceStore } from '../../../namenode/store/store.ts';
import { checkStore } from '../../../namenode/store/store-check.ts';
import { EPOCH_KEY, headChange } from '../../../namenode/store/store-head.ts';
import { silentLogger } from '../../../runtime/log.ts';

const BATCHES = 40;

let dir: string;
/** The log of a store after several synced batches, and the log's length after each batch. */
let log: Buffer;
let logName: string;
const lengths: number[] = [];

const textOf = (i: number) => `${i}:`.padEnd(i % 10 === 0 ? 70_000 : 10 + i, 'v');

beforeAll(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-torn-'));
  const template = path.join(dir, 'template');
  await makeStore(template, EMPTY_STORE);
  const store = new Level<string, string>(databasePath(template));
  const digest = new StoreDigest();
  digest.put(EPOCH_KEY, checksumOf(EPOCH_KEY, '0'));
  for (let i = 0; i < BATCHES; i++) {
    const checksum = checksumOf(`k${i}`, textOf(i));
    digest.put(`k${i}`, checksum);
    const put: Change = { type: 'put', key: `k${i}`, value: storedValue(checksum, textOf(i)) };
    await store.batch([put, headChange({ number: 0, digest: digest.sum, run: undefined })], { sync: true });
    const files = await fs.readdir(databasePath(template));
    logName =
      files
        .filter((f) => f.endsWith('.log'))
        .sort()
        .at(-1) ?? '';
    lengths.push((await fs.stat(path.join(databasePath(template), logName))).size);
  }
  log = await fs.readFile(path.join(databasePath(template), logName));
  // The copy has the files as after kill -9, without the writes of a close.
  await fs.cp(template, path.join(dir, 'killed'), { recursive: true });
  await store.close();
});
afterAll(() => fs.rm(dir, { recursive: true, force: true }));

async function withLog(bytes: Uint8Array): Promise<string> {
  const copy = await fs.mkdtemp(path.join(dir, 'copy-'));
  await fs.cp(path.join(dir, 'killed'), copy, { recursive: true });
  await fs.rm(path.join(databasePath(copy), 'LOCK'), { force: true });
  await fs.writeFile(path.join(databasePath(copy), logName), bytes);
  return copy;
}

/** Opens the store as the NameNode does. Returns the number of batches in the store, which must be the first ones. */
async function batchesIn(copy: string): Promise<number> {
  await checkStore(copy, silentLogger);
  const store = await NamespaceStore.open(copy);
  const values = new Map<string, string>();
  await store.load((key, value) => values.set(key, value));
  await store.close();
  for (let i = 0; i < values.size; i++) expect(values.get(`k${i}`)).toBe(textOf(i));
  return values.size;
}

describe('a store whose last write was cut short', () => {
  it('has every batch that was synced before it, wherever the log ends', async () => {
    const cut = fc.integer({ min: 0, max: log.length });
    const atEdge = fc
      .constantFrom(...lengths)
      .chain((l) => fc.integer({ min: l - 8, max: Math.min(l + 8, log.length) }));
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, atEdge), async (end) => {
        const copy = await withLog(log.subarray(0, end));
        expect(await batchesIn(copy)).toBe(lengths.filter((l) => l <= end).length);
        await fs.rm(copy, { recursive: true });
      }),
      { numRuns: 25 },
    );
  });

  it('also when what is left of that write is zeros or rubbish', async () => {
    const before = lengths.at(-2) ?? 0;
    for (const rubbish of [0, 0xa5]) {
      const bytes = Buffer.concat([log.subarray(0, before + 9), Buffer.alloc(log.length - before - 9, rubbish)]);
      expect(await batchesIn(await withLog(bytes))).toBe(BATCHES - 1);
    }
  });

  it('is refused when acknowledged batches follow what is damaged, which LevelDB would leave out in silence', async () => {
    const offset = fc.integer({ min: 0, max: (lengths.at(-2) ?? 1) - 1 });
    await fc.assert(
      fc.property(offset, fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Buffer.from(log);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const trailer = 32_768 - (at % 32_768) < 7;
        expect(findLogDamage(bytes)?.batchesFollow ?? trailer).toBe(true);
      }),
      { numRuns: 300 },
    );
    const bytes = Buffer.from(log);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    const copy = await withLog(bytes);
    await expect(checkStore(copy, silentLogger)).rejects.toThrow(
      /is damaged: the log \d+\.log can't be read at byte \d+ of \d+, and acknowledged changes follow there: restore/,
    );
  });

  it('is refused when its CURRENT is gone, instead of being replaced by an empty one', async () => {
    const copy = await withLog(log);
    await fs.rm(path.join(databasePath(copy), 'CURRENT'));
    await expect(checkStore(copy, silentLogger)).rejects.toThrow(
      'is damaged: its file CURRENT is missing: restore the directory of dfs.namenode.name.dir from a copy',
    );
  });
});

/** Damages a store. */
type Harm = (storePath: string) => Promise<void>;

const removing =
  (file: string): Harm =>
  async (at) => {
    for (const f of await fs.readdir(at, { recursive: true })) {
      if (path.basename(f).startsWith(file)) await fs.rm(path.join(at, f));
    }
  };

async function leaveGap(at: string): Promise<void> {
  const [file] = await readJournal(at);
  if (file === undefined) throw new Error('there is no journal');
  const record = Buffer.alloc(64);
  encodeRecord(record, 99, [{ type: 'del', key: 'k' }]);
  sealRecord(record, file.seal);
  await withJournal(at, 0, (bytes) => record.copy(bytes, bytes.length - 64));
}

async function withJournal(at: string, file: number, harm: (bytes: Buffer) => unknown): Promise<void> {
  const name = path.join(at, JOURNAL_FILES[file] ?? '');
  const bytes = await fs.readFile(name);
  harm(bytes);
  await fs.writeFile(name, bytes);
}

/** The journal file that has the last batch before a stop. The epoch of the first start is in the second file. */
const emptied: Harm = async (at) => {
  for (const file of [0, 1]) await withJournal(at, file, (bytes) => bytes.fill(0, RECORDS_AT));
};
const zeroed: Harm = (at) => withJournal(at, 1, (bytes) => bytes.fill(0));
const shortened: Harm = (at) => fs.truncate(path.join(at, 'edits-0'), 100_000);
const truncated: Harm = (at) => fs.truncate(path.join(at, 'edits-0'), 0);

async function removeINodes(at: string): Promise<void> {
  const db = new Level<string, string>(databasePath(at));
  for (const key of await db.keys().all()) if (key.startsWith('inode/')) await db.del(key);
  await db.close();
}

/** Changes what `level` has, past the store. */
const inLevel =
  (change: (db: Level<string, string>) => Promise<unknown>): Harm =>
  async (at) => {
    const db = new Level<string, string>(databasePath(at));
    await change(db);
    await db.close();
  };
const root = inodeKey(ROOT_INODE_ID);
const swapped = inLevel(async (db) => db.put(root, await db.get('counters')));
const flipped = inLevel(async (db) => db.put(root, (await db.get(root)).replace('hdfs', 'hdfr')));
const headless = inLevel((db) => db.del('!head'));

describe('a NameNode over a damaged store', () => {
  it.each<[string, Harm, string]>([
    ['CURRENT is gone', removing('CURRENT'), 'its file CURRENT is missing'],
    ['MANIFEST is gone', removing('MANIFEST'), "it can't be opened"],
    ['journal is gone', removing('edits-1'), 'its file edits-1 is missing'],
    ['journal has a gap', leaveGap, 'the edits have batch 99, but not'],
    ['journal was zeroed', zeroed, 'its file edits-1 has no header: it was emptied or overwritten'],
    ['journal was emptied behind its header', emptied, 'was emptied or replaced: it had the batches'],
    ['journal was shortened', shortened, 'its file edits-0 was made with 1048576 bytes, and has 100000'],
    ['journal was truncated', truncated, 'its file edits-0 has no header'],
    ['keys are gone', removeINodes, '1 of its 3 keys are lost'],
    ['value was changed', flipped, `the checksum of ${root} does not fit`],
    ['value is that of another key', swapped, `the checksum of ${root} does not fit`],
    ['head is gone', headless, 'its key !head is lost'],
  ])('whose %s does not start, says why and what to do', async (_what, harm, reason) => {
    const name = await fs.mkdtemp(path.join(dir, 'name-'));
    const conf = new Configuration({
      'dfs.namenode.name.dir': name,
      'dfs.namenode.rpc-address': '127.0.0.1:0',
      'dfs.namenode.http-address': '127.0.0.1:0',
    });
    await (await NameNode.start({ conf, log: silentLogger, user: 'hdfs' })).stop();
    const store = path.join(name, 'current', 'store');
    await harm(store);
    const failure = await NameNode.start({ conf, log: silentLogger }).then(
      async (namenode) => {
        await namenode.stop();
        return 'it started';
      },
      (e: Error) => e.message,
    );
    expect(failure).toContain(`${store} is damaged: `);
    expect(failure).toContain(reason);
    expect(failure).toContain('from a copy, save what is left with `hdfs namenode -recover`, or give the namespace up');
    // The second remedy that the message names works.
    await NameNode.format({ conf });
    await (await NameNode.start({ conf, log: silentLogger })).stop();
  });
});
