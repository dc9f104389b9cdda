import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { NameNode } from '../../../namenode/namenode.ts';
import { nameDirectoryOf } from '../../../namenode/store/name-directory.ts';
import { silentLogger } from '../../../runtime/log.ts';

let dir: string;
beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-name-dir-'));
});
afterEach(() => fs.rm(dir, { recursive: true, force: true }));

const conf = () =>
  new Configuration({
    'dfs.namenode.rpc-address': '127.0.0.1:0',
    'dfs.namenode.http-address': '127.0.0.1:0',
    'dfs.namenode.name.dir': dir,
  });
const start = () => NameNode.start({ conf: conf(), log: silentLogger });

async function writeVersion(text: string): Promise<void> {
  await fs.mkdir(path.join(dir, 'current'), { recursive: true });
  await fs.writeFile(path.join(dir, 'current', 'VERSION'), text);
}

describe('the name directory', () => {
  it('is formatted by itself when it is empty, and keeps its identity', async () => {
    const first = await start();
    await first.stop();
    const version = await fs.readFile(path.join(dir, 'current', 'VERSION'), 'utf8');
    expect(version).toMatch(/^clusterID=CID-[0-9a-f-]{36}$/m);
    expect(version).toMatch(/^blockpoolID=BP-\d+-[\d.]+-\d+$/m);
    expect(version).toContain('storageType=NAME_NODE\nlayoutVersion=-67\ncalfLayoutVersion=2\n');
    const second = await start();
    await second.stop();
    expect(second.identity).toEqual(first.identity);
  });

  it('of a Hadoop NameNode is refused with the way out', async () => {
    await writeVersion(
      '#Fri Nov 20 10:00:00\nnamespaceID=1\nclusterID=CID-x\nstorageType=NAME_NODE\nlayoutVersion=-66\n',
    );
    await expect(start()).rejects.toThrow(
      `${dir} is the metadata directory of a Hadoop NameNode (layout -66), which Calf does not read: ` +
        'set dfs.namenode.name.dir to an empty directory',
    );
  });

  it('of a newer version, of a DataNode, or of anything else is refused, and left as it is', async () => {
    await writeVersion('storageType=NAME_NODE\nlayoutVersion=-67\ncalfLayoutVersion=3\n');
    await expect(start()).rejects.toThrow('was written by a newer Calf (layout 3, this one reads up to 2)');
    await writeVersion('storageType=NAME_NODE\nlayoutVersion=-67\ncalfLayoutVersion=1\n');
    await expect(start()).rejects.toThrow('was written by an early Calf (layout 1, this one reads 2)');
    await writeVersion('storageType=DATA_NODE\nlayoutVersion=-57\n');
    await expect(start()).rejects.toThrow('belongs to a DATA_NODE');
    await fs.rm(path.join(dir, 'current'), { recursive: true });
    await fs.writeFile(path.join(dir, 'thesis.tex'), 'years of work');
    await expect(start()).rejects.toThrow("holds no NameNode's metadata (it has thesis.tex)");
    await expect(NameNode.format({ conf: conf() })).rejects.toThrow('holds no NameNode');
    expect(await fs.readdir(dir)).toEqual(['thesis.tex']);
  });

  it('is used by one NameNode at a time', async () => {
    const running = await start();
    try {
      expect(await fs.readFile(path.join(dir, 'in_use.lock'), 'utf8')).toBe(`${process.pid}@${os.hostname()}`);
      await expect(start()).rejects.toThrow('is in use by another NameNode');
      await expect(NameNode.format({ conf: conf() })).rejects.toThrow('is in use by another NameNode');
    } finally {
      await running.stop();
    }
    expect(await fs.readdir(dir)).toEqual(['current']);
  });

  it('is formatted again when a format was cut short', async () => {
    await fs.mkdir(path.join(dir, 'current.formatting', 'store'), { recursive: true });
    await (await start()).stop();
    expect(await fs.readdir(dir)).toEqual(['current']);
  });

  it('is a path or a file URI, the first of several', () => {
    expect(nameDirectoryOf('file:///a/b')).toBe('/a/b');
    expect(nameDirectoryOf('/a/b, /c')).toBe('/a/b');
  });
});
