// Paths on the wire follow Hadoop's org.apache.hadoop.fs.Path and DFSUtil.isValidName.
import { describe, expect, it } from 'vitest';
import {
  baseName,
  isValidName,
  joinPath,
  normalizePath,
  parentPath,
  pathComponents,
  pathOfComponents,
} from '../../protocol/path.ts';

describe('paths', () => {
  it.each([
    ['/', '/'],
    ['/a', '/a'],
    ['//a///b/', '/a/b'],
    ['/a/./b/.', '/a/b'],
    ['/a/../b', '/b'],
    ['/a/b/../..', '/'],
    ['/../a', '/../a'],
    ['/.reserved/raw', '/.reserved/raw'],
    ['/a/.hidden', '/a/.hidden'],
    ['/a/..b', '/a/..b'],
  ])('%s is %s', (path, normal) => {
    expect(normalizePath(path)).toBe(normal);
  });

  it('joins and parts', () => {
    expect([joinPath('/', 'a'), joinPath('/a', 'b'), joinPath('/a', '')]).toEqual(['/a', '/a/b', '/a']);
    expect([parentPath('/a/b'), parentPath('/a'), parentPath('/')]).toEqual(['/a', '/', '/']);
    expect(baseName('/a/b')).toBe('b');
  });

  it.each([
    ['/', true],
    ['/a/b', true],
    ['/a/', true],
    ['', false],
    ['a', false],
    ['/a//b', false],
    ['/a/./b', false],
    ['/a/../b', false],
    ['/a:b', false],
    ['/.reserved/.inodes/1/..', false],
  ])('%s: %s (DFSUtil.isValidName)', (path, valid) => expect(isValidName(path)).toBe(valid));

  it.each([
    ['/', []],
    ['/a', ['a']],
    ['//a//b/', ['a', 'b']],
  ])('%s has the names %j', (path, names) => expect(pathComponents(path)).toEqual(names));

  it('a relative path has no names: a Hadoop server throws AssertionError', () => {
    expect(() => pathComponents('a/b')).toThrow(
      expect.objectContaining({
        javaClass: 'java.lang.AssertionError',
        message: "Absolute path required, but got 'a/b'",
      }),
    );
    expect([pathOfComponents([]), pathOfComponents(['a', 'b'])]).toEqual(['/', '/a/b']);
  });
});
