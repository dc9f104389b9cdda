// Tests the shell commands that copy, move and show files, and -help.
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { TestShell } from './shell.ts';

let shell: TestShell;
beforeEach(() => {
  shell = new TestShell();
});

describe('-put', () => {
  test('writes NAME._COPYING_ and renames it', async () => {
    shell.local.file('/l/f', 'some text');
    expect(await shell.run('-put', '/l/f', '/g')).toEqual({ status: 0, out: '', err: '' });
    expect(shell.hdfs.calls).toEqual(['create /g._COPYING_', 'rename /g._COPYING_ /g']);
    expect(shell.hdfs.text('/g')).toBe('some text');
  });

  test('-d writes the file itself; -l makes one replica', async () => {
    shell.local.file('/l/f', 'x');
    await shell.run('-put', '-d', '-l', '/l/f', '/g');
    expect(shell.hdfs.calls).toEqual(['create /g']);
    expect((await shell.hdfs.getFileStatus('/g')).replication).toBe(1);
  });

  test('replaces an existing file only with -f', async () => {
    shell.local.file('/l/f', 'new');
    shell.hdfs.file('/g', 'old');
    expect(await shell.run('-put', '/l/f', '/g')).toMatchObject({ status: 1, err: "put: `/g': File exists\n" });
    expect((await shell.run('-put', '-f', '/l/f', '/g')).status).toBe(0);
    expect(shell.hdfs.text('/g')).toBe('new');
  });

  test('into a directory; several files only into a directory; one that fails does not stop the rest', async () => {
    shell.local.file('/l/a', '1').file('/l/b', '2');
    shell.hdfs.directory('/d');
    const { status, err } = await shell.run('-put', '/l/a', '/l/none', '/l/b', '/d');
    expect([status, err]).toEqual([1, "put: `/l/none': No such file or directory\n"]);
    expect([shell.hdfs.text('/d/a'), shell.hdfs.text('/d/b')]).toEqual(['1', '2']);
    expect((await shell.run('-put', '/l/a', '/l/b', '/x')).err).toBe("put: `/x': No such file or directory\n");
    expect((await shell.run('-put', '/l/a', '/l/b', '/d/a')).err).toBe("put: `/d/a': Is not a directory\n");
    expect((await shell.run('-put', '/l/a', '/no/x')).err).toBe(
      "put: `/no/x': No such file or directory: `hdfs://nn:8020/no/x'\n",
    );
  });

  test('a tree, with -p its times and owners, with -t side by side', async () => {
    shell.local.file('/l/t/a', '1').file('/l/t/s/b', '2').change('/l/t/s/b', { modificationTimeMs: 77, owner: 'you' });
    expect((await shell.run('-put', '-p', '-t', '4', '/l/t', '/u')).status).toBe(0);
    expect([shell.hdfs.text('/u/a'), shell.hdfs.text('/u/s/b')]).toEqual(['1', '2']);
    expect(await shell.hdfs.getFileStatus('/u/s/b')).toMatchObject({ modificationTimeMs: 77, owner: 'you' });
  });

  test('- is standard input', async () => {
    const piped = new TestShell({ stdin: 'from a pipe' });
    await piped.run('-put', '-', '/f');
    expect(piped.hdfs.text('/f')).toBe('from a pipe');
  });

  test('a failed write leaves no temporary file', async () => {
    shell.local.file('/l/f', 'x');
    shell.hdfs.rename = async () => false;
    expect((await shell.run('-put', '/l/f', '/g')).err).toBe(
      "put: rename `/g._COPYING_' to `/g': Input/output error\n",
    );
    expect(shell.hdfs.has('/g._COPYING_')).toBe(false);
  });

  test('names with spaces, and percent escapes where no file has the literal name', async () => {
    shell.local.file('/l/a b', '1').file('/l/c%20d', '2');
    await shell.run('-put', '/l/a b', '/1');
    await shell.run('-put', 'file:///l/a%20b', '/2');
    await shell.run('-put', '/l/c%20d', '/3');
    expect([shell.hdfs.text('/1'), shell.hdfs.text('/2'), shell.hdfs.text('/3')]).toEqual(['1', '1', '2']);
  });

  test('-moveFromLocal removes the source and does not merge directories', async () => {
    shell.local.file('/l/f', '1').file('/l/d/x', '2');
    shell.hdfs.directory('/to/d');
    await shell.run('-moveFromLocal', '/l/f', '/to');
    expect([shell.local.has('/l/f'), shell.hdfs.text('/to/f')]).toEqual([false, '1']);
    expect((await shell.run('-moveFromLocal', '/l/d', '/to')).err).toBe("moveFromLocal: `/to/d': File exists\n");
    expect((await shell.run('-moveFromLocal', '-t', '2', '/l/d', '/to')).status).toBe(255);
  });
});

describe('-get and -getmerge', () => {
  test('-get to a directory, and refuses to overwrite', async () => {
    shell.hdfs.file('/d/f', 'text');
    shell.local.directory('/out');
    expect((await shell.run('-get', '/d/f', '/out')).status).toBe(0);
    expect(shell.local.text('/out/f')).toBe('text');
    expect((await shell.run('-get', '/d/f', '/out/f')).err).toBe("get: `/out/f': File exists\n");
    expect((await shell.run('-get', '-f', '/d', '/out/tree')).status).toBe(0);
    expect(shell.local.text('/out/tree/f')).toBe('text');
  });

  test('-crc writes the checksum file beside it', async () => {
    shell.hdfs.file('/f', 'x'.repeat(700));
    await shell.run('-get', '-crc', '/f', '/g');
    expect(shell.local.text('/.g.crc')?.slice(0, 4)).toBe('crc\0');
    expect((await shell.local.getFileStatus('/.g.crc')).length).toBeGreaterThan(8);
  });

  test('-getmerge sorts, separates with -nl, and writes nothing if one is missing', async () => {
    shell.hdfs.file('/d/b', '2').file('/d/a', '1').file('/d/e').file('/d/sub/x', 'no');
    await shell.run('-getmerge', '-nl', '/d', '/m');
    expect(shell.local.text('/m')).toBe('1\n2\n\n');
    await shell.run('-getmerge', '-nl', '-skip-empty-file', '/d', '/m');
    expect(shell.local.text('/m')).toBe('1\n2\n');
    const { status, err } = await shell.run('-getmerge', '/d', '/x', '/n');
    expect([status, err]).toEqual([1, "getmerge: `/x': No such file or directory\n"]);
    expect(shell.local.has('/n')).toBe(false);
  });

  test('-moveToLocal says what Hadoop says', async () => {
    expect((await shell.run('-moveToLocal', '/a', '/b')).err).toBe(
      "moveToLocal: Option '-moveToLocal' is not implemented yet.\n",
    );
  });
});

describe('-cp and -mv', () => {
  test('-cp a tree, not into itself', async () => {
    shell.hdfs.file('/d/f', 'x');
    expect((await shell.run('-cp', '/d', '/e')).status).toBe(0);
    expect(shell.hdfs.text('/e/f')).toBe('x');
    expect((await shell.run('-cp', '/d', '/d/in')).err).toBe("cp: `/d' to `/d/in': is a subdirectory of itself\n");
    expect((await shell.run('-cp', '/d', '/')).err).toBe("cp: `/d' to `hdfs://nn:8020/d': are identical\n");
  });

  test('-cp -p keeps times, owner and mode; -px is not supported yet and says so', async () => {
    shell.hdfs.file('/f', 'x').change('/f', { permission: 0o600, owner: 'you', modificationTimeMs: 5 });
    await shell.run('-cp', '-p', '/f', '/g');
    expect(await shell.hdfs.getFileStatus('/g')).toMatchObject({
      permission: 0o600,
      owner: 'you',
      modificationTimeMs: 5,
    });
    await shell.run('-cp', '-f', '-pt', '/f', '/h');
    expect(await shell.hdfs.getFileStatus('/h')).toMatchObject({
      permission: 0o644,
      owner: 'me',
      modificationTimeMs: 5,
    });
    expect((await shell.run('-cp', '-px', '/f', '/i')).err).toBe(
      "cp: copying extended attributes is not supported yet: `/f'\n",
    );
  });

  test('-mv', async () => {
    shell.hdfs.file('/a', '1').file('/b', '2').directory('/d');
    expect((await shell.run('-mv', '/a', '/b')).err).toBe("mv: `/b': File exists\n");
    expect((await shell.run('-mv', '/a', '/b', '/d')).status).toBe(0);
    expect([shell.hdfs.text('/d/a'), shell.hdfs.text('/d/b')]).toEqual(['1', '2']);
    expect((await shell.run('-mv', '/x', '/d')).err).toBe("mv: `/x': No such file or directory\n");
    expect((await shell.run('-mv', '/d/a', 'file:///x')).err).toBe("mv: `/d/a': Does not match target filesystem\n");
  });
});

describe('showing files', () => {
  test('-cat of several files goes on after one that fails', async () => {
    shell.hdfs.file('/a', 'one\n').file('/b', 'two\n').directory('/d');
    expect(await shell.run('-cat', '/a', '/d', '/x', '/b')).toEqual({
      status: 1,
      out: 'one\ntwo\n',
      err: "cat: `/d': Is a directory\ncat: `/x': No such file or directory\n",
    });
  });

  test('-head and -tail show a KiB', async () => {
    shell.hdfs.file('/f', `${'a'.repeat(1024)}${'b'.repeat(1024)}`);
    expect((await shell.run('-head', '/f')).out).toBe('a'.repeat(1024));
    expect((await shell.run('-tail', '/f')).out).toBe('b'.repeat(1024));
    shell.hdfs.file('/s', 'short');
    expect((await shell.run('-tail', '/s')).out).toBe('short');
    expect((await shell.run('-head', '/')).err).toBe("head: `/': Is a directory\n");
  });

  test('-tail -f shows what is added, until the file is gone', async () => {
    let turn = 0;
    const following = new TestShell({
      sleep: async () => {
        turn++;
        if (turn === 1) following.hdfs.file('/f', 'abcdef');
        else await following.hdfs.delete('/f', false);
      },
    });
    following.hdfs.file('/f', 'abc');
    const { out, err } = await following.run('-tail', '-f', '/f');
    expect([out, err]).toEqual(['abcdef', "tail: `/f': No such file or directory\n"]);
  });

  test('-text unpacks gzip; a SequenceFile that is cut off is an error', async () => {
    shell.hdfs.file('/plain', 'plain').file('/z').file('/s', 'SEQ\x06');
    shell.hdfs.change('/z', { data: gzipSync('packed') });
    expect((await shell.run('-text', '/plain', '/z')).out).toBe('plainpacked');
    expect((await shell.run('-text', '/s')).err).toBe('text: /s: the file ends within its header\n');
  });
});

describe('help', () => {
  test('-help of one command has its options in columns', async () => {
    expect((await shell.run('-help', 'mkdir')).out).toBe(
      '-mkdir [-p] <path> ... :\n  Create a directory in specified location.\n  -p  Do not fail if the directory already exists\n',
    );
    expect((await shell.run('-help', 'lsr')).out).toBe("-lsr :\n  (DEPRECATED) Same as 'ls -R'\n");
    expect((await shell.run('-help', 'foo')).err).toMatch(/^-help: `foo': Unknown command\n/);
  });

  test('-usage, -help: every command has a usage and a help text', async () => {
    expect((await shell.run('-usage', 'rmdir')).out).toBe(
      'Usage: hadoop fs [generic options] -rmdir [--ignore-fail-on-non-empty] <dir> ...\n',
    );
    const { out } = await shell.run('-help');
    const { COMMANDS } = await import('../../../cli/dfs/commands.ts');
    const { HELP_TEXTS } = await import('../../../cli/dfs/help-texts.ts');
    const { REPLACEMENTS, USAGES } = await import('../../../cli/dfs/usages.ts');
    expect(Object.keys({ ...USAGES, ...REPLACEMENTS }).sort()).toEqual(Object.keys(COMMANDS).sort());
    expect(Object.keys(HELP_TEXTS).sort()).toEqual(Object.keys(USAGES).sort());
    for (const name of Object.keys(USAGES)) expect(out).toContain(`\n-${name} ${USAGES[name]} :\n`);
  });
});
