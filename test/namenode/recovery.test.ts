// Tests of `hdfs namenode -verify` and `-recover` over stores that were damaged in many ways.
import fs from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import { beforeEach, describe, expect, it } from 'vitest';
import { blockKey, inodeKey } from '../../namenode/command/change.ts';
import type { NameNode } from '../../namenode/namenode.ts';
import { recoverNamespace } from '../../namenode/recover.ts';
import { databasePath } from '../../namenode/store/level/level-database.ts';
import { storePath } from '../../namenode/store/name-directory.ts';
import { verifyNamespace } from '../../namenode/verify.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { nameNodeBench } from './namenode-bench.ts';

const bench = nameNodeBench();
const nameDir = () => path.join(bench.dir, 'name');
const store = () => storePath(nameDir());

const ROOT = 16385;
/** The ids of /a, /a/b, /a/b/c and /d, as the NameNode gives them. */
const [A, B, C] = [ROOT + 1, ROOT + 2, ROOT + 3];

async function mkdirs(namenode: NameNode, ...paths: string[]): Promise<void> {
  const client = bench.client(namenode);
  for (const src of paths) {
    await client.call(ClientNamenode.mkdirs, { src, masked: { perm: 0o755 }, createParent: true });
  }
}

beforeEach(async () => {
  const namenode = await bench.start();
  await mkdirs(namenode, '/a/b/c', '/d');
  await namenode.stop();
});

const options = () => ({ conf: bench.conf(), user: 'hdfs' });

async function verify(conf = bench.conf()): Promise<{ isWhole: boolean; lines: string[] }> {
  const lines: string[] = [];
  return { isWhole: await verifyNamespace({ conf }, (line) => lines.push(line)), lines };
}

async function recover(conf = bench.conf()): Promise<string[]> {
  const lines: string[] = [];
  await recoverNamespace({ ...options(), conf }, (line) => lines.push(line));
  return lines;
}

async function inLevel(change: (db: Level<string, string>) => Promise<unknown>): Promise<void> {
  const db = new Level<string, string>(databasePath(store()));
  await change(db);
  await db.close();
}

/** Returns all paths below a directory. */
async function paths(namenode: NameNode, below = ''): Promise<string[]> {
  const request = { src: below || '/', startAfter: new Uint8Array(0), needLocation: false };
  const { dirList } = await bench.client(namenode).call(ClientNamenode.getListing, request);
  const found: string[] = [];
  for (const { path: name } of dirList?.partialListing ?? []) {
    const child = `${below}/${Buffer.from(name).toString()}`;
    found.push(child, ...(await paths(namenode, child)));
  }
  return found;
}

async function pathsAfterStart(): Promise<string[]> {
  const namenode = await bench.start();
  const all = await paths(namenode);
  await mkdirs(namenode, '/new');
  await namenode.stop();
  return all;
}

describe('hdfs namenode -verify', () => {
  it('tells that a store is whole, and changes nothing that counts', async () => {
    const { isWhole, lines } = await verify();
    expect([isWhole, lines]).toEqual([
      true,
      [`${nameDir()}: whole: 7 keys, epoch 2, last transaction ${/transaction (\d+)/.exec(lines[0] ?? '')?.[1]}`],
    ]);
    expect(await verify()).toEqual({ isWhole, lines });
  });

  it('names what is damaged', async () => {
    await inLevel(async (db) => {
      await db.put(inodeKey(B), (await db.get(inodeKey(B))).replace('"m":493', '"m":511'));
    });
    expect(await verify()).toEqual({
      isWhole: false,
      lines: [
        expect.stringMatching(/: damaged: 7 keys, epoch 2, last transaction \d+$/),
        `${nameDir()}: the checksum does not fit: inode ${B}, whose path is not known (${inodeKey(B)})`,
      ],
    });
    await inLevel((db) => db.del(inodeKey(C)));
    expect((await verify()).lines).toHaveLength(2);
  });

  it('tells of lost keys, of a damaged journal and header, and of directories without a store', async () => {
    const file = path.join(store(), 'edits-0');
    const bytes = await fs.readFile(file);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await fs.writeFile(file, bytes);
    expect((await verify()).lines.slice(1)).toEqual([`${nameDir()}: one of the two headers of edits-0 is damaged`]);
    await inLevel((db) => db.del(inodeKey(C)));
    expect((await verify()).lines).toContain(`${nameDir()}: 1 of its 7 keys are lost`);
    await fs.truncate(file, 0);
    expect((await verify()).lines[0]).toContain('its file edits-0 has no header');
    const none = path.join(bench.dir, 'none');
    expect(await verify(bench.conf({ 'dfs.namenode.name.dir': none }))).toEqual({
      isWhole: false,
      lines: [`${none}: it does not exist`],
    });
  });

  it('is refused while a NameNode runs', async () => {
    const namenode = await bench.start();
    expect((await verify()).lines[0]).toContain('is in use by another NameNode');
    await expect(recover()).rejects.toThrow('is in use by another NameNode');
    await namenode.stop();
  });
});

describe('hdfs namenode -recover', () => {
  it('leaves a store alone that is whole', async () => {
    expect(await recover()).toEqual([
      `${nameDir()} is whole: start the NameNode, which fills the other directories from it`,
    ]);
    expect(await fs.readdir(nameDir())).toEqual(['current']);
  });

  it('leaves out a damaged directory, names it, and keeps what lay in it', async () => {
    await inLevel(async (db) => {
      await db.put(inodeKey(A), (await db.get(inodeKey(A))).replace('"m":493', '"m":511'));
    });
    const lines = await recover();
    expect(lines).toContain(`Left out, because its checksum does not fit: inode ${A}, perhaps /a (${inodeKey(A)})`);
    expect(lines).toContain(`Moved b to /lost+found/${B}-b: its directory, inode ${A}, is lost`);
    expect((await verify()).isWhole).toBe(true);
    const kept = (await fs.readdir(nameDir())).sort();
    expect(kept).toEqual(['current', expect.stringMatching(/^current\.damaged-\d{8}T\d{6}Z$/)]);
    expect((await pathsAfterStart()).sort()).toEqual([
      '/d',
      '/lost+found',
      `/lost+found/${B}-b`,
      `/lost+found/${B}-b/c`,
    ]);
  });

  it('makes the root and the counters anew', async () => {
    await inLevel(async (db) => {
      await db.del(inodeKey(ROOT));
      await db.del('counters');
    });
    const lines = await recover();
    expect(lines).toContain('2 of 7 keys are lost: nobody knows which');
    expect(lines).toContain('The root is lost: it is made anew, for hdfs');
    expect(lines.join('\n')).toContain('The counters of ids and generation stamps are lost or old');
    expect((await pathsAfterStart()).sort()).toEqual(['/a', '/a/b', '/a/b/c', '/d']);
  });

  it('leaves out blocks of files that are lost', async () => {
    await inLevel((db) => db.put(blockKey(99_999, 0), 'anything'));
    const lines = await recover();
    expect(lines.join('\n')).toContain(
      `Left out, because its checksum does not fit: block 0 of …/ (${blockKey(99_999, 0)})`,
    );
    expect(await pathsAfterStart()).toHaveLength(4);
  });

  it.each<[string, (at: string) => Promise<unknown>, string]>([
    [
      'without a journal',
      (at) => fs.rm(path.join(at, 'edits-1')),
      'The journal is damaged: its file edits-1 is missing',
    ],
    ['whose journal was emptied', (at) => fs.truncate(path.join(at, 'edits-0'), 0), 'its file edits-0 has no header'],
    ['without CURRENT', (at) => fs.rm(path.join(databasePath(at), 'CURRENT')), 'The database has no file CURRENT'],
    [
      'without a manifest',
      async (at) => {
        for (const name of await fs.readdir(databasePath(at))) {
          if (name.startsWith('MANIFEST')) await fs.rm(path.join(databasePath(at), name));
        }
      },
      'LevelDB has put the database together from its tables',
    ],
  ])('mends a store %s', async (_what, harm, line) => {
    await harm(store());
    expect((await verify()).isWhole).toBe(false);
    expect((await recover()).join('\n')).toContain(line);
    expect((await verify()).isWhole).toBe(true);
    expect((await pathsAfterStart()).sort()).toEqual(['/a', '/a/b', '/a/b/c', '/d']);
  });
});

describe('hdfs namenode -recover with two name directories', () => {
  const older = () => path.join(bench.dir, 'older');
  const both = (...dirs: string[]) => ({ 'dfs.namenode.name.dir': dirs.join(',') });
  const damage = (dir: string) => fs.truncate(path.join(storePath(dir), 'edits-0'), 0);

  /** Copies the name directory, and goes on with the first one: it has a later epoch and one more directory then. */
  async function copyAndGoOn(): Promise<void> {
    await fs.cp(nameDir(), older(), { recursive: true });
    const namenode = await bench.start();
    await mkdirs(namenode, '/later');
    await namenode.stop();
  }

  it.each(['first', 'second'])('takes the newest one, which is the %s, and says why', async (place) => {
    await copyAndGoOn();
    await damage(nameDir());
    await damage(older());
    const dirs = place === 'first' ? [nameDir(), older()] : [older(), nameDir()];
    const lines = await recover(bench.conf(both(...dirs)));
    expect(lines[0]).toMatch(/^The newest directory is taken: .*\/name, epoch 3, last transaction \d+$/);
    expect(lines[1]).toMatch(/^Not taken: .*\/older is older: epoch 2, last transaction \d+$/);
    expect(lines.at(-2)).toMatch(/\/name has \d+ keys again/);
    expect((await pathsAfterStart()).sort()).toEqual(['/a', '/a/b', '/a/b/c', '/d', '/later']);
  });

  it('takes the newest one also if an older one is whole, and the one that is whole of the same moment', async () => {
    await copyAndGoOn();
    await damage(nameDir());
    const lines = await recover(bench.conf(both(older(), nameDir())));
    expect(lines[0]).toContain(`The newest directory is taken: ${nameDir()}`);
    expect(await pathsAfterStart()).toContain('/later');
    const twin = path.join(bench.dir, 'twin');
    await fs.cp(nameDir(), twin, { recursive: true });
    await damage(nameDir());
    const again = await recover(bench.conf(both(nameDir(), twin)));
    expect(again.slice(1)).toEqual([
      `Not taken: ${nameDir()} is of the same moment, and damaged`,
      `${twin} is whole: start the NameNode, which fills the other directories from it`,
    ]);
  });

  it('is asked for by a start that would lose what a newer, damaged directory has', async () => {
    await copyAndGoOn();
    await inLevel(async (db) => {
      await db.put(inodeKey(A), (await db.get(inodeKey(A))).replace('"m":493', '"m":511'));
    });
    const dirs = both(older(), nameDir());
    await expect(bench.start(dirs)).rejects.toThrow(
      new RegExp(
        `^${nameDir()} is damaged and newer \\(epoch 3, last transaction \\d+\\) than ${older()} \\(epoch 2, last ` +
          `transaction \\d+\\), so that changes would be lost: save what is left with \`hdfs namenode -recover\``,
      ),
    );
    expect(await fs.readdir(older())).toEqual(['current']);
    await recover(bench.conf(dirs));
    const namenode = await bench.start(dirs);
    expect(await paths(namenode)).toContain('/later');
    await namenode.stop();
  });

  it('hdfs namenode -verify tells epoch and last transaction of each, and which one is behind', async () => {
    await copyAndGoOn();
    const { isWhole, lines } = await verify(bench.conf(both(older(), nameDir())));
    expect([isWhole, lines]).toEqual([
      true,
      [
        expect.stringMatching(/\/older: whole: 7 keys, epoch 2, last transaction \d+$/),
        expect.stringMatching(/\/name: whole: 8 keys, epoch 3, last transaction \d+$/),
        `${older()}: older than ${nameDir()}, from which the next start brings it up to date`,
      ],
    ]);
  });
});
