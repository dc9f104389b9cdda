// The rules of CopyMapper.checkUpdate and canSkip of Hadoop: which files are skipped, appended or overwritten.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { FileSystem } from '../../../client/filesystem/file-system.ts';
import { LocalFileSystem } from '../../../client/local/local-file-system.ts';
import { decide, type FileAt, type Rules } from '../../../mapreduce/distcp/copy-decision.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-distcp-decision-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));
const local = new LocalFileSystem();
let count = 0;

interface Given {
  readonly text: string;
  /** Bytes of a block; 0 for a file system without checksums. Default 4. */
  readonly block?: number;
  /** Default 1000. */
  readonly timeMs?: number;
}

/** Returns a file whose checksum depends on its bytes and on its blocks, as that of HDFS. */
async function fileOf({ text, block = 4, timeMs = 1000 }: Given): Promise<FileAt> {
  const file = path.join(directory, String(count++));
  fs.writeFileSync(file, text);
  const blocks = text.length <= block ? 0 : block;
  const bytes = createHash('md5').update(`${blocks} ${text}`).digest();
  const hdfs = new Proxy<FileSystem>(local, {
    get(target, name) {
      if (name === 'getFileChecksum') {
        return async () => (block === 0 ? undefined : { algorithm: `MD5-of-${blocks}MD5-of-512CRC32C`, bytes });
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const status = { ...(await local.getFileStatus(file)), blockSizeBytes: block, modificationTimeMs: timeMs };
  return { fs: hdfs, status };
}

const UPDATE = { update: true };
const APPEND = { update: true, append: true };

const CASES: readonly (readonly [title: string, from: Given, to: Given | undefined, Partial<Rules>, string])[] = [
  ['no copy', { text: 'a' }, undefined, {}, 'OVERWRITE'],
  ['any copy, without -update', { text: 'a' }, { text: 'bb' }, {}, 'SKIP'],
  ['-overwrite', { text: 'a' }, { text: 'a' }, { overwrite: true }, 'OVERWRITE'],
  ['the same', { text: 'a' }, { text: 'a' }, UPDATE, 'SKIP'],
  ['another length', { text: 'a' }, { text: 'ab' }, UPDATE, 'OVERWRITE'],
  ['other bytes', { text: 'a' }, { text: 'b', timeMs: 2000 }, UPDATE, 'OVERWRITE'],
  ['two empty files', { text: '' }, { text: '', block: 8 }, { ...UPDATE, preserve: ['b'] }, 'SKIP'],
  ['one block, other block sizes', { text: 'abc' }, { text: 'abc', block: 8 }, UPDATE, 'SKIP'],
  ['the same with -pb', { text: 'abc' }, { text: 'abc', block: 8 }, { ...UPDATE, preserve: ['b'] }, 'OVERWRITE'],
  ['many blocks, other block sizes', { text: 'abcdefghi' }, { text: 'abcdefghi', block: 8 }, UPDATE, 'OVERWRITE'],
  ['-skipcrccheck, a younger copy', { text: 'a' }, { text: 'b', timeMs: 2000 }, { ...UPDATE, skipCrc: true }, 'SKIP'],
  ['-skipcrccheck, an older copy', { text: 'a' }, { text: 'b', timeMs: 1 }, { ...UPDATE, skipCrc: true }, 'OVERWRITE'],
  ['no checksums, an older copy', { text: 'a', block: 0 }, { text: 'b', timeMs: 1 }, UPDATE, 'OVERWRITE'],
  [
    'the same without times',
    { text: 'a', block: 0 },
    { text: 'b', timeMs: 1 },
    { ...UPDATE, usesTimes: false },
    'SKIP',
  ],
  ['-append, a longer source', { text: 'abcdef' }, { text: 'abcde' }, APPEND, 'APPEND'],
  ['-append, an empty copy', { text: 'abcdef' }, { text: '' }, APPEND, 'APPEND'],
  ['-append, other bytes', { text: 'abcdef' }, { text: 'abcxe' }, APPEND, 'OVERWRITE'],
  ['-append, a shorter source', { text: 'abc' }, { text: 'abcde' }, APPEND, 'OVERWRITE'],
  ['-append, other block sizes', { text: 'abcdef' }, { text: 'abcde', block: 8 }, APPEND, 'OVERWRITE'],
  ['-append, a first block alone', { text: 'abcdef' }, { text: 'abc', block: 8 }, APPEND, 'APPEND'],
  ['-append without checksums', { text: 'abcdef', block: 0 }, { text: 'abc', block: 0 }, APPEND, 'OVERWRITE'],
];

it.each(CASES)('%s', async (_title, from, to, rules, action) => {
  const all: Rules = {
    update: false,
    overwrite: false,
    append: false,
    skipCrc: false,
    preserve: [],
    usesTimes: true,
    ...rules,
  };
  expect(await decide(await fileOf(from), to && (await fileOf(to)), all)).toBe(action);
});
