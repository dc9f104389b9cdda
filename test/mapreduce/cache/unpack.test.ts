// No member of an archive gets out of the directory that it is unpacked into.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Header } from 'tar';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { unpack } from '../../../mapreduce/cache/unpack.ts';
import { zipFile } from './zip-file.ts';

let root: string;
let target: string;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-unpack-'));
  target = path.join(root, 'into');
  fs.mkdirSync(target);
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const LINK = 0o120777;

/** Writes a tar with the members as they are given: other programs would refuse some of them. */
function tarFile(
  name: string,
  members: readonly { path: string; type: string; linkpath?: string; content?: string }[],
) {
  const blocks: Buffer[] = [];
  for (const { path: member, type, linkpath = '', content = '' } of members) {
    const header = Buffer.alloc(512);
    const size = Buffer.byteLength(content);
    new Header({ path: member, type: type as 'File', linkpath, size, mode: 0o644, mtime: new Date(0) }).encode(
      header,
      0,
    );
    blocks.push(header, Buffer.from(content), Buffer.alloc((512 - (size % 512)) % 512));
  }
  const file = path.join(root, name);
  fs.writeFileSync(file, Buffer.concat([...blocks, Buffer.alloc(1024)]));
  return file;
}

it.each([
  ['a path with ..', [{ path: '../evil', type: 'File', content: 'x' }]],
  ['an absolute path', [{ path: '/tmp/calf-evil', type: 'File', content: 'x' }]],
  ['a link out of it', [{ path: 'l', type: 'SymbolicLink', linkpath: '../secret' }]],
  ['an absolute link', [{ path: 'l', type: 'SymbolicLink', linkpath: '/etc/passwd' }]],
  ['a hard link out of it', [{ path: 'l', type: 'Link', linkpath: '../secret' }]],
  [
    'a file behind a link',
    [
      { path: 'l', type: 'SymbolicLink', linkpath: '..' },
      { path: 'l/evil', type: 'File', content: 'x' },
    ],
  ],
  // As it is written, d/e is within; followed link by link, it is not.
  [
    'two links that lead out together',
    [
      { path: 'd/e/', type: 'Directory' },
      { path: 'd/e/up', type: 'SymbolicLink', linkpath: '../..' },
      { path: 'out', type: 'SymbolicLink', linkpath: 'd/e/up/..' },
    ],
  ],
])('a tar with %s is refused', async (_name, members) => {
  fs.writeFileSync(path.join(root, 'secret'), 'secret');
  await expect(unpack(tarFile('a.tar', members), target)).rejects.toThrow(/would create entry outside of/);
  expect(fs.readdirSync(root).sort()).toEqual(['a.tar', 'into', 'secret']);
  expect(fs.existsSync('/tmp/calf-evil')).toBe(false);
});

it('a tar with a device is refused', async () => {
  const file = tarFile('a.tar', [{ path: 'null', type: 'CharacterDevice' }]);
  await expect(unpack(file, target)).rejects.toThrow(/null of .* is a CharacterDevice: not unpacked/);
});

it.each([
  ['a path with ..', { '../evil': 'x' }],
  ['an absolute path', { '/tmp/calf-evil': 'x' }],
  ['a link out of it', { l: { content: '../secret', mode: LINK } }],
  ['a file behind a link', { l: { content: '..', mode: LINK }, 'l/evil': 'x' }],
])('a zip with %s is refused', async (_name, members) => {
  fs.writeFileSync(path.join(root, 'secret'), 'secret');
  const file = path.join(root, 'a.zip');
  zipFile(file, members as Parameters<typeof zipFile>[1]);
  await expect(unpack(file, target)).rejects.toThrow(
    /would create entry outside of|invalid relative path|absolute path/,
  );
  expect(fs.readdirSync(root).sort()).toEqual(['a.zip', 'into', 'secret']);
});

it('links within the archive stay, and modes of a zip are kept', async () => {
  const file = path.join(root, 'a.zip');
  zipFile(file, { 'bin/run': { content: 'x', mode: 0o100755 }, 'bin/link': { content: 'run', mode: LINK } });
  await unpack(file, target);
  expect(fs.readlinkSync(path.join(target, 'bin/link'))).toBe('run');
  expect(fs.statSync(path.join(target, 'bin/run')).mode & 0o777).toBe(0o755);
});
