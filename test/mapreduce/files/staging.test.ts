// A job's bundle is staged where its submitter alone may write (Hadoop's JobSubmissionFiles).
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LocalFileSystem } from '../../../client/local/local-file-system.ts';
import { Configuration, osUserName } from '../../../conf/configuration.ts';
import { FileSystems } from '../../../mapreduce/files/file-systems.ts';
import { stageBundle, stagingDirectory } from '../../../mapreduce/files/staging.ts';

let root: string;
let fileSystems: FileSystems;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-staging-'));
  fileSystems = new FileSystems(new Configuration());
});
afterEach(async () => {
  vi.restoreAllMocks();
  await fileSystems[Symbol.asyncDispose]();
  fs.rmSync(root, { recursive: true, force: true });
});

const stage = (user: string) =>
  stageBundle(Buffer.from('code'), stagingDirectory(`file:${root}/staging`, user, 'job_1_0001'), user, fileSystems);

it('is written for the submitter, below a root that all users share', async () => {
  expect(await stage('me')).toBe(`file:${root}/staging/me/.staging/job_1_0001/job.mjs`);
  const modeOf = (...names: string[]) => (fs.statSync(path.join(root, 'staging', ...names)).mode & 0o7777).toString(8);
  expect([modeOf(), modeOf('me'), modeOf('me', '.staging'), modeOf('me', '.staging', 'job_1_0001')]).toEqual([
    '1777',
    '700',
    '700',
    '700',
  ]);
  expect(fs.readFileSync(path.join(root, 'staging/me/.staging/job_1_0001/job.mjs'), 'utf8')).toBe('code');
});

it.each(['me', 'me/.staging'])('is not written below %s of another user, who could exchange the code', async (made) => {
  const directory = path.join(root, 'staging', made);
  const status = LocalFileSystem.prototype.getFileStatus;
  vi.spyOn(LocalFileSystem.prototype, 'getFileStatus').mockImplementation(async function (this: LocalFileSystem, at) {
    const found = await status.call(this, at);
    return at === directory ? { ...found, owner: 'mallory' } : found;
  });
  await expect(stage('me')).rejects.toThrow(
    `The ownership on the staging directory ${directory} is not as expected. It is owned by mallory. The directory ` +
      `must be owned by the submitter me or ${osUserName()}`,
  );
  expect(fs.existsSync(path.join(root, 'staging/me/.staging/job_1_0001'))).toBe(false);
});
