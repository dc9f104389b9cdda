// Tests of rename and rename2.
import { describe, expect, it } from 'vitest';
import { getFileInfo } from '../../../namenode/namespace/stat-and-listing.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { Harness, ROOT } from '../harness.ts';

function tree(): Harness {
  const h = new Harness();
  h.mkdirs('/dir/sub');
  h.mkdirs('/empty');
  h.create('/file');
  h.create('/other');
  return h;
}

const exists = (h: Harness, path: string) => h.read(getFileInfo, { caller: ROOT, path }) !== undefined;

describe('rename (the old one: false where it can not)', () => {
  it.each([
    ['/file', '/new', true, '/new'],
    ['/file', '/dir', true, '/dir/file'],
    ['/dir', '/empty', true, '/empty/dir'],
    ['/file', '/file', true, '/file'],
    ['/nope', '/x', false, undefined],
    ['/file', '/nope/x', false, '/file'],
    ['/file', '/other', false, '/file'],
    ['/file', '/other/x', undefined, '/file'],
    ['/dir', '/dir/sub/x', false, '/dir'],
    ['/', '/x', false, undefined],
  ])('%s to %s: %s', (source, destination, expected, at) => {
    const h = tree();
    const rename = () => h.apply({ op: 'rename', caller: ROOT, source, destination });
    if (expected === undefined) expect(rename).toThrow('/other (is not a directory)');
    else expect(rename()).toBe(expected);
    if (at !== undefined) expect(exists(h, at)).toBe(true);
  });
});

describe('rename2', () => {
  const failure = (source: string, destination: string, overwrite = false) => {
    const h = tree();
    try {
      h.apply({ op: 'rename2', caller: ROOT, source, destination, overwrite });
    } catch (e) {
      const error = HadoopError.from(e);
      return `${error.code}: ${error.message}`;
    }
    return undefined;
  };

  it.each([
    ['/nope', '/x', 'FileNotFoundException: rename source /nope is not found.'],
    ['/', '/x', 'IOException: rename source cannot be the root'],
    ['/file', '/file', 'FileAlreadyExistsException: The source /file and destination /file are the same'],
    ['/dir', '/dir/x', 'IOException: Rename destination /dir/x is a directory or file under source /dir'],
    ['/file', '/', 'IOException: rename destination cannot be the root'],
    ['/file', '/dir', 'IOException: Source /file and destination /dir must both be directories'],
    ['/file', '/other', 'FileAlreadyExistsException: rename destination /other already exists'],
    ['/file', '/nope/x', 'FileNotFoundException: rename destination parent /nope/x not found.'],
    ['/file', '/other/x', 'ParentNotDirectoryException: /other (is not a directory)'],
    ['/file', '/a:b', 'InvalidPathException: Invalid path name Invalid file name: /a:b'],
    ['/file', '/.snapshot', 'HadoopIllegalArgumentException: ".snapshot" is a reserved name.'],
  ])('%s to %s: %s', (source, destination, message) => expect(failure(source, destination)).toBe(message));

  it('overwrites a file, and an empty directory, when told to', () => {
    expect(failure('/empty', '/dir', true)).toBe('IOException: rename destination directory is not empty: /dir');
    const h = tree();
    h.apply({ op: 'rename2', caller: ROOT, source: '/file', destination: '/other', overwrite: true });
    h.apply({ op: 'rename2', caller: ROOT, source: '/dir', destination: '/empty', overwrite: true });
    expect([exists(h, '/file'), exists(h, '/other'), exists(h, '/dir'), exists(h, '/empty/sub')]).toEqual([
      false,
      true,
      false,
      true,
    ]);
    h.restart();
    expect(exists(h, '/empty/sub')).toBe(true);
    expect(h.state.namespace.tree.fileCount).toBe(1);
  });

  it('moves an open file: its writer continues by the inode id', () => {
    const h = new Harness();
    h.addDatanode('d1');
    const { fileId = 0 } = h.create('/a');
    h.apply({ op: 'rename2', caller: ROOT, source: '/a', destination: '/b', overwrite: false });
    const open = { caller: ROOT, path: '/a', clientName: 'client', fileId };
    const located = h.apply({
      op: 'addBlock',
      ...open,
      previous: undefined,
      excludedUuids: [],
      favoredNodes: [],
      noLocalWrite: false,
      ignoreClientLocality: false,
    });
    h.report('d1', located.b, 5);
    expect(h.apply({ op: 'complete', ...open, last: h.blockOf(located, 5) })).toBe(true);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/b' })?.length).toBe(5);
  });
});
