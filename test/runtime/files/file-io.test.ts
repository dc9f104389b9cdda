// Positioned file access: whole reads and writes in several system calls, and the length of a file that may be gone.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  closeFile,
  lengthIfThere,
  openFile,
  readFully,
  readvFully,
  writeFully,
  writeFullySync,
} from '../../../runtime/files/file-io.ts';
import { pattern } from '../../support/pattern.ts';

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-file-io-'));
  file = path.join(directory, 'file');
});
afterEach(() => fs.rm(directory, { recursive: true, force: true }));

/** More than one system call writes at once. */
const BYTES = pattern(100_000);

test.each([
  ['writeFully', writeFully],
  ['writeFullySync', writeFullySync],
])('%s writes all buffers at the position', async (_name, write) => {
  const fd = await openFile(file, 'w');
  await write(fd, [BYTES.subarray(0, 10), BYTES.subarray(10)], 5);
  await closeFile(fd);
  expect((await fs.readFile(file)).equals(Buffer.concat([Buffer.alloc(5), BYTES]))).toBe(true);
});

test('reads fill their buffers, and stop at the end of the file', async () => {
  await fs.writeFile(file, BYTES);
  const fd = await openFile(file, 'r');
  const one = Buffer.alloc(1000);
  expect(await readFully(fd, one, 99_500)).toBe(500);
  expect(one.subarray(0, 500).equals(BYTES.subarray(99_500))).toBe(true);
  const [first, second] = [Buffer.alloc(100), Buffer.alloc(200)];
  expect(await readvFully(fd, [first, second], 50)).toBe(300);
  expect(Buffer.concat([first, second]).equals(BYTES.subarray(50, 350))).toBe(true);
  await closeFile(fd);
});

test('only a file that does not exist has no length; every other failure is told', async () => {
  expect(await lengthIfThere(file)).toBeUndefined();
  await fs.writeFile(file, BYTES);
  expect(await lengthIfThere(file)).toBe(100_000);
  await expect(lengthIfThere(path.join(file, 'below-a-file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(lengthIfThere(path.join(directory, 'x'.repeat(300)))).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
});
