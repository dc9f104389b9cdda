// Runs shell commands in this process and keeps their output.
import { Writable } from 'node:stream';
import { runFsShell } from '../../../cli/dfs/fs-shell.ts';
import { type FileSystemFactory, FileSystems } from '../../../cli/dfs/paths/file-systems.ts';
import type { Shell } from '../../../cli/dfs/shell/command.ts';
import { Interrupts } from '../../../cli/terminal/interrupts.ts';
import { Terminal } from '../../../cli/terminal/terminal.ts';
import { Configuration } from '../../../conf/configuration.ts';
import { MemoryFileSystem } from './memory-file-system.ts';

export interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface TestShellOptions {
  readonly properties?: Record<string, string>;
  readonly stdin?: string;
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Runs command lines on an HDFS in memory, which is the default file system, and local files in memory. */
export class TestShell {
  readonly hdfs = new MemoryFileSystem('hdfs://nn:8020');
  readonly local = new MemoryFileSystem('file://');
  readonly #options: TestShellOptions;

  constructor(options: TestShellOptions = {}) {
    this.#options = options;
  }

  run(...args: string[]): Promise<Result> {
    const conf = new Configuration({ 'fs.defaultFS': 'hdfs://nn:8020', ...this.#options.properties });
    const factory = { hdfs: async () => this.hdfs, local: async () => this.local };
    return runShell(args, { conf, factory, ...this.#options });
  }
}

export interface RunOptions extends Pick<TestShellOptions, 'stdin' | 'sleep'> {
  readonly conf: Configuration;
  readonly factory: FileSystemFactory;
}

/** Runs one command line and closes its file systems. @returns its output and exit status */
export async function runShell(args: readonly string[], options: RunOptions): Promise<Result> {
  const { conf, factory, stdin = '', sleep } = options;
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const terminal = new Terminal(collect(out), collect(err));
  await using fileSystems = new FileSystems(conf, factory);
  const shell: Shell = {
    conf,
    terminal,
    fileSystems,
    clock: { now: () => Date.UTC(2026, 5, 7, 8, 9, 10), monotonicMs: () => 0 },
    user: 'me',
    interrupts: new Interrupts(),
    async *stdin() {
      yield Buffer.from(stdin);
    },
    sleep: sleep ?? (() => Promise.reject(new Error('no sleep expected'))),
  };
  const status = await runFsShell(args, shell);
  terminal.flush();
  return { status, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

function collect(chunks: Buffer[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
}
