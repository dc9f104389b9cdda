// in_use.lock: a lock of the operating system, and the process as Hadoop's Storage.StorageDirectory.tryLock names it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import esbuild from 'esbuild';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lockDirectory } from '../../../runtime/files/in-use-lock.ts';

let dir: string;
let file: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-lock-'));
  file = path.join(dir, 'in_use.lock');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await fs.rm(dir, { recursive: true, force: true });
});

const OWN = `${process.pid}@${os.hostname()}`;
const noWarning = (message: string): void => expect.fail(`warned: ${message}`);
const lock = (directory = dir) => lockDirectory(directory, noWarning);
const locked = (holder: string) => ({
  code: 'IOException',
  message:
    `Cannot lock storage ${dir}. The directory is already locked by ${holder}. ` +
    'Stop that daemon or give this one another directory.',
});

/** Starts a program that locks the file and says so, and waits for its word. */
async function startHolder(command: string, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString().trim()).toBe('locked');
  return child;
}

/** Returns a program that locks the file, and writes a process id into it that is not its own. */
const holderProgram = (pid: number): string => `
  const fs = require('node:fs');
  const { tryLock } = require(${JSON.stringify(path.resolve('node_modules/fs-native-extensions'))});
  const fd = fs.openSync(${JSON.stringify(file)}, 'a+');
  if (!tryLock(fd)) throw new Error('already locked');
  fs.writeSync(fd, '${pid}@${os.hostname()}');
  console.log('locked');
  setInterval(() => {}, 1000);`;

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('a directory that is locked', () => {
  test('has the file until it is given back, and then can be locked again', async () => {
    const release = await lock();
    expect(await fs.readFile(file, 'utf8')).toBe(OWN);
    expect((await fs.stat(file)).mode & 0o777).toBe(0o600);
    await expect(lock()).rejects.toMatchObject(locked(OWN));
    await release();
    expect(await fs.readdir(dir)).toEqual([]);
    await (await lock())();
  });

  // Two containers that share a directory: each daemon is process 1 of its container, on one host name.
  test('is refused while another process has it, even one with the same process id', async () => {
    const holder = await startHolder(process.execPath, ['-e', holderProgram(process.pid)]);
    await expect(lock()).rejects.toMatchObject(locked(OWN));
    await kill(holder);
    await (await lock())();
  });

  test('is free again after its process was killed, whatever its lock file says', async () => {
    await kill(await startHolder(process.execPath, ['-e', holderProgram(process.ppid)]));
    expect(await fs.readFile(file, 'utf8')).toBe(`${process.ppid}@${os.hostname()}`);
    const release = await lock();
    expect(await fs.readFile(file, 'utf8')).toBe(OWN);
    await release();
  });

  test.each(['', `1@elsewhere.example`, OWN, 'no process'])('is not refused for the text %j alone', async (text) => {
    await fs.writeFile(file, text);
    const release = await lock();
    expect(await fs.readFile(file, 'utf8')).toBe(OWN);
    await release();
  });

  test('is taken by one of many that want it at once, again and again', async () => {
    for (let round = 0; round < 20; round++) {
      const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lock()));
      const won = tries.flatMap((t) => (t.status === 'fulfilled' ? [t.value] : []));
      expect(won).toHaveLength(1);
      await Promise.all(won.map((release) => release()));
    }
  });

  test('that can not be written is refused, and can be locked later', async () => {
    const missing = path.join(dir, 'missing');
    await expect(lock(missing)).rejects.toMatchObject({ code: 'IOException' });
    await fs.mkdir(missing);
    await (await lock(missing))();
  });
});

const hasJava = spawnSync('java', ['-version']).status === 0;

// Hadoop's daemons lock by java.nio.channels.FileLock.
describe.runIf(hasJava)('a Java process', () => {
  const source = (): string => path.join(dir, 'Lock.java');
  beforeEach(() =>
    fs.writeFile(
      source(),
      `import java.io.RandomAccessFile;
       public class Lock {
         public static void main(String[] args) throws Exception {
           var lock = new RandomAccessFile(args[0], "rws").getChannel().tryLock();
           System.out.println(lock == null ? "refused" : "locked");
           if (lock != null) System.in.read();
         }
       }`,
    ),
  );

  test('keeps us out', async () => {
    const java = await startHolder('java', [source(), file]);
    await expect(lock()).rejects.toMatchObject(locked('another process'));
    await kill(java);
    await (await lock())();
  }, 60_000);

  test('is kept out by us', async () => {
    const release = await lock();
    expect(spawnSync('java', [source(), file], { encoding: 'utf8' }).stdout.trim()).toBe('refused');
    await release();
  }, 60_000);
});

test.each(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'])(
  'the package has the module for %s that the warning names',
  async (system) => {
    const module = path.resolve('node_modules/fs-native-extensions/prebuilds', system, 'fs-native-extensions.node');
    expect((await fs.stat(module)).size).toBeGreaterThan(1000);
  },
);

// The program lies where Node finds no package, so that its import of the module fails as on a system without one.
test('a process without the module names its system, and the systems that are guarded', async () => {
  const entry = path.resolve('runtime/files/in-use-lock.ts');
  const contents = `import { lockDirectory } from ${JSON.stringify(entry)};
    await lockDirectory(${JSON.stringify(dir)}, (message) => console.log(message));
    await lockDirectory(${JSON.stringify(dir)}, (message) => console.log(message)).catch((e) => console.log(e.message));`;
  const outfile = path.join(dir, 'program.mjs');
  const stdin = { contents, resolveDir: path.resolve('.') };
  const options = { bundle: true, platform: 'node', format: 'esm', logLevel: 'error' } as const;
  await esbuild.build({ ...options, stdin, outfile, external: ['fs-native-extensions'] });
  const { stdout, stderr } = spawnSync(process.execPath, [outfile], { encoding: 'utf8' });
  const [warning = '', refusal = '', ...more] = stdout.trim().split('\n');
  const libc = process.platform === 'linux' ? ' with (glibc|musl)' : '';
  expect(warning, stderr).toMatch(
    new RegExp(
      `^Storage directories are not guarded against a second daemon on this system, which is ${process.platform}-` +
        `${process.arch}${libc}\\. The package fs-native-extensions takes the locks of the operating system; it has modules ` +
        "for Linux with glibc, macOS and Windows, on x64 and arm64, and here: Cannot find package 'fs-native-extensions'.*" +
        '\\. Start no two daemons on one directory, also not in two containers\\.$',
    ),
  );
  expect(refusal).toContain('The directory is already locked by');
  expect(more).toEqual([]);
});

describe('where the native module does not run', () => {
  afterEach(() => {
    vi.doUnmock('fs-native-extensions');
    vi.resetModules();
  });

  test('one warning says that directories are not guarded, and this process alone is kept out', async () => {
    vi.resetModules();
    vi.doMock('fs-native-extensions', () => {
      throw new Error('Cannot find addon');
    });
    const fresh = await import('../../../runtime/files/in-use-lock.ts');
    const warnings: string[] = [];
    const release = await fresh.lockDirectory(dir, (message) => warnings.push(message));
    await expect(fresh.lockDirectory(dir, (message) => warnings.push(message))).rejects.toMatchObject(locked(OWN));
    expect(warnings).toEqual([
      expect.stringMatching(/^Storage directories are not guarded against a second daemon on /),
    ]);
    await release();
    expect(await fs.readdir(dir)).toEqual([]);
  });
});
