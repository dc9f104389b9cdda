/** Disks that lose what was not synced when their power is cut: one directory for each machine, all on one mount. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { messageOf } from '../../../runtime/errors.ts';
import { COMMAND_FILE } from './fuse-server.ts';
import type { PowerLoss } from './volatile-disk.ts';

/** Returns the reason why this system has no disks that lose power; undefined if it has them. */
export function whyNoPowerLoss(): string | undefined {
  if (process.platform !== 'linux') return `it needs Linux's FUSE, and this is ${process.platform}`;
  try {
    fs.closeSync(fs.openSync('/dev/fuse', 'r+'));
  } catch (e) {
    return `it needs FUSE: ${messageOf(e)}`;
  }
  const { error, status, stderr } = spawnSync('unshare', ['--mount', 'setpriv', '--pdeathsig', 'KILL', 'true']);
  if (error !== undefined) return `it needs the programs unshare and setpriv of util-linux: ${error.message}`;
  return status === 0 ? undefined : `it must mount a file system, and may not: ${stderr.toString().trim()}`;
}

export class PowerDisks {
  readonly directory: string;
  readonly #server: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(directory: string, server: ChildProcess) {
    this.directory = directory;
    this.#server = server;
    this.#ended = new Promise((resolve) => server.once('exit', () => resolve()));
  }

  /**
   * Mounts an empty directory.
   * @param program the bundle of serve.ts
   * @throws Error with the reason if the directory can't be mounted
   */
  static async mount(directory: string, program: string): Promise<PowerDisks> {
    fs.mkdirSync(directory, { recursive: true });
    // The server reads requests without a pause, and so would not notice the end of this process: the kernel ends it.
    const args = ['--pdeathsig', 'KILL', process.execPath, program, directory];
    const server = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const disks = new PowerDisks(directory, server);
    let printed = '';
    server.stderr?.on('data', (chunk) => {
      printed += String(chunk);
    });
    await new Promise<void>((resolve, reject) => {
      server.stdout?.once('data', () => resolve());
      server.once('error', reject);
      server.once('close', () => reject(new Error(`${directory} was not mounted: ${printed.trim()}`)));
    });
    return disks;
  }

  /** Makes the disk of a machine. @returns its directory */
  async add(machine: string): Promise<string> {
    const directory = path.join(this.directory, machine);
    await fs.promises.mkdir(directory);
    return directory;
  }

  /** Cuts the power of a machine whose processes have ended. What it has not synced is lost: all of it, or some. */
  cut(machine: string, loss: PowerLoss, seed: number): Promise<void> {
    return this.#command(`cut ${machine} ${loss} ${seed}`);
  }

  /** Makes everything on a machine's disk last, as an administrator's `sync` does. */
  sync(machine: string): Promise<void> {
    return this.#command(`sync ${machine}`);
  }

  #command(line: string): Promise<void> {
    return fs.promises.writeFile(path.join(this.directory, COMMAND_FILE), line, { flag: 'r+' });
  }

  /** Unmounts the directory, and with it forgets all files. */
  async close(): Promise<void> {
    spawnSync('umount', ['--lazy', this.directory]);
    // Files that are still open keep the file system; the end of its server ends it in every case.
    this.#server.kill('SIGKILL');
    await this.#ended;
  }
}
