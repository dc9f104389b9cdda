// The output has the files of each task exactly once (ARCHITECTURE.md, "Who may commit"; Hadoop: FileOutputCommitter).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { LocalFileSystem } from '../../../client/local/local-file-system.ts';
import { writeAll } from '../../../mapreduce/files/file-content.ts';
import { OutputCommitter } from '../../../mapreduce/files/output-committer.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-committer-'));
afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

const local = new LocalFileSystem();
const FIRST = 'attempt_1_0001_r_000000_0';
const SECOND = 'attempt_1_0001_r_000000_1';
const OTHER_TASK = 'attempt_1_0001_r_000001_0';
let output: string;
let committer: OutputCommitter;
let count = 0;

beforeEach(async () => {
  output = path.join(root, `out${count++}`);
  committer = new OutputCommitter(local, output);
  await committer.checkOutput();
  await committer.setupJob();
});

/** All files below the output, with their text. */
function files(): Record<string, string> {
  const names = fs.readdirSync(output, { recursive: true, encoding: 'utf8' });
  const found = names.map((name) => [name, path.join(output, name)] as const);
  const plain = found.filter(([, file]) => fs.statSync(file).isFile());
  return Object.fromEntries(plain.map(([name, file]) => [name, fs.readFileSync(file, 'utf8')]));
}

/** Writes a file of an attempt. */
async function write(attempt: string, text: string, name = 'part-r-00000'): Promise<void> {
  await writeAll(local, `${committer.attemptPath(attempt)}/${name}`, Buffer.from(text));
}

async function writeAttempt(attempt: string, text: string, name?: string): Promise<void> {
  await committer.setupTask(attempt);
  await write(attempt, text, name);
}

/** Commits a job, as the JobTracker does. */
async function commit(to: OutputCommitter, attempts: readonly string[]): Promise<void> {
  await to.moveTasks(attempts);
  await to.commitJob();
}

describe('OutputCommitter', () => {
  it('refuses an output that exists', async () => {
    await expect(new OutputCommitter(local, output).checkOutput()).rejects.toThrow(
      `Output directory file:${output} already exists`,
    );
  });

  it('shows only what was committed, and _SUCCESS at the end', async () => {
    await writeAttempt(FIRST, 'first');
    await writeAttempt(SECOND, 'second');
    await committer.commitTask(SECOND);
    await committer.abortTask(FIRST);
    expect(files()).toEqual({ '_temporary/0/task_1_0001_r_000000/part-r-00000': 'second' });
    await commit(committer, [SECOND]);
    expect(files()).toEqual({ _SUCCESS: '', 'part-r-00000': 'second' });
  });

  it('moves the files of a task before the job ends, and the job’s commit moves the rest', async () => {
    await writeAttempt(FIRST, 'first');
    await committer.commitTask(FIRST);
    await committer.mergeTask(FIRST);
    expect(files()).toEqual({ 'part-r-00000': 'first' });
    await writeAttempt(OTHER_TASK, 'other', 'part-r-00001');
    await committer.commitTask(OTHER_TASK);
    await commit(committer, [FIRST, OTHER_TASK]);
    expect(files()).toEqual({ _SUCCESS: '', 'part-r-00000': 'first', 'part-r-00001': 'other' });
  });

  it('commits several files of a task, also in directories', async () => {
    await writeAttempt(FIRST, 'part');
    await write(FIRST, 'a', 'by-name/a-r-00000');
    await committer.commitTask(FIRST);
    await writeAttempt(OTHER_TASK, 'b', 'by-name/b-r-00001');
    await committer.commitTask(OTHER_TASK);
    await commit(committer, [FIRST, OTHER_TASK]);
    expect(files()).toEqual({
      _SUCCESS: '',
      'part-r-00000': 'part',
      'by-name/a-r-00000': 'a',
      'by-name/b-r-00001': 'b',
    });
  });

  it('keeps a file that one task has committed, and refuses the other task’s', async () => {
    await writeAttempt(FIRST, 'first', 'same');
    await committer.commitTask(FIRST);
    await writeAttempt(OTHER_TASK, 'other', 'same');
    await committer.commitTask(OTHER_TASK);
    await committer.mergeTask(FIRST);
    await expect(commit(committer, [FIRST, OTHER_TASK])).rejects.toThrow('already exists');
    expect(files()['same']).toBe('first');
    expect(files()).not.toHaveProperty('_SUCCESS');
  });

  it('does not commit a job of which a task’s output is missing', async () => {
    await expect(commit(committer, [FIRST])).rejects.toMatchObject({ javaClass: 'java.io.FileNotFoundException' });
    expect(files()).not.toHaveProperty('_SUCCESS');
  });

  it('leaves nothing of a job that is given up but its directory', async () => {
    await writeAttempt(FIRST, 'first');
    await writeAll(local, path.join(output, '_SUCCESS'), Buffer.from(''));
    await committer.abortJob();
    expect(fs.readdirSync(output)).toEqual([]);
  });
});

describe('a late attempt', () => {
  const isGone = { javaClass: 'java.io.FileNotFoundException' };

  // Once seen: the attempt's rename failed, and it then deleted the file that was in its way.
  it.each(['commit', 'abort'] as const)('changes nothing after the %s of the job', async (end) => {
    await writeAttempt(FIRST, 'first');
    await writeAttempt(SECOND, 'second');
    await committer.commitTask(SECOND);
    if (end === 'commit') await commit(committer, [SECOND]);
    else await committer.abortJob();
    const before = files();
    await expect(committer.commitTask(FIRST)).rejects.toMatchObject(isGone);
    await committer.abortTask(FIRST);
    await expect(committer.setupTask('attempt_1_0001_r_000000_2')).rejects.toMatchObject(isGone);
    expect(files()).toEqual(before);
    expect(fs.existsSync(path.join(output, '_temporary'))).toBe(false);
  });

  it('can not commit once its permission was taken back', async () => {
    await writeAttempt(FIRST, 'first');
    await committer.revokeTask(FIRST);
    await expect(committer.commitTask(FIRST)).rejects.toMatchObject(isGone);
    await writeAttempt(SECOND, 'second');
    await committer.commitTask(SECOND);
    await commit(committer, [SECOND]);
    expect(files()).toEqual({ _SUCCESS: '', 'part-r-00000': 'second' });
  });

  it('has committed nothing if its permission is taken back after its rename', async () => {
    await writeAttempt(FIRST, 'first');
    await committer.commitTask(FIRST);
    await committer.revokeTask(FIRST);
    expect(files()).toEqual({});
    await writeAttempt(SECOND, 'second');
    await committer.commitTask(SECOND);
    await commit(committer, [SECOND]);
    expect(files()).toEqual({ _SUCCESS: '', 'part-r-00000': 'second' });
  });

  it('does not take the place of a committed attempt of its task', async () => {
    await writeAttempt(FIRST, 'first');
    await writeAttempt(SECOND, 'second');
    await committer.commitTask(SECOND);
    await expect(committer.commitTask(FIRST)).rejects.toMatchObject({
      javaClass: 'org.apache.hadoop.fs.FileAlreadyExistsException',
    });
    await commit(committer, [SECOND]);
    expect(files()).toEqual({ _SUCCESS: '', 'part-r-00000': 'second' });
  });
});
