// Tests paths that users type, by the rules of org.apache.hadoop.fs.shell.PathData and org.apache.hadoop.fs.Path.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as text from '../../../client/filesystem/path-text.ts';

describe('splitPath', () => {
  test.each([
    ['/a', { path: '/a' }],
    ['a/b', { path: 'a/b' }],
    ['hdfs://h:8020/a', { scheme: 'hdfs', authority: 'h:8020', path: '/a' }],
    ['hdfs:///a', { scheme: 'hdfs', authority: '', path: '/a' }],
    ['file:/a', { scheme: 'file', path: '/a' }],
    ['hdfs://h', { scheme: 'hdfs', authority: 'h', path: '' }],
    ['/a b?c#d%20', { path: '/a b?c#d%20' }],
    ['/a:b', { path: '/a:b' }],
    ['a:b', { path: 'a:b' }],
    ['a/b*', { path: 'a/b*' }],
    ['file:///tmp/x', { scheme: 'file', authority: '', path: '/tmp/x' }],
  ])('%s', (typed, parts) => {
    expect(text.splitPath(typed)).toEqual({ scheme: undefined, authority: undefined, ...parts });
    expect(text.joinPath(text.splitPath(typed))).toBe(typed);
  });
});

describe('resolvePath', () => {
  test.each([
    ['a', '/user/me/a'],
    ['.', '/user/me'],
    ['', '/user/me'],
    ['../x', '/user/x'],
    ['/a//b/', '/a/b'],
    ['/a/./b/../c', '/a/c'],
    ['/..', '/..'],
    ['/', '/'],
  ])('%j is %s', (path, resolved) => {
    expect(text.resolvePath(path, '/user/me')).toBe(resolved);
  });
});

describe('relativize', () => {
  test.each([
    ['/user/me', '.'],
    ['/user/me/a/b', 'a/b'],
    ['/user/you', '../you'],
    ['/user', '..'],
    ['/x', '../../x'],
  ])('%s is %s from /user/me', (path, relative) => {
    expect(text.relativize('/user/me', path)).toBe(relative);
  });

  test('resolvePath undoes relativize', () => {
    const path = fc.array(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 4 }).map((s) => `/${s.join('/')}`);
    fc.assert(
      fc.property(path, path, (cwd, target) => {
        expect(text.resolvePath(text.relativize(cwd, target), cwd)).toBe(target);
      }),
    );
  });
});

test('backslashes before glob characters go', () => {
  expect(text.unquoteGlob('a\\*b')).toBe('a*b');
});
