/** The file system of a URI. */
import type { Configuration } from '../conf/configuration.ts';
import { hadoopError } from '../runtime/errors.ts';
import type { DfsClientOptions } from './dfs/dfs-client.ts';
import { DistributedFileSystem } from './distributed-file-system.ts';
import type { FileSystem } from './filesystem/file-system.ts';
import { splitPath } from './filesystem/path-text.ts';
import { LocalFileSystem } from './local/local-file-system.ts';

/**
 * Returns the file system of a URI or path, which is that of fs.defaultFS for a path without a scheme. The caller closes it.
 * @throws UnsupportedFileSystemException for a scheme without a file system
 */
export function getFileSystem(
  uriOrPath: string,
  conf: Configuration,
  options: Omit<DfsClientOptions, 'conf' | 'uri'> = {},
): FileSystem {
  const given = splitPath(uriOrPath);
  const defaultUri = conf.get('fs.defaultFS');
  const fallback = splitPath(defaultUri);
  const scheme = given.scheme ?? fallback.scheme;
  // `hdfs:///a` has the authority of the default file system.
  const authority = given.authority || (scheme === fallback.scheme ? fallback.authority : undefined);
  if (scheme === 'file') return new LocalFileSystem({ conf });
  if (scheme === 'hdfs') {
    if (!authority) throw hadoopError('IOException', `Incomplete HDFS URI, no host: ${uriOrPath}`);
    return new DistributedFileSystem({ ...options, conf, uri: `hdfs://${authority}` });
  }
  if (scheme === undefined) {
    throw hadoopError(
      'IllegalArgumentException',
      `fs.defaultFS is '${defaultUri}': expected hdfs://host:port or file:///`,
    );
  }
  throw hadoopError('UnsupportedFileSystemException', `No FileSystem for scheme "${scheme}"`);
}
