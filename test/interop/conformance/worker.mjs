// Runs tests one after the other on one cluster.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { COMPARATORS } from './comparators.mjs';
import { splitArgs } from './suite-files.mjs';

/** Runs a command as a process. Stdout and stderr go to one file, so that their order is kept. */
function runCommand([program, ...args], outFile, timeoutMs) {
  return new Promise((resolve, reject) => {
    const fd = fs.openSync(outFile, 'w');
    const child = spawn(program, args, { stdio: ['ignore', fd, fd], timeout: timeoutMs, killSignal: 'SIGKILL' });
    fs.closeSync(fd);
    child.on('error', reject);
    child.on('exit', (exitCode) => resolve({ output: fs.readFileSync(outFile, 'utf8'), exitCode })); // exitCode is null for a killed process
  });
}

/** Runs tests one after the other, with a cluster (or none), a data directory and the command under test. */
export class Worker {
  constructor(options, suite, uri, dataFiles) {
    Object.assign(this, { options, suite, uri, dataFiles });
    this.scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-suite-'));
    this.data = path.join(this.scratch, 'data');
    this.command = splitArgs(options.hdfs);
  }

  /**
   * Expands the placeholders in a text. A data directory becomes a URI with a final slash, as java.io.File makes it.
   */
  expand(text) {
    return text
      .replaceAll('NAMENODE', () => this.uri ?? '')
      .replaceAll('CLITEST_DATA', () => `file:${this.data}/`)
      .replaceAll('USERNAME', () => this.options.user)
      .replaceAll('#LF#', '\n');
  }

  async run(tool, line) {
    const args = splitArgs(line).map((arg) => this.expand(arg));
    const generic = this.options['no-define']
      ? []
      : Object.entries(this.suite.define ?? {}).flatMap(([k, v]) => ['-D', `${k}=${v}`]);
    if (this.uri && args[0] !== '-fs') generic.push('-fs', this.uri);
    const outFile = path.join(this.scratch, 'output');
    const result = await runCommand([...this.command, tool, ...generic, ...args], outFile, this.options.timeout * 1000);
    if (this.options.ignore) {
      result.output = result.output
        .split(/(?<=\n)/)
        .filter((l) => !this.options.ignore.test(l.trimEnd()))
        .join('');
    }
    return { ...result, command: [tool, ...generic, ...args].join(' ') };
  }

  /** Empties the file system and restores the data files. */
  async reset() {
    fs.rmSync(this.data, { recursive: true, force: true });
    fs.mkdirSync(this.data);
    for (const [name, bytes] of this.dataFiles) fs.writeFileSync(path.join(this.data, name), bytes);
    if (!this.uri) return;
    await this.run('dfsadmin', '-safemode leave');
    await this.run('dfs', '-rm -r -f -skipTrash /*');
  }

  async start() {
    if (this.uri && !this.options.wipe && !this.options.owned.has(this.uri)) {
      const { output, exitCode } = await this.run('dfs', '-ls /');
      if (exitCode !== 0) throw new Error(`${this.uri}: cannot list /: ${output}`);
      if (output.trim())
        throw new Error(`${this.uri} is not empty; the suites delete everything in it (--wipe to allow)`);
      this.options.owned.add(this.uri);
    }
    await this.reset();
    for (const [tool, line] of this.suite.setup ?? []) await this.run(tool, line);
  }

  async teardown() {
    for (const [tool, line] of this.suite.teardown ?? []) await this.run(tool, line);
  }

  close() {
    fs.rmSync(this.scratch, { recursive: true, force: true });
  }

  /** Runs one test. Only the result of its last command is compared. */
  async test({ commands, cleanup, comparators }) {
    const began = Date.now();
    let last;
    const ran = [];
    for (const { tool, line } of commands) {
      last = await this.run(tool, line);
      ran.push(last.command);
    }
    const checks = comparators.map((comparator) => this.check(comparator, last));
    for (const { tool, line } of cleanup) await this.run(tool, line);
    const status = checks.every((c) => c.passed) ? 'passed' : 'failed';
    if (status === 'failed' && !this.suite.stateless) await this.reset();
    return { status, ms: Date.now() - began, commands: ran, exitCode: last.exitCode, actual: last.output, checks };
  }

  check({ type, expected: template, exitCode }, { output, exitCode: actualCode }) {
    if (type.toLowerCase() === 'none') return { type, passed: true };
    const expected = this.expand(template);
    const codePassed = actualCode !== null && (exitCode === -1 || (exitCode & 0xff) === (actualCode & 0xff));
    const result = { type, expected, ...(exitCode !== -1 && { expectedExitCode: exitCode }) };
    try {
      return { ...result, passed: codePassed && COMPARATORS[type](output, expected) };
    } catch (e) {
      return { ...result, passed: false, error: e.message };
    }
  }
}
