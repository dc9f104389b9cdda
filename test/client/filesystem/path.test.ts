import { describe, expect, it } from 'vitest';
import { baseName, joinPath, normalizePath, parentPath, validDfsPath } from '../../../client/filesystem/path.ts';
import { parsePath } from '../../../client/get-file-system.ts';

describe('paths, as org.apache.hadoop.fs.Path', () => {
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

  it.each(['/a:b', '/../a', '/a/b:c/d'])('%s is no DFS filename', (path) => {
    expect(() => validDfsPath(path, 'hdfs://h:1')).toThrow(
      `Pathname ${path} from hdfs://h:1${path} is not a valid DFS filename.`,
    );
  });

  it('joins and parts', () => {
    expect([joinPath('/', 'a'), joinPath('/a', 'b'), joinPath('/a', '')]).toEqual(['/a', '/a/b', '/a']);
    expect([parentPath('/a/b'), parentPath('/a'), parentPath('/')]).toEqual(['/a', '/', '/']);
    expect(baseName('/a/b')).toBe('b');
  });

  it.each([
    ['hdfs://h:8020/a/b', 'hdfs', 'h:8020', '/a/b'],
    ['hdfs:///a', 'hdfs', undefined, '/a'],
    ['file:///tmp/x', 'file', undefined, '/tmp/x'],
    ['file:/tmp/x', 'file', undefined, '/tmp/x'],
    ['hdfs://h', 'hdfs', 'h', '/'],
    ['/a', undefined, undefined, '/a'],
    ['a/b*', undefined, undefined, 'a/b*'],
    ['a:b', undefined, undefined, 'a:b'],
  ])('%s', (text, scheme, authority, path) => {
    expect(parsePath(text)).toEqual({ scheme, authority, path });
  });
});
