/** The usage text of `hadoop distcp`. */
const OPTIONS: readonly (readonly [option: string, text: string])[] = [
  ['-append', 'with -update: append to files that have grown'],
  ['-async', 'end when the job is submitted'],
  ['-atomic', 'all is copied, or nothing'],
  ['-bandwidth <arg>', 'MB a second that each map may copy; default 100'],
  ['-copybuffersize <arg>', 'taken, without effect'],
  ['-delete', 'with -update or -overwrite: delete what the source lacks'],
  ['-direct', 'write files at their places, not under temporary names'],
  ['-f <arg>', 'file with one source a line'],
  ['-filelimit <arg>', 'deprecated, without effect'],
  ['-filters <arg>', 'local file of regular expressions: matching paths are not copied'],
  ['-i', 'count files that cannot be read, and go on'],
  ['-log <arg>', 'directory for the logs of the maps'],
  ['-m <arg>', 'most maps; default 20'],
  ['-numListstatusThreads <arg>', 'directories listed at once; default 1, at most 40'],
  ['-overwrite', 'replace all files that are there'],
  ['-p[rbugpct]', 'preserve replication, block size, user, group, permission, type of checksums, times'],
  ['-sizelimit <arg>', 'deprecated, without effect'],
  ['-skipcrccheck', 'compare lengths and times, and no checksums'],
  ['-strategy <arg>', 'uniformsize (default): maps share the bytes; dynamic: maps take chunks of the list'],
  ['-tmp <arg>', 'with -atomic: the directory for the copy until it is whole'],
  ['-update', 'copy files that are missing or differ'],
  ['-updateRoot', 'with -update or -overwrite: the target gets the attributes of the source directory'],
  ['-useiterator', 'taken: listings never need much memory'],
  ['-v', 'with -log: log sizes too'],
];

const COLUMN = 29;

export const DISTCP_USAGE: readonly string[] = [
  'usage: distcp OPTIONS [source_path...] <target_path>',
  '',
  'OPTIONS',
  ...OPTIONS.map(([option, text]) => ` ${option.padEnd(COLUMN)} ${text}`),
];
