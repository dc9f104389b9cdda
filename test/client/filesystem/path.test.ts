// Tests paths by the rules of Hadoop's Path and DistributedFileSystem.
import { describe, expect, it } from 'vitest';
import { validDfsPath } from '../../../client/filesystem/path.ts';
import { parsePath } from '../../../client/get-file-system.ts';

describe('paths, as org.apache.hadoop.fs.Path', () => {
  it.each(['/a:b', '/../a', '/a/b:c/d'])('%s is no DFS filename', (path) => {
    expect(() => validDfsPath(path, 'hdfs://h:1')).toThrow(
      `Pathname ${path} from hdfs://h:1${path} is not a valid DFS filename.`,
    );
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
