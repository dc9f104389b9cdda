// Tests the shell's command lines, and its commands that list, make, delete, change and count files.
import { beforeEach, describe, expect, test } from 'vitest';
import { TestShell } from './shell.ts';

const LINE_TIME = '\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d';

let shell: TestShell;
beforeEach(() => {
  shell = new TestShell();
});

// The messages and exit codes were measured with FsShell of Hadoop 3.4.2.
describe('command lines', () => {
  test('no command: usage, 255', async () => {
    const { status, out, err } = await shell.run();
    expect([status, out]).toEqual([255, '']);
    expect(err).toMatch(/^Usage: hadoop fs \[generic options\]\n\t\[-appendToFile /);
  });

  test('an unknown command; one without its dash', async () => {
    expect(await shell.run('-foo')).toMatchObject({
      status: 255,
      err: expect.stringMatching(/^-foo: Unknown command\nUsage/),
    });
    expect((await shell.run('ls', '/')).err).toMatch(/^ls: Unknown command\nDid you mean -ls\? {2}This command begins/);
  });

  test('an illegal option; too few arguments', async () => {
    expect(await shell.run('-ls', '-z')).toEqual({
      status: 255,
      out: '',
      err:
        '-ls: Illegal option -z\n' +
        'Usage: hadoop fs [generic options] -ls [-C] [-d] [-h] [-q] [-R] [-t] [-S] [-r] [-u] [-e] [<path> ...]\n',
    });
    expect((await shell.run('-mkdir')).err).toMatch(/^-mkdir: Not enough arguments: expected 1 but got 0\n/);
    expect((await shell.run('-ls', '')).err).toMatch(/^-ls: Can not create a Path from an empty string\n/);
  });

  test('a command that is not supported yet says so', async () => {
    const result = await shell.run('-createSnapshot', '/');
    expect(result).toEqual({
      status: 1,
      out: '',
      err: 'createSnapshot: not supported yet: there are no snapshots\n',
    });
  });

  test('a deprecated command works and names its replacement', async () => {
    shell.hdfs.file('/d/f');
    const { status, err } = await shell.run('-rmr', '/d');
    expect([status, err]).toEqual([0, "rmr: DEPRECATED: Please use '-rm -r' instead.\n"]);
    expect(shell.hdfs.has('/d')).toBe(false);
  });

  test('an unknown scheme', async () => {
    expect(await shell.run('-ls', 'foo://x/')).toMatchObject({
      status: 1,
      err: 'ls: No FileSystem for scheme "foo"\n',
    });
  });
});

describe('-ls', () => {
  test('a directory, in columns', async () => {
    shell.hdfs.file('/d/a', 'hello').directory('/d/sub');
    const { status, out } = await shell.run('-ls', '/d');
    expect(status).toBe(0);
    expect(out).toMatch(
      new RegExp(
        `^Found 2 items\n-rw-r--r--   3 me supergroup          5 ${LINE_TIME} /d/a\n` +
          `drwxr-xr-x   - me supergroup          0 ${LINE_TIME} /d/sub\n$`,
      ),
    );
  });

  test('a path that fails does not stop the others', async () => {
    shell.hdfs.file('/a');
    const { status, out, err } = await shell.run('-ls', '-C', '/x', '/a');
    expect([status, out, err]).toEqual([1, '/a\n', "ls: `/x': No such file or directory\n"]);
  });

  test('paths are printed as they were given', async () => {
    shell.hdfs.file('/user/me/d/f');
    expect((await shell.run('-ls', '-C')).out).toBe('d\n');
    expect((await shell.run('-ls', '-C', 'd')).out).toBe('d/f\n');
    expect((await shell.run('-ls', '-C', 'hdfs:///user/me/d')).out).toBe('hdfs:///user/me/d/f\n');
    expect((await shell.run('-ls', '-C', 'hdfs://nn:8020/user/me/d/*')).out).toBe('hdfs://nn:8020/user/me/d/f\n');
    expect((await shell.run('-ls', '-C', '..')).out).toBe('../me\n');
  });

  test('-R -h, -d, -q', async () => {
    shell.hdfs.file('/d/s/f\x01', 'x'.repeat(1536));
    expect((await shell.run('-ls', '-R', '-h', '-q', '/d')).out).toMatch(/ 1\.5 K .* \/d\/s\/f\?\n$/);
    expect((await shell.run('-ls', '-d', '/d')).out).toMatch(/^drwx.*\/d\n$/);
  });

  test('orders: -t newest first, -S largest first, -r reversed, -u by access', async () => {
    shell.hdfs.file('/d/a', '1').change('/d/a', { modificationTimeMs: 1, accessTimeMs: 9 });
    shell.hdfs.file('/d/b', '333').change('/d/b', { modificationTimeMs: 3, accessTimeMs: 3 });
    shell.hdfs.file('/d/c', '22').change('/d/c', { modificationTimeMs: 2, accessTimeMs: 5 });
    const names = async (...options: string[]) =>
      (await shell.run('-ls', '-C', ...options, '/d')).out.replaceAll(/[^abc]/g, '');
    expect(await names('-t')).toBe('bca');
    expect(await names('-t', '-r')).toBe('acb');
    expect(await names('-S')).toBe('bca');
    expect(await names('-r')).toBe('cba');
    expect(await names('-t', '-u')).toBe('acb');
  });

  test('globs; one that matches nothing is named', async () => {
    shell.hdfs.file('/d/a1').file('/d/a2').file('/d/b');
    expect((await shell.run('-ls', '-C', '/d/a?')).out).toBe('/d/a1\n/d/a2\n');
    expect(await shell.run('-ls', '/d/x*')).toMatchObject({
      status: 1,
      err: "ls: `/d/x*': No such file or directory\n",
    });
  });
});

describe('-mkdir', () => {
  test('names the parent that is missing, and what exists', async () => {
    expect((await shell.run('-mkdir', '/a/b/c')).err).toBe("mkdir: `hdfs://nn:8020/a/b': No such file or directory\n");
    expect((await shell.run('-mkdir', '-p', '/a/b/c')).status).toBe(0);
    expect((await shell.run('-mkdir', '/a/b')).err).toBe("mkdir: `/a/b': File exists\n");
    shell.hdfs.file('/f');
    expect((await shell.run('-mkdir', '/f')).err).toBe("mkdir: `/f': Is not a directory\n");
    expect((await shell.run('-mkdir', '-p', '/a/b')).status).toBe(0);
  });
});

describe('-rm and -rmdir', () => {
  test('a directory needs -r', async () => {
    shell.hdfs.file('/d/f');
    expect((await shell.run('-rm', '/d')).err).toBe("rm: `/d': Is a directory\n");
    expect(await shell.run('-rm', '-r', '/d')).toEqual({ status: 0, out: 'Deleted /d\n', err: '' });
  });

  test('-f is silent about what does not exist', async () => {
    expect(await shell.run('-rm', '-f', '/x', '/y*')).toEqual({ status: 0, out: '', err: '' });
    expect(await shell.run('-rm', '/x')).toMatchObject({ status: 1, err: "rm: `/x': No such file or directory\n" });
  });

  test('with a trash interval, to the trash below its own parents', async () => {
    const trashing = new TestShell({ properties: { 'fs.trash.interval': '10' } });
    trashing.hdfs.file('/d/f', '1');
    const { status, out, err } = await trashing.run('-rm', '/d/f');
    expect([status, out]).toEqual([0, '']);
    const target = 'hdfs://nn:8020/user/me/.Trash/Current/d/f';
    expect(err).toBe(`Moved: 'hdfs://nn:8020/d/f' to trash at: ${target}\n`);
    expect(trashing.hdfs.text('/user/me/.Trash/Current/d/f')).toBe('1');
    trashing.hdfs.file('/d/f', '2');
    expect((await trashing.run('-rm', '/d/f')).err).toMatch(/Current\/d\/f\d+\n$/);
    expect((await trashing.run('-rm', '-r', '/user/me/.Trash')).out).toBe('Deleted /user/me/.Trash\n');
    expect((await trashing.run('-rm', '-skipTrash', '/d/f')).status).toBe(1);
    expect((await trashing.run('-rm', '-r', '/user')).err).toMatch(/^rm: Cannot move .* as it contains the trash/);
  });

  test('-safely asks', async () => {
    const options = { properties: { 'hadoop.shell.safely.delete.limit.num.files': '1' } };
    const no = new TestShell({ ...options, stdin: 'perhaps\nn\n' });
    no.hdfs.file('/d/a').file('/d/b');
    const result = await no.run('-rm', '-r', '-safely', '/d');
    expect(result.err).toMatch(/^Proceed deleting 2 files\? \(Y or N\).*Invalid input: perhaps.*Delete aborted/s);
    expect([result.status, no.hdfs.has('/d/a')]).toEqual([0, true]);
    const yes = new TestShell({ ...options, stdin: 'Y\n' });
    yes.hdfs.file('/d/a').file('/d/b');
    expect((await yes.run('-rm', '-r', '-safely', '/d')).out).toBe('Deleted /d\n');
  });

  test('-rmdir only takes empty directories', async () => {
    shell.hdfs.file('/d/f').directory('/e');
    expect((await shell.run('-rmdir', '/d', '/d/f', '/e')).err).toBe(
      "rmdir: `/d': Directory is not empty\nrmdir: `/d/f': Is not a directory\n",
    );
    expect(shell.hdfs.has('/e')).toBe(false);
    expect((await shell.run('-rmdir', '--ignore-fail-on-non-empty', '/d')).status).toBe(0);
  });
});

describe('permissions', () => {
  test('-chmod -R', async () => {
    shell.hdfs.file('/d/f');
    await shell.run('-chmod', '-R', 'go-rx,u+X', '/d');
    expect((await shell.hdfs.getFileStatus('/d')).permission).toBe(0o700);
    expect((await shell.hdfs.getFileStatus('/d/f')).permission).toBe(0o600);
    expect((await shell.run('-chmod', '999', '/d')).err).toMatch(
      /^-chmod: chmod : mode '999' does not match the expected pattern\.\nUsage/,
    );
  });

  test('-chown and -chgrp', async () => {
    shell.hdfs.file('/d/f');
    await shell.run('-chown', '-R', 'you:them', '/d');
    expect(await shell.hdfs.getFileStatus('/d/f')).toMatchObject({ owner: 'you', group: 'them' });
    await shell.run('-chgrp', 'us', '/d');
    await shell.run('-chown', ':all', '/d/f');
    expect([(await shell.hdfs.getFileStatus('/d')).group, (await shell.hdfs.getFileStatus('/d/f')).group]).toEqual([
      'us',
      'all',
    ]);
    expect((await shell.run('-chown', '%', '/d')).err).toMatch(
      /^-chown: '%' does not match expected pattern for \[owner\]/,
    );
    expect((await shell.run('-chown', ':', '/d')).err).toMatch(/^-chown: ':' does not specify owner or group\./);
    expect((await shell.run('-chgrp', '%', '/d')).err).toMatch(
      /^-chgrp: '%' does not match expected pattern for group\n/,
    );
  });
});

describe('sizes and counts', () => {
  beforeEach(() => {
    shell.hdfs.file('/d/a', 'x'.repeat(10)).file('/d/s/b', 'y'.repeat(2048));
  });

  test('-du', async () => {
    expect((await shell.run('-du', '/d')).out).toBe('10    30    /d/a\n2048  6144  /d/s\n');
    expect((await shell.run('-du', '-s', '-h', '/d')).out).toBe('2.0 K  6.0 K  /d\n');
    expect((await shell.run('-du', '-v', '/d/a')).out).toBe(
      'SIZE  DISK_SPACE_CONSUMED_WITH_ALL_REPLICAS  FULL_PATH_NAME\n10    30                                     /d/a\n',
    );
    expect((await shell.run('-dus', '/d')).out).toBe('2058  6174  /d\n');
  });

  test('-count', async () => {
    expect((await shell.run('-count', '/d')).out).toBe('           2            2               2058 /d\n');
    expect((await shell.run('-count', '-q', '-h', '/d')).out).toBe(
      '        none             inf            none             inf            2            2              2.0 K /d\n',
    );
    expect((await shell.run('-count', '-v', '-u', '/d')).out).toBe(
      '       QUOTA       REM_QUOTA     SPACE_QUOTA REM_SPACE_QUOTA PATHNAME\n' +
        '        none             inf            none             inf /d\n',
    );
    expect((await shell.run('-count', '-q', '-t', 'ssd', '-v', '/d')).out).toBe(
      '     SSD_QUOTA      REM_SSD_QUOTA PATHNAME\n          none                inf /d\n',
    );
    expect((await shell.run('-count', '-q', '-t', 'foo', '/d')).err).toMatch(/No enum constant .*StorageType\.FOO/);
  });

  test('-df', async () => {
    expect((await shell.run('-df', '-h')).out).toBe(
      'Filesystem      Size  Used  Available  Use%\nhdfs://nn:8020   3 G   1 G        2 G   33%\n',
    );
  });

  test('-stat', async () => {
    expect((await shell.run('-stat', '%F %a %A %b %g %n %o %r %u %q%%', '/d/a')).out).toBe(
      'regular file 644 rw-r--r-- 10 supergroup a 134217728 3 me q%\n',
    );
    expect((await shell.run('-stat', '/d')).out).toBe('2026-01-02 03:04:05\n');
    expect((await shell.run('-stat', '%Y')).err).toMatch(/^-stat: Not enough arguments/);
  });

  test('-test', async () => {
    const check = async (flag: string, path: string) => (await shell.run('-test', flag, path)).status;
    expect(await Promise.all(['-e', '-d', '-f', '-s', '-z', '-r', '-w'].map((flag) => check(flag, '/d/a')))).toEqual([
      0, 1, 0, 0, 1, 0, 0,
    ]);
    expect(await check('-e', '/x')).toBe(1);
    expect((await shell.run('-test', '/d')).err).toMatch(/^-test: No test flag given\n/);
    expect((await shell.run('-test', '-e', '-d', '/d')).err).toMatch(/^-test: Only one test flag is allowed\n/);
  });

  test('-checksum', async () => {
    expect((await shell.run('-checksum', '-v', '/d/a')).out).toBe(
      '/d/a\tMD5-of-0MD5-of-512CRC32C\t000fff\tBlockSize=134217728\n',
    );
  });

  test('-find', async () => {
    expect((await shell.run('-find', '/d', '-name', 'b')).out).toBe('/d/s/b\n');
    expect((await shell.run('-find', '/d')).out).toBe('/d\n/d/a\n/d/s\n/d/s/b\n');
    expect((await shell.run('-find', '/d', '-foo')).err).toBe('find: Unexpected argument: -foo\n');
  });

  test('-setrep', async () => {
    expect((await shell.run('-setrep', '2', '/d')).out).toBe('Replication 2 set: /d/a\nReplication 2 set: /d/s/b\n');
    expect((await shell.run('-setrep', '-w', '1', '/d/a')).out).toBe(
      'Replication 1 set: /d/a\nWaiting for /d/a ... done\n',
    );
    expect((await shell.run('-setrep', 'x', '/d')).err).toMatch(
      /^setrep: Illegal replication, a positive integer expected\n-setrep: For input string: "x"\n/,
    );
    expect((await shell.run('-setrep', '0', '/d')).err).toMatch(/^-setrep: replication must be >= 1\n/);
  });

  test('-setrep -w waits until the replication is reached', async () => {
    const slow = new TestShell({ sleep: async () => void slow.hdfs.change('/f', { replication: 2 }) });
    slow.hdfs.file('/f', 'x');
    slow.hdfs.setReplication = async () => true;
    expect((await slow.run('-setrep', '-w', '2', '/f')).out).toContain('WARNING: the waiting time may be long');
  });
});

// Exit statuses and messages as measured with Hadoop 3.4.2.
describe('-concat', () => {
  beforeEach(() => shell.hdfs.file('/a', 'one ').file('/b', 'two ').file('/c', 'three').directory('/d'));

  test('moves the bytes of files to the end of the first', async () => {
    expect(await shell.run('-concat', '/a', '/[bc]')).toEqual({ status: 0, out: '', err: '' });
    expect(shell.hdfs.text('/a')).toBe('one two three');
    expect([shell.hdfs.has('/b'), shell.hdfs.has('/c')]).toEqual([false, false]);
  });

  const usage = '<target path> <src path> <src path> ...';
  test.each([
    [[], `Target path not specified. ${usage}`],
    [['/a', '/b'], `The number of source paths is less than 2. ${usage}`],
    [['/none', '/b', '/c'], 'Target path hdfs://nn:8020/none does not exist or is not file.'],
    [['/d', '/b', '/c'], 'Target path hdfs://nn:8020/d does not exist or is not file.'],
    [['/a', '/b', '/none'], 'hdfs://nn:8020/none does not exist or is not file.'],
    [['file:/a', 'file:/none', 'file:/none'], 'Target path file:/a does not exist or is not file.'],
  ])('%j', async (paths, err) => {
    expect(await shell.run('-concat', ...paths)).toEqual({ status: 1, out: '', err: `concat: ${err}\n` });
    expect(shell.hdfs.calls).not.toContainEqual(expect.stringMatching(/^concat/));
  });

  test('only HDFS joins files, and only its own', async () => {
    for (const name of ['/a', '/b', '/c']) shell.local.file(name);
    expect(await shell.run('-concat', 'file:/a', 'file:/b', 'file:/c')).toEqual({
      status: 1,
      out: '',
      err: "concat: `Dest filesystem 'file' doesn't support concat.': Input/output error: no concat\n",
    });
    expect((await shell.run('-concat', '/a', '/b', 'file:/c')).err).toMatch(
      /^-concat: Wrong FS: file:\/c, expected: hdfs:\/\/nn:8020\n/,
    );
  });
});

describe('-touch and -touchz', () => {
  test('-touchz makes empty files only', async () => {
    shell.hdfs.file('/full', 'x').directory('/d');
    expect((await shell.run('-touchz', '/new', '/full', '/d', '/no/x')).err).toBe(
      "touchz: `/full': Not a zero-length file\ntouchz: `/d': Is a directory\n" +
        "touchz: `/no/x': No such file or directory: `hdfs://nn:8020/no/x'\n",
    );
    expect(shell.hdfs.text('/new')).toBe('');
  });

  test('-touch sets both times, or one', async () => {
    shell.hdfs.file('/f');
    const times = async () => {
      const { modificationTimeMs, accessTimeMs } = await shell.hdfs.getFileStatus('/f');
      return [modificationTimeMs, accessTimeMs];
    };
    const at = new Date(2020, 1, 3, 4, 5, 6).getTime();
    await shell.run('-touch', '-m', '-t', '20200203:040506', '/f');
    expect(await times()).toEqual([at, Date.UTC(2026, 0, 2, 3, 4, 5)]);
    await shell.run('-touch', '/f');
    expect(await times()).toEqual([Date.UTC(2026, 5, 7, 8, 9, 10), Date.UTC(2026, 5, 7, 8, 9, 10)]);
    await shell.run('-touch', '-c', '/none');
    expect(shell.hdfs.has('/none')).toBe(false);
    expect((await shell.run('-touch', '-t', 'x', '/f')).err).toMatch(
      /^-touch: Unable to parse the specified timestamp x\./,
    );
  });
});
