// The output has the files of each task exactly once (Hadoop: FileOutputCommitter).
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
let output: string;
let count = 0;

beforeEach(() => {
  output = path.join(root, `out${count++}`);
});

const names = (directory: string): string[] =>
  fs
    .readdirSync(directory)
    .filter((n) => !n.endsWith('.crc'))
    .sort();

/** Writes the part file of an attempt. */
async function write(committer: OutputCommitter, attempt: string, text: string): Promise<void> {
  await writeAll(local, `${committer.attemptPath(attempt)}/part-r-00000`, Buffer.from(text));
}

describe.each([1, 2] as const)('OutputCommitter, algorithm %i', (algorithm) => {
  it('shows only what was committed, and _SUCCESS at the end', async () => {
    const committer = new OutputCommitter(local, output, { algorithm });
    await committer.checkOutput();
    await committer.setupJob();
    await write(committer, FIRST, 'first');
    await write(committer, SECOND, 'second');
    await committer.commitTask(SECOND);
    await committer.abortTask(FIRST);
    // Algorithm 1 keeps the files apart until the whole job has succeeded.
    expect(names(output)).toEqual(algorithm === 1 ? ['_temporary'] : ['_temporary', 'part-r-00000']);
    await committer.commitJob();
    expect(names(output)).toEqual(['_SUCCESS', 'part-r-00000']);
    expect(fs.readFileSync(path.join(output, 'part-r-00000'), 'utf8')).toBe('second');
  });

  it('commits a task again whose first commit broke off', async () => {
    const committer = new OutputCommitter(local, output, { algorithm });
    await committer.setupJob();
    await write(committer, FIRST, 'first');
    await committer.commitTask(FIRST);
    await write(committer, SECOND, 'second');
    await committer.commitTask(SECOND);
    await committer.commitJob();
    expect(fs.readFileSync(path.join(output, 'part-r-00000'), 'utf8')).toBe('second');
  });

  it('leaves nothing of a job that is given up but its directory', async () => {
    const committer = new OutputCommitter(local, output, { algorithm });
    await committer.setupJob();
    await write(committer, FIRST, 'first');
    await committer.abortJob();
    expect(names(output)).toEqual([]);
  });
});

describe('OutputCommitter', () => {
  it('refuses an output that exists', async () => {
    fs.mkdirSync(output);
    await expect(new OutputCommitter(local, output).checkOutput()).rejects.toThrow(
      `Output directory file:${output} already exists`,
    );
  });
});
