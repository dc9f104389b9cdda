// Tests of dfs.namenode.name.dir: which directories are formatted or refused, and that one NameNode uses each.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { NameNode } from '../../../namenode/namenode.ts';
import { nameDirectoriesOf } from '../../../namenode/store/name-directory.ts';
import { nameNodeBench } from '../namenode-bench.ts';

const bench = nameNodeBench();
const nameDir = () => path.join(bench.dir, 'name');
const start = () => bench.start();
const format = () => NameNode.format({ conf: bench.conf() });

async function writeVersion(text: string): Promise<void> {
  await fs.mkdir(path.join(nameDir(), 'current'), { recursive: true });
  await fs.writeFile(path.join(nameDir(), 'current', 'VERSION'), text);
}

describe('the name directory', () => {
  it('is formatted by itself when it is empty, and keeps its identity', async () => {
    const first = await start();
    await first.stop();
    const version = await fs.readFile(path.join(nameDir(), 'current', 'VERSION'), 'utf8');
    expect(version).toMatch(/^clusterID=CID-[0-9a-f-]{36}$/m);
    expect(version).toMatch(/^blockpoolID=BP-\d+-[\d.]+-\d+$/m);
    expect(version).toContain('storageType=NAME_NODE\nlayoutVersion=-67\ncalfLayoutVersion=3\n');
    const second = await start();
    await second.stop();
    expect(second.identity).toEqual(first.identity);
  });

  it('of a Hadoop NameNode is refused with the way out', async () => {
    await writeVersion(
      '#Fri Nov 20 10:00:00\nnamespaceID=1\nclusterID=CID-x\nstorageType=NAME_NODE\nlayoutVersion=-66\n',
    );
    await expect(start()).rejects.toThrow(
      `${nameDir()} is the metadata directory of a Hadoop NameNode (layout -66), which Calf does not read: ` +
        'set dfs.namenode.name.dir to an empty directory',
    );
  });

  it('of a newer version, of a DataNode, or of anything else is refused, and left as it is', async () => {
    await writeVersion('storageType=NAME_NODE\nlayoutVersion=-67\ncalfLayoutVersion=4\n');
    await expect(start()).rejects.toThrow('was written by a newer Calf (layout 4, this one reads up to 3)');
    await writeVersion('storageType=NAME_NODE\nlayoutVersion=-67\ncalfLayoutVersion=1\n');
    await expect(start()).rejects.toThrow('was written by an early Calf (layout 1, this one reads from 2 on)');
    await writeVersion('storageType=DATA_NODE\nlayoutVersion=-57\n');
    await expect(start()).rejects.toThrow('belongs to a DATA_NODE');
    await fs.rm(path.join(nameDir(), 'current'), { recursive: true });
    await fs.writeFile(path.join(nameDir(), 'thesis.tex'), 'years of work');
    await expect(start()).rejects.toThrow("holds no NameNode's metadata (it has thesis.tex)");
    await expect(format()).rejects.toThrow('holds no NameNode');
    expect(await fs.readdir(nameDir())).toEqual(['thesis.tex']);
  });

  // Hadoop's StorageInfo.getProperty refuses such a file too.
  it.each([
    ['namespaceID', undefined, 'has namespaceID missing'],
    ['namespaceID', 'x1', 'has namespaceID=x1, which is no whole number'],
    ['clusterID', undefined, 'has clusterID missing'],
    ['blockpoolID', '', 'has blockpoolID missing'],
    ['cTime', undefined, 'has cTime missing'],
    ['calfLayoutVersion', 'two', 'has calfLayoutVersion=two, which is no whole number'],
  ])('whose VERSION has %s as %s is refused by the name of the file and the property', async (name, value, reason) => {
    await (await start()).stop();
    const file = path.join(nameDir(), 'current', 'VERSION');
    const text = await fs.readFile(file, 'utf8');
    const line = new RegExp(`^${name}=.*\\n`, 'm');
    await writeVersion(text.replace(line, value === undefined ? '' : `${name}=${value}\n`));
    await expect(start()).rejects.toThrow(`${file} ${reason}`);
    await writeVersion(text);
    await (await start()).stop();
  });

  it('is used by one NameNode at a time', async () => {
    const running = await start();
    try {
      expect(await fs.readFile(path.join(nameDir(), 'in_use.lock'), 'utf8')).toBe(`${process.pid}@${os.hostname()}`);
      await expect(start()).rejects.toThrow('is in use by another NameNode');
      await expect(format()).rejects.toThrow('is in use by another NameNode');
    } finally {
      await running.stop();
    }
    expect(await fs.readdir(nameDir())).toEqual(['current']);
  });

  it('and its files can be read by the NameNode alone', async () => {
    const modes = async () => {
      const names = [
        '',
        'current',
        'current/VERSION',
        'current/store',
        'current/store/edits-0',
        'current/store/edits-1',
      ];
      const stats = await Promise.all(names.map((name) => fs.stat(path.join(nameDir(), name))));
      return stats.map(({ mode }) => (mode & 0o777).toString(8));
    };
    await (await start()).stop();
    expect(await modes()).toEqual(['700', '700', '600', '700', '600', '600']);
    // An earlier version let everyone read it.
    await fs.chmod(path.join(nameDir(), 'current'), 0o755);
    await (await start()).stop();
    expect((await modes())[1]).toBe('700');
  });

  it('is formatted again when a format was cut short', async () => {
    await fs.mkdir(path.join(nameDir(), 'current.new', 'store'), { recursive: true });
    await (await start()).stop();
    expect(await fs.readdir(nameDir())).toEqual(['current']);
  });

  it('is a path or a file URI, or several of them', () => {
    expect(nameDirectoriesOf('file:///a/b')).toEqual(['/a/b']);
    expect(nameDirectoriesOf('/a/b, file:///c,,/a/b')).toEqual(['/a/b', '/c']);
    expect(() => nameDirectoriesOf(' ,')).toThrow('dfs.namenode.name.dir is empty');
  });
});
