// Entries of dfs.datanode.data.dir (Hadoop: StorageLocation).
import { describe, expect, test } from 'vitest';
import { parseStorageLocation } from '../../../datanode/volumes/storage-location.ts';

describe('storage-location: entries of dfs.datanode.data.dir', () => {
  test('paths, URIs and storage types', () => {
    expect(parseStorageLocation('/d1')).toEqual({ storageType: 'DISK', directory: '/d1' });
    expect(parseStorageLocation('file:///d1')).toEqual({ storageType: 'DISK', directory: '/d1' });
    expect(parseStorageLocation('file:/d1/')).toEqual({ storageType: 'DISK', directory: '/d1' });
    expect(parseStorageLocation(' [ssd]file:///a%20b ')).toEqual({ storageType: 'SSD', directory: '/a b' });
  });

  test('anything else is refused by name', () => {
    expect(() => parseStorageLocation('[FLOPPY]/d')).toThrow("unknown storage type in '[FLOPPY]/d'");
    expect(() => parseStorageLocation('[DISK]')).toThrow('no directory');
    expect(() => parseStorageLocation('s3://bucket')).toThrow('neither a path nor a file: URI');
  });
});
