// Runs one client, Hadoop's or Calf's, as a process of its own that keeps files open and can be killed. Each command is
// one line on its stdin, and each answer one line on its stdout.
import path from 'node:path';
import readline from 'node:readline';
import { fileURLToPath } from 'node:url';
import { javaArgs } from './hadoop-install.mjs';
import { Daemon } from './processes.mjs';
import { interopDir, java } from './tools.mjs';

const JAVA_SOURCE = path.join(interopDir, 'java', 'FileSession.java');
const CALF_PROGRAM = fileURLToPath(new URL('calf-session.mjs', import.meta.url));

export class FileSession {
  #daemon;
  #lines;
  #turn = Promise.resolve();

  /**
   * @param {'jvm' | 'calf'} kind
   * @param logFile file for its stderr
   */
  static async start(kind, confDir, logFile) {
    const session = new FileSession(kind, confDir, logFile);
    await session.#answer();
    return session;
  }

  constructor(kind, confDir, logFile) {
    this.kind = kind;
    const [program, args] =
      kind === 'jvm' ? [java, javaArgs(confDir, JAVA_SOURCE)] : [process.execPath, [CALF_PROGRAM]];
    const env = { HADOOP_CONF_DIR: confDir };
    this.#daemon = new Daemon(`${kind} client`, program, args, { logFile, env, stdin: 'pipe', stdout: 'pipe' });
    this.#daemon.child.stdin.on('error', () => undefined); // the client may have been killed
    this.#lines = readline.createInterface({ input: this.#daemon.child.stdout })[Symbol.asyncIterator]();
  }

  create = (name, replication) => this.#command('create', name, replication);
  append = (name) => this.#command('append', name);
  appendNewBlock = (name) => this.#command('append-new-block', name);
  /** Writes a range of a local file. */
  write = (name, file, from, to) => this.#command('write', name, file, from, to);
  hflush = (name) => this.#command('hflush', name);
  hsync = (name) => this.#command('hsync', name);
  close = (name) => this.#command('close', name);
  /** Returns the SHA-256 of all bytes of a file that can be read now. */
  sha = (name) => this.#command('sha', name);
  truncate = async (name, length) => (await this.#command('truncate', name, length)) === 'true';
  recoverLease = async (name) => (await this.#command('recover-lease', name)) === 'true';
  isFileClosed = async (name) => (await this.#command('is-file-closed', name)) === 'true';

  /** Kills the client, as a crash would: its files stay open. */
  kill() {
    return this.#daemon.kill();
  }

  #command(...words) {
    const result = this.#turn.then(() => {
      this.#daemon.child.stdin.write(`${words.join(' ')}\n`);
      return this.#answer(words);
    });
    this.#turn = result.catch(() => undefined);
    return result;
  }

  async #answer(words = ['start']) {
    const { value: line = 'error it has ended' } = await this.#lines.next();
    if (line.startsWith('ok ')) return line.slice(3);
    throw new Error(`${this.kind} client, ${words.join(' ')}: ${line}\n${this.#daemon.logTail(5)}`);
  }
}
