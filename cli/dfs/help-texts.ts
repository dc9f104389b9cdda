/**
 * The texts of -help, by command. A line that starts with `-` or `<` and has one colon is a row of a table of options;
 * other lines are wrapped. Sentences that Hadoop's own command-line tests expect are Hadoop's, and all others are Calf's.
 */

const THREADS = [
  '-t <thread count> : Number of threads to be used, default is 1.',
  '-q <thread pool queue size> : Thread pool queue size to be used, default is 1024.',
];

const DIRECT = '-d : Skip creation of temporary file(<dst>._COPYING_).';
const NOT_YET = 'Calf does not support this command yet: it says so and fails.';

export const HELP_TEXTS: Record<string, readonly string[]> = {
  appendToFile: [
    'Adds local files, or standard input for -, to the end of <dst>, which is created if needed.',
    '-n : Goes on in a new block, even if the last one has room.',
  ],
  cat: ['Fetch all files that match the file pattern <src> and display their content on stdout.'],
  checksum: [
    'Dump checksum information for files that match the file pattern <src> to stdout. Note that this requires a ' +
      'round-trip to a datanode storing each block of the file, and thus is not efficient to run on a large number ' +
      'of files. The checksum of a file depends on its content, block size and the checksum algorithm and ' +
      'parameters used for creating the file.',
  ],
  chgrp: ['This is equivalent to -chown ... :GROUP ...'],
  chmod: [
    "Changes permissions of a file. This works similar to the shell's chmod command with a few exceptions.",
    '-R: modifies the files recursively. This is the only option currently supported.',
    "<MODE>: Mode is the same as mode used for the shell's command. The only letters recognized are 'rwxXt', " +
      'e.g. +t,a+r,g-w,+rwx,o=r.',
    '<OCTALMODE>: Mode specifed in 3 or 4 digits. If 4 digits, the first may be 1 or 0 to turn the sticky bit on ' +
      'or off, respectively.  Unlike the shell command, it is not possible to specify only part of the mode, ' +
      'e.g. 754 is same as u=rwx,g=rx,o=r.',
    '',
    "If none of 'augo' is specified, 'a' is assumed and unlike the shell command, no umask is applied.",
  ],
  chown: [
    "Changes owner and group of a file. This is similar to the shell's chown command with a few exceptions.",
    '-R: modifies the files recursively. This is the only option currently supported.',
    '',
    'If only the owner or group is specified, then only the owner or group is modified. The owner and group names ' +
      'may only consist of digits, alphabet, and any of [-+_./@a-zA-Z0-9]. The names are case sensitive.',
    '',
    "WARNING: Avoid using '.' to separate user name and group though Linux allows it. If user names have dots in " +
      'them and you are using local file system, you might see surprising results since the shell command ' +
      "'chown' is used for local files.",
  ],
  concat: [
    'Concatenate existing source files into the target file. Target file and source files should be in the same directory.',
  ],
  copyFromLocal: ['Identical to the -put command.'],
  copyToLocal: ['Identical to the -get command.'],
  count: [
    'Count the number of directories, files and bytes under the paths',
    'that match the specified file pattern.  The output columns are:',
    'DIR_COUNT FILE_COUNT CONTENT_SIZE PATHNAME',
    'or, with the -q option:',
    'QUOTA REM_QUOTA SPACE_QUOTA REM_SPACE_QUOTA',
    '      DIR_COUNT FILE_COUNT CONTENT_SIZE PATHNAME',
    'The -h option shows file sizes in human readable format.',
    'The -v option displays a header line.',
    'The -x option excludes snapshots from being calculated.',
    'The -u option shows quotas and what is left of them, without the counts.',
    'The -t option, with -q or -u, shows them by storage type',
    '(ssd, disk, archive, provided, nvdimm, separated by commas; all without a value).',
    'The -e option adds the erasure coding policy, the -s option the counts of snapshots.',
  ],
  cp: [
    'Copy files that match the file pattern <src> to a destination. When copying multiple files, the destination ' +
      'must be a directory.',
    'Flags :',
    '-p[topax] : Preserve file attributes [topx] (timestamps, ownership, permission, ACL, XAttr). If -p is ' +
      'specified with no arg, then preserves timestamps, ownership, permission. If -pa is specified, then ' +
      'preserves permission also because ACL is a super-set of permission. Determination of whether raw namespace ' +
      'extended attributes are preserved is independent of the -p flag.',
    '-f : Overwrite the destination if it already exists.',
    DIRECT,
    ...THREADS,
  ],
  createSnapshot: ['Keeps a directory as it is now under a name.', NOT_YET],
  deleteSnapshot: ['Gives a snapshot up.', NOT_YET],
  df: [
    'Shows how much the file systems of the paths can hold, and how much of it is used and free.',
    '-h: Sizes with units instead of bytes.',
  ],
  du: [
    'Show the amount of space, in bytes, used by the files that match the specified file pattern. The following ' +
      'flags are optional:',
    '-s: Rather than showing the size of each individual file that matches the pattern, shows the total (summary) size.',
    '-h: Formats the sizes of files in a human-readable fashion rather than a number of bytes.',
    '-v: Shows a header line.',
    '-x: Excludes snapshots from being counted.',
    '',
    'Note that, even without the -s option, this only shows size summaries one level deep into a directory.',
    '',
    'The output is in the form ',
    '\tsize\tdisk space consumed\tname(full path)',
  ],
  expunge: [
    'Deletes what has been in the trash for longer than fs.trash.interval minutes, and closes the present trash so ' +
      'that it can age.',
    '-immediate: Deletes all trash now.',
    '-fs <path>: Does so on another file system.',
  ],
  find: [
    'Finds all files that match the specified expression and',
    'applies selected actions to them. If no <path> is specified',
    'then defaults to the current working directory. If no',
    'expression is specified then defaults to -print.',
    '',
    'The following primary expressions are recognised:',
    '  -name pattern',
    '  -iname pattern',
    '    Evaluates as true if the basename of the file matches the',
    '    pattern using standard file system globbing.',
    '    If -iname is used then the match is case insensitive.',
    '',
    '  -print',
    '  -print0',
    '    Always evaluates to true. Causes the current pathname to be',
    '    written to standard output followed by a newline. If the -print0',
    '    expression is used then an ASCII NULL character is appended rather',
    '    than a newline.',
    '',
    'The following operators are recognised:',
    '  expression -a expression',
    '  expression -and expression',
    '  expression expression',
    '    Logical AND operator for joining two expressions. Returns',
    '    true if both child expressions return true. Implied by the',
    '    juxtaposition of two expressions and so does not need to be',
    '    explicitly specified. The second expression will not be',
    '    applied if the first fails.',
  ],
  get: [
    'Copy files that match the file pattern <src> to the local name. <src> is kept.',
    'When copying multiple files, the destination must be a directory.',
    'Flags:',
    '-p : Preserves timestamps, ownership and the mode.',
    '-f : Overwrites the destination if it already exists.',
    '-crc : write CRC checksums for the files downloaded.',
    '-ignoreCrc : Skip CRC checks on the file(s) downloaded.',
    ...THREADS,
  ],
  getfacl: ['Shows the access control list of a path.', NOT_YET],
  getfattr: ['Shows the extended attributes of a path.', NOT_YET],
  getmerge: [
    'Get all the files in the directories that match the source file pattern and merge and sort them to only one ' +
      'file on local fs. <src> is kept.',
    '-nl: Add a newline character at the end of each file.',
    '-skip-empty-file: Do not add new line character for empty file.',
  ],
  head: ['Shows the first 1024 bytes of a file.'],
  help: ['Displays help for given command or all commands if none is specified.'],
  ls: [
    'List the contents that match the specified file pattern. If path is not specified, the contents of ' +
      '/user/<currentUser> will be listed. For a directory a list of its direct children is returned (unless -d ' +
      'option is specified).',
    '',
    'Directory entries are of the form:',
    '\tpermissions - userId groupId sizeOfDirectory(in bytes)',
    '\tmodificationDate(yyyy-MM-dd HH:mm) directoryName',
    '',
    'and file entries are of the form:',
    '\tpermissions numberOfReplicas userId groupId sizeOfFile(in bytes)',
    '\tmodificationDate(yyyy-MM-dd HH:mm) fileName',
    '',
    '  -C  Display the paths of files and directories only.',
    '  -d  Directories are listed as plain files.',
    '  -h  Formats the sizes of files in a human-readable fashion',
    '      rather than a number of bytes.',
    '  -q  Print ? instead of non-printable characters.',
    '  -R  Recursively list the contents of directories.',
    '  -t  Sort files by modification time (most recent first).',
    '  -S  Sort files by size.',
    '  -r  Reverse the order of the sort.',
    '  -u  Use time of last access instead of modification for',
    '      display and sorting.',
    '  -e  Display the erasure coding policy of files and directories.',
  ],
  mkdir: ['Create a directory in specified location.', '-p: Do not fail if the directory already exists'],
  moveFromLocal: [
    "Same as -put, except that the source is deleted after it's copied",
    'and -t option has not yet implemented.',
  ],
  moveToLocal: ['Not implemented yet'],
  mv: [
    'Move files that match the specified file pattern <src> to a destination <dst>.  When moving multiple files, ' +
      'the destination must be a directory.',
  ],
  put: [
    'Copy files from the local file system into fs. Copying fails if the file already exists, unless the -f flag ' +
      'is given.',
    'Flags:',
    '-p : Preserves timestamps, ownership and the mode.',
    '-f : Overwrites the destination if it already exists.',
    ...THREADS,
    '-l : Allow DataNode to lazily persist the file to disk. Forces replication factor of 1. This flag will result ' +
      'in reduced durability. Use with care.',
    DIRECT,
  ],
  renameSnapshot: ['Gives a snapshot another name.', NOT_YET],
  rm: [
    'Delete all files that match the specified file pattern. Equivalent to the Unix command "rm <src>"',
    '-f: If the file does not exist, do not display a diagnostic message or modify the exit status to reflect an error.',
    '-[rR]: Recursively deletes directories.',
    '-skipTrash: option bypasses trash, if enabled, and immediately deletes <src>.',
    '-safely: asks before deleting more files than hadoop.shell.safely.delete.limit.num.files. Counting them takes ' +
      'time in large directories.',
  ],
  rmdir: ['Removes the directory entry specified by each directory argument, provided it is empty.'],
  setfacl: ['Sets the access control lists of paths.', NOT_YET],
  setfattr: ['Sets or removes an extended attribute of a path.', NOT_YET],
  setrep: [
    'Set the replication level of a file. If <path> is a directory then the command recursively changes the ' +
      'replication factor of all files under the directory tree rooted at <path>. The EC files will be ignored here.',
    '-w: It requests that the command waits for the replication to complete. This can potentially take a very long time.',
    '-R: It is accepted for backwards compatibility. It has no effect.',
  ],
  stat: [
    'Print statistics about the file/directory at <path>',
    'in the specified format. Format accepts permissions in',
    'octal (%a) and symbolic (%A), filesize in',
    'bytes (%b), type (%F), group name of owner (%g),',
    'name (%n), block size (%o), replication (%r), user name',
    'of owner (%u), access date (%x, %X).',
    'modification date (%y, %Y).',
    '%x and %y show UTC date as "yyyy-MM-dd HH:mm:ss" and',
    '%X and %Y show milliseconds since January 1, 1970 UTC.',
    'If the format is not specified, %y is used by default.',
  ],
  tail: [
    'Show the last 1KB of the file.',
    '-f: Shows appended data as the file grows.',
    '-s: With -f , defines the sleep interval between iterations in milliseconds.',
  ],
  test: [
    'Answer various questions about <path>, with result via exit status.',
    '  -d  return 0 if <path> is a directory.',
    '  -e  return 0 if <path> exists.',
    '  -f  return 0 if <path> is a file.',
    '  -s  return 0 if <path> is a file that is not empty.',
    '  -w  return 0 if <path> exists and may be written.',
    '  -r  return 0 if <path> exists and may be read.',
    '  -z  return 0 if <path> is an empty file, else 1.',
  ],
  text: ['Shows files as -cat does, but gzip and deflate files as the text that they hold.'],
  touch: [
    'Updates the access and modification times of the file specified by the <path> to the current time. If the file ' +
      'does not exist, then a zero length file is created at <path> with current time as the timestamp of that <path>.',
    '-a Change only the access time',
    '-m Change only the modification time',
    '-t TIMESTAMP Use specified timestamp instead of current time',
    'TIMESTAMP format yyyyMMdd:HHmmss',
    '-c Do not create any files',
  ],
  touchz: [
    'Creates a file of zero length at <path> with current time as the timestamp of that <path>. An error is returned ' +
      'if the file exists with non-zero length',
  ],
  truncate: [
    'Truncate all files that match the specified file pattern to the specified length.',
    '-w: Requests that the command wait for block recovery to complete, if necessary.',
  ],
  usage: ['Shows the command line of the given commands, or of all.'],
};
