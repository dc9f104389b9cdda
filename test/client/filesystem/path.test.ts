// Tests paths by the rules of Hadoop's DistributedFileSystem.
import { describe, expect, it } from 'vitest';
import { validDfsPath } from '../../../client/filesystem/path.ts';

describe('validDfsPath', () => {
  it.each(['/a:b', '/../a', '/a/b:c/d'])('%s is no DFS filename', (path) => {
    expect(() => validDfsPath(path, 'hdfs://h:1')).toThrow(
      `Pathname ${path} from hdfs://h:1${path} is not a valid DFS filename.`,
    );
  });
});
