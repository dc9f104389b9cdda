// Tests that the disks of a chaos run lose all that was not synced, and nothing else, when their power is cut.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PowerDisks, whyNoPowerLoss } from './power-disks.ts';

const reason = whyNoPowerLoss();
const suffix = reason === undefined ? '' : ` (skipped: ${reason})`;

/** fsync of a file or directory. */
function sync(name: string): void {
  const fd = fs.openSync(name, 'r');
  fs.fsyncSync(fd);
  fs.closeSync(fd);
}

// The rules are those of fsync(2): of a file it makes the bytes and the length last, and not the name.
describe.skipIf(reason !== undefined)(`a disk that loses power${suffix}`, () => {
  let directory: string;
  let disks: PowerDisks;
  let machines = 0;
  let machine: string;
  let dir: string;

  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-power-'));
    const outfile = path.join(directory, 'serve.mjs');
    await build({
      entryPoints: [path.join(import.meta.dirname, 'serve.ts')],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
    });
    disks = await PowerDisks.mount(path.join(directory, 'disks'), outfile);
  });
  afterAll(async () => {
    await disks.close();
    fs.rmSync(directory, { recursive: true });
  });

  /** Makes the disk of a new machine. Returns the path of a file on it. */
  async function newDisk(): Promise<(name: string) => string> {
    machine = `machine${++machines}`;
    const added = await disks.add(machine);
    dir = added;
    return (name) => path.join(added, name);
  }
  const cut = () => disks.cut(machine, 'all', 1);

  it('loses bytes without fsync', async () => {
    const at = await newDisk();
    fs.writeFileSync(at('f'), 'synced');
    sync(at('f'));
    sync(dir);
    fs.appendFileSync(at('f'), ' and more');
    expect(fs.readFileSync(at('f'), 'utf8')).toBe('synced and more');
    await cut();
    expect(fs.readFileSync(at('f'), 'utf8')).toBe('synced');
  });

  it('keeps bytes after fsync, after fdatasync, and of a write with O_DSYNC', async () => {
    const at = await newDisk();
    fs.writeFileSync(at('fsync'), 'bytes', { flush: true });
    const fd = fs.openSync(at('fdatasync'), 'w');
    fs.writeSync(fd, 'bytes');
    fs.fdatasyncSync(fd);
    fs.closeSync(fd);
    const dsync = fs.openSync(at('dsync'), fs.constants.O_CREAT | fs.constants.O_RDWR | fs.constants.O_DSYNC);
    fs.writeSync(dsync, 'bytes');
    fs.closeSync(dsync);
    sync(dir);
    await cut();
    for (const name of ['fsync', 'fdatasync', 'dsync']) expect(fs.readFileSync(at(name), 'utf8')).toBe('bytes');
  });

  it('loses writes over synced bytes, and a cut to a shorter length', async () => {
    const at = await newDisk();
    const bytes = Buffer.alloc(20_000, 'a');
    for (const name of ['written', 'cut', 'kept']) fs.writeFileSync(at(name), bytes, { flush: true });
    sync(dir);
    const fd = fs.openSync(at('written'), 'r+');
    fs.writeSync(fd, 'bbb', 9000);
    fs.closeSync(fd);
    fs.truncateSync(at('cut'), 100);
    fs.truncateSync(at('kept'), 100);
    sync(at('kept'));
    expect(fs.readFileSync(at('written')).subarray(9000, 9004).toString()).toBe('bbba');
    expect(fs.statSync(at('cut')).size).toBe(100);
    await cut();
    expect(fs.readFileSync(at('written')).equals(bytes)).toBe(true);
    expect(fs.readFileSync(at('cut')).equals(bytes)).toBe(true);
    expect(fs.statSync(at('kept')).size).toBe(100);
  });

  it('loses a file that was made without an fsync of its directory, even if the file was synced', async () => {
    const at = await newDisk();
    fs.writeFileSync(at('f'), 'bytes', { flush: true });
    await cut();
    expect(fs.readdirSync(dir)).toEqual([]);
  });

  it('keeps a file after an fsync of its directory; without one of the file, it is empty', async () => {
    const at = await newDisk();
    fs.writeFileSync(at('f'), 'bytes', { flush: true });
    fs.writeFileSync(at('empty'), 'bytes');
    sync(dir);
    await cut();
    expect(fs.readFileSync(at('f'), 'utf8')).toBe('bytes');
    expect(fs.readFileSync(at('empty'), 'utf8')).toBe('');
  });

  it('undoes a rename without an fsync of the directory, and gives back the file that it replaced', async () => {
    const at = await newDisk();
    fs.mkdirSync(at('other'));
    for (const name of ['from', 'to', 'moved']) fs.writeFileSync(at(name), name, { flush: true });
    sync(dir);
    fs.renameSync(at('from'), at('to'));
    fs.renameSync(at('moved'), at('other/moved'));
    expect(fs.readFileSync(at('to'), 'utf8')).toBe('from');
    await cut();
    expect(fs.readdirSync(dir).sort()).toEqual(['from', 'moved', 'other', 'to']);
    expect(fs.readFileSync(at('to'), 'utf8')).toBe('to');
    expect(fs.readdirSync(at('other'))).toEqual([]);
  });

  it('keeps a rename after an fsync of the directory', async () => {
    const at = await newDisk();
    for (const name of ['from', 'to']) fs.writeFileSync(at(name), name, { flush: true });
    sync(dir);
    fs.renameSync(at('from'), at('to'));
    sync(dir);
    await cut();
    expect(fs.readdirSync(dir)).toEqual(['to']);
    expect(fs.readFileSync(at('to'), 'utf8')).toBe('from');
  });

  it('brings back a file that was removed without an fsync of the directory, and not one removed with it', async () => {
    const at = await newDisk();
    for (const name of ['gone', 'back']) fs.writeFileSync(at(name), name, { flush: true });
    sync(dir);
    fs.rmSync(at('gone'));
    sync(dir);
    fs.rmSync(at('back'));
    await cut();
    expect(fs.readdirSync(dir)).toEqual(['back']);
    expect(fs.readFileSync(at('back'), 'utf8')).toBe('back');
  });

  it('cuts the power of one machine alone', async () => {
    const at = await newDisk();
    fs.writeFileSync(at('f'), 'bytes');
    await newDisk();
    await cut();
    expect(fs.readFileSync(at('f'), 'utf8')).toBe('bytes');
  });

  it('loses all or the last of what was not synced, by the seed', async () => {
    const left = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      const at = await newDisk();
      for (let i = 0; i < 5; i++) fs.writeFileSync(at(`f${i}`), 'bytes', { flush: true });
      await disks.cut(machine, 'some', seed);
      const names = fs.readdirSync(dir).sort();
      expect(names).toEqual(['f0', 'f1', 'f2', 'f3', 'f4'].slice(0, names.length));
      left.add(names.length);
    }
    expect([...left].sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('is a file system like others: links, large files, listings, locks of programs', async () => {
    const at = await newDisk();
    fs.mkdirSync(at('a/b'), { recursive: true });
    for (let i = 0; i < 3000; i++) fs.writeFileSync(at(`a/b/${i}`), '');
    expect(fs.readdirSync(at('a/b')).length).toBe(3000);
    const large = Buffer.alloc(5_000_001, 'large ');
    fs.writeFileSync(at('large'), large);
    fs.linkSync(at('large'), at('linked'));
    expect(fs.statSync(at('linked')).nlink).toBe(2);
    fs.copyFileSync(at('large'), at('copy'));
    expect(fs.readFileSync(at('copy')).equals(large)).toBe(true);
    expect(() => fs.rmdirSync(at('a'))).toThrow('ENOTEMPTY');
    expect(() => fs.mkdirSync(at('a'))).toThrow('EEXIST');
    expect(execFileSync('flock', ['-n', at('large'), 'echo', 'locked']).toString()).toBe('locked\n');
    const fd = fs.openSync(at('large'), 'r');
    fs.rmSync(at('large'));
    expect(fs.readSync(fd, Buffer.alloc(100), 0, 100, 1000)).toBe(100);
    fs.closeSync(fd);
    fs.rmSync(at('a'), { recursive: true });
    expect(fs.readdirSync(dir).sort()).toEqual(['copy', 'linked']);
  });
});
