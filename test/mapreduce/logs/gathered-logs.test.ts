// The logs of ended jobs lie in the file system at the places of YARN's log aggregation, and go when they are old.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Configuration, currentUser } from '../../../conf/configuration.ts';
import { FileSystems } from '../../../mapreduce/files/file-systems.ts';
import { deleteGatheredBefore, gatheredLogs, gatherLogs } from '../../../mapreduce/logs/gathered-logs.ts';

let root: string;
let conf: Configuration;

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-gathered-'));
  conf = new Configuration({ 'yarn.nodemanager.remote-app-log-dir': path.join(root, 'gathered') });
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

const jobId = 'job_1700000000000_0007';
const owner = { jobId, user: currentUser() };

/** Writes a log as an attempt does. Returns the directory of the job's logs. */
function write(node: string, attemptId: string, log: string, text: string): string {
  const directory = path.join(root, node);
  fs.mkdirSync(path.join(directory, attemptId), { recursive: true });
  fs.writeFileSync(path.join(directory, attemptId, log), text);
  return directory;
}

async function read(): Promise<string[]> {
  await using fileSystems = new FileSystems(conf);
  const found: string[] = [];
  for await (const { node, attemptId, log, content } of gatheredLogs(conf, owner, fileSystems)) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of content()) chunks.push(chunk);
    found.push([node, attemptId, log, Buffer.concat(chunks).toString('latin1')].join('|'));
  }
  return found;
}

it('the logs of all attempts come back as they were', async () => {
  const bytes = Buffer.from(Array.from({ length: 600_000 }, (_, i) => i % 256)).toString('latin1');
  write('a_1', 'attempt_1_0001_m_000000_0', 'stdout', 'one\ntwo');
  write('a_1', 'attempt_1_0001_m_000000_0', 'stderr', '{"attemptId":"x"}\n');
  fs.mkdirSync(path.join(root, 'a_1/attempt_1_0001_m_000002_0'));
  fs.writeFileSync(path.join(root, 'a_1/attempt_1_0001_m_000002_0/stdout'), bytes, 'latin1');
  write('b_2', 'attempt_1_0001_m_000001_0', 'stdout', 'three');
  for (const node of ['a_1', 'b_2']) await gatherLogs(conf, owner, node, path.join(root, node));
  expect(await read()).toEqual([
    'a_1|attempt_1_0001_m_000000_0|stdout|one\ntwo',
    'a_1|attempt_1_0001_m_000000_0|stderr|{"attemptId":"x"}\n',
    `a_1|attempt_1_0001_m_000002_0|stdout|${bytes}`,
    'b_2|attempt_1_0001_m_000001_0|stdout|three',
  ]);
  const place = path.join(root, 'gathered', owner.user, 'logs', 'application_1700000000000_0007');
  expect(fs.readdirSync(place)).toEqual(['a_1', 'b_2']);
});

it('a job that has printed nothing leaves nothing', async () => {
  await gatherLogs(conf, owner, 'a_1', path.join(root, 'a_1'));
  expect(await read()).toEqual([]);
  expect(fs.existsSync(path.join(root, 'gathered'))).toBe(false);
});

// A task may put anything in the place of its own log.
it('a link in place of a log is not followed', async () => {
  fs.writeFileSync(path.join(root, 'secret'), 'secret');
  const directory = write('a_1', 'attempt_1_0001_m_000000_0', 'stdout', 'own');
  fs.symlinkSync(path.join(root, 'secret'), path.join(directory, 'attempt_1_0001_m_000000_0', 'stderr'));
  await gatherLogs(conf, owner, 'a_1', directory);
  expect(await read()).toEqual(['a_1|attempt_1_0001_m_000000_0|stdout|own']);
});

it('old logs are deleted, and newer ones stay', async () => {
  await gatherLogs(conf, owner, 'a_1', write('a_1', 'attempt_1_0001_m_000000_0', 'stdout', 'own'));
  await using fileSystems = new FileSystems(conf);
  await deleteGatheredBefore(conf, fileSystems, Date.now() - 60_000);
  expect(await read()).toHaveLength(1);
  await deleteGatheredBefore(conf, fileSystems, Date.now() + 60_000);
  expect(await read()).toEqual([]);
});
