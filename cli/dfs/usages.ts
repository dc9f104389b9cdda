/** The command lines of `hdfs dfs`, as Hadoop prints them: users and scripts know these texts. */

const PUT = '[-f] [-p] [-l] [-d] [-t <thread count>] [-q <thread pool queue size>] <localsrc> ... <dst>';
const GET = '[-f] [-p] [-crc] [-ignoreCrc] [-t <thread count>] [-q <thread pool queue size>] <src> ... <localdst>';

export const USAGES: Record<string, string> = {
  appendToFile: '[-n] <localsrc> ... <dst>',
  cat: '[-ignoreCrc] <src> ...',
  checksum: '[-v] <src> ...',
  chgrp: '[-R] GROUP PATH...',
  chmod: '[-R] <MODE[,MODE]... | OCTALMODE> PATH...',
  chown: '[-R] [OWNER][:[GROUP]] PATH...',
  concat: '<target path> <src path> <src path> ...',
  copyFromLocal: PUT,
  copyToLocal: GET,
  count: '[-q] [-h] [-v] [-t [<storage type>]] [-u] [-x] [-e] [-s] <path> ...',
  cp: '[-f] [-p | -p[topax]] [-d] [-t <thread count>] [-q <thread pool queue size>] <src> ... <dst>',
  createSnapshot: '<snapshotDir> [<snapshotName>]',
  deleteSnapshot: '<snapshotDir> <snapshotName>',
  df: '[-h] [<path> ...]',
  du: '[-s] [-h] [-v] [-x] <path> ...',
  expunge: '[-immediate] [-fs <path>]',
  find: '<path> ... <expression> ...',
  get: GET,
  getfacl: '[-R] <path>',
  getfattr: '[-R] {-n name | -d} [-e en] <path>',
  getmerge: '[-nl] [-skip-empty-file] <src> <localdst>',
  head: '<file>',
  help: '[cmd ...]',
  ls: '[-C] [-d] [-h] [-q] [-R] [-t] [-S] [-r] [-u] [-e] [<path> ...]',
  mkdir: '[-p] <path> ...',
  moveFromLocal: '[-f] [-p] [-l] [-d] <localsrc> ... <dst>',
  moveToLocal: '<src> <localdst>',
  mv: '<src> ... <dst>',
  put: PUT,
  renameSnapshot: '<snapshotDir> <oldName> <newName>',
  rm: '[-f] [-r|-R] [-skipTrash] [-safely] <src> ...',
  rmdir: '[--ignore-fail-on-non-empty] <dir> ...',
  setfacl: '[-R] [{-b|-k} {-m|-x <acl_spec>} <path>]|[--set <acl_spec> <path>]',
  setfattr: '{-n name [-v value] | -x name} <path>',
  setrep: '[-R] [-w] <rep> <path> ...',
  stat: '[format] <path> ...',
  tail: '[-f] [-s <sleep interval>] <file>',
  test: '-[defswrz] <path>',
  text: '[-ignoreCrc] <src> ...',
  touch: '[-a] [-m] [-t TIMESTAMP (yyyyMMdd:HHmmss) ] [-c] <path> ...',
  touchz: '<path> ...',
  truncate: '[-w] <length> <path> ...',
  usage: '[cmd ...]',
};

/** Deprecated commands, with the commands that replace them. */
export const REPLACEMENTS: Record<string, string> = { dus: 'du -s', lsr: 'ls -R', rmr: '-rm -r' };
