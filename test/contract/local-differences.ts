// Lists the rules of the contract that file:// keeps in another way than HDFS.
import type { Difference, Differences } from './run-case.ts';

const NO_APPEND: Difference = {
  why: "Hadoop's ChecksumFileSystem has no append",
  failsWith: 'UnsupportedOperationException',
};
const NO_TRUNCATE: Difference = {
  why: "Hadoop's ChecksumFileSystem has no truncate",
  failsWith: 'UnsupportedOperationException',
};
const NO_CONCAT: Difference = {
  why: "Hadoop's ChecksumFileSystem has no concat",
  failsWith: 'UnsupportedOperationException',
};
const NO_LEASES: Difference = { why: 'there are no leases', failsWith: 'there was FileAlreadyExistsException' };
const ONE_REPLICA: Difference = { why: 'a local file has one replica', failsWith: 'AssertionError' };
const NO_RENAME_BELOW: Difference = {
  why: 'the operating system refuses it with an error',
  failsWith: 'IOException: EINVAL',
};

export const LOCAL_DIFFERENCES: Differences = {
  'create without overwrite: a file that another client writes is refused': NO_LEASES,
  'create: a directory is not replaced': {
    why: 'the operating system says so, with a FileNotFoundException in Java and an IOException here',
    failsWith: 'there was IOException',
  },
  'create: below a file is refused': {
    why: 'making the parent fails first',
    failsWith: 'there was FileAlreadyExistsException',
  },
  'create: replication and block size are those asked for': {
    why: 'a local file has one replica and blocks of fs.local.block.size',
    failsWith: 'replication: 1',
  },
  'append: bytes go behind those that are there': NO_APPEND,
  'append: an empty file takes bytes': NO_APPEND,
  'append: the position begins at the length': NO_APPEND,
  'append in a new block: the bytes are one file, in one block more': NO_APPEND,
  'append: a missing file is an error': NO_APPEND,
  'append: a directory is an error': NO_APPEND,
  'append: a file that another client appends to is refused': NO_APPEND,
  'append: a file that is renamed while it is appended to has all bytes at its new path': NO_APPEND,
  'truncate: a file keeps its first bytes': NO_TRUNCATE,
  'truncate to 0: the file is empty, and takes bytes again': NO_TRUNCATE,
  'truncate to the length: nothing changes, and the answer is at once true': NO_TRUNCATE,
  'truncate: a file does not grow': NO_TRUNCATE,
  'truncate: a missing file is an error': NO_TRUNCATE,
  'truncate: a directory is an error': NO_TRUNCATE,
  'concat: the target has the bytes of all, and the sources are gone': NO_CONCAT,
  'concat: a missing target is an error': NO_CONCAT,
  'concat: no source is an error': NO_CONCAT,
  'concat: a file is not joined to itself': NO_CONCAT,
  'rename: a directory does not go below itself': NO_RENAME_BELOW,
  'rename: a directory onto itself is false': NO_RENAME_BELOW,
  'rename: a file onto itself is true and changes nothing': {
    why: 'what exists is never replaced, itself included',
    failsWith: 'false !== true',
  },
  'delete: a directory that is not empty needs recursive': {
    why: "Hadoop's RawLocalFileSystem throws a plain IOException",
    failsWith: 'there was IOException',
  },
  'delete: a file being written can not be closed any more': {
    why: 'an open local file lives on without its name',
    failsWith: 'there was no refusal',
  },
  'getFileBlockLocations: the blocks of a file, end to end': {
    why: 'the block size is fs.local.block.size',
    failsWith: '2500000',
  },
  'setOwner: a superuser gives a file to any name': {
    why: 'the operating system must know the name',
    failsWith: 'invalid user',
  },
  'setReplication: of a file': ONE_REPLICA,
  'setReplication: false for a directory and for a missing file': ONE_REPLICA,
  'getContentSummary: a file is one file, and its replicas take space': ONE_REPLICA,
  'getFileChecksum: the same bytes have the same checksum, others another': {
    why: 'a local file has no checksum',
    failsWith: 'undefined',
  },
};
