// Tests the shell commands -appendToFile and -truncate.
import { beforeEach, describe, expect, test } from 'vitest';
import { TestShell } from './shell.ts';

// The messages and exit codes were measured with FsShell of Hadoop 3.4.2.
let shell: TestShell;
beforeEach(() => {
  shell = new TestShell({ stdin: 'typed\n' });
});

describe('-appendToFile', () => {
  test('local files, one after the other', async () => {
    shell.local.file('/a', 'one\n').file('/b', 'two\n');
    shell.hdfs.file('/f', 'zero\n');
    expect(await shell.run('-appendToFile', '/a', '/b', '/f')).toEqual({ status: 0, out: '', err: '' });
    expect(shell.hdfs.text('/f')).toBe('zero\none\ntwo\n');
  });

  test('makes the file when there is none', async () => {
    shell.local.file('/a', 'one\n');
    await shell.run('-appendToFile', '/a', '/d/f');
    expect(shell.hdfs.text('/d/f')).toBe('one\n');
    expect(shell.hdfs.calls).toEqual(['create /d/f', 'append /d/f']);
  });

  test('standard input, alone', async () => {
    shell.local.file('/a', 'one\n');
    shell.hdfs.file('/f');
    expect((await shell.run('-appendToFile', '-', '/f')).status).toBe(0);
    expect(shell.hdfs.text('/f')).toBe('typed\n');
    expect(await shell.run('-appendToFile', '-', '/a', '/f')).toEqual({
      status: 1,
      out: '',
      err: 'appendToFile: stdin (-) must be the sole input argument when present\n',
    });
  });

  test('-n begins a new block', async () => {
    shell.local.file('/a', 'one\n');
    shell.hdfs.file('/f');
    await shell.run('-appendToFile', '-n', '/a', '/f');
    expect(shell.hdfs.calls).toEqual(['append /f newBlock']);
  });

  test('a wrong command line', async () => {
    const { status, err } = await shell.run('-appendToFile', '/a');
    expect([status, err]).toEqual([1, 'appendToFile: missing destination argument\n']);
  });
});

describe('-truncate', () => {
  test('cuts files off', async () => {
    shell.hdfs.file('/f', 'abcdef');
    const result = await shell.run('-truncate', '2', '/f');
    expect(result).toEqual({ status: 0, out: 'Truncated /f to length: 2\n', err: '' });
    expect(shell.hdfs.text('/f')).toBe('ab');
  });

  test('says when the last block is still being cut; -w waits for it', async () => {
    shell.hdfs.file('/f', 'abcdef').truncates = false;
    const advice = 'Wait for block recovery to complete before further updating this file.';
    expect((await shell.run('-truncate', '2', '/f')).out).toBe(`Truncating /f to length: 2. ${advice}\n`);
    const waits: number[] = [];
    const waiting = new TestShell({
      sleep: async (ms) => {
        waits.push(ms);
        if (waits.length === 2) waiting.hdfs.file('/f', 'ab');
      },
    });
    waiting.hdfs.file('/f', 'abcdef').truncates = false;
    const { out } = await waiting.run('-truncate', '-w', '2', '/f');
    expect(out).toBe('Waiting for /f ...\nTruncated /f to length: 2\n');
    expect(waits).toEqual([1000, 1000]);
  });

  test('a directory, a missing file, a longer length', async () => {
    shell.hdfs.file('/d/f', 'abc');
    expect((await shell.run('-truncate', '1', '/d')).err).toBe("truncate: `/d': Is a directory\n");
    expect((await shell.run('-truncate', '1', '/x')).err).toBe("truncate: `/x': No such file or directory\n");
    const { status, err } = await shell.run('-truncate', '4', '/d/f');
    expect(status).toBe(255);
    const first = '-truncate: Cannot truncate to a larger file size. Current size: 3, truncate size: 4.';
    expect(err.split('\n', 1)[0]).toBe(first);
  });

  test('a length that is not a number', async () => {
    const { status, err } = await shell.run('-truncate', 'x', '/f');
    expect(status).toBe(255);
    expect(err).toMatch(
      /^truncate: Illegal length, a non-negative integer expected\n-truncate: For input string: "x"\n/,
    );
    expect((await shell.run('-truncate', '-5', '/f')).err).toMatch(/^-truncate: Illegal option -5\n/);
  });
});
