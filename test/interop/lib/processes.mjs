// Runs the child processes of the proofs. Each is ended by its own id, at the latest when the runner ends.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

const alive = new Set();
const ids = new Set();
const lastWorks = [];
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
  for (const id of ids) endProcess(id);
  for (const work of lastWorks) work();
});
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.on(signal, () => process.exit(code));

function track(child) {
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.once('error', () => alive.delete(child));
  return child;
}

function endProcess(id) {
  try {
    process.kill(id, 'SIGKILL');
  } catch {
    // The process has ended by itself.
  }
}

/** Registers synchronous work for the end of the runner, after all processes have ended. */
export function atExit(work) {
  lastWorks.push(work);
}

/** Ends processes with the runner that are not its children, such as daemons that a launcher started. */
export function endAtExit(processIds) {
  for (const id of processIds) ids.add(id);
}

export function forget(processIds) {
  for (const id of processIds) ids.delete(id);
}

/**
 * Runs a command to its end. Does not reject for an exit code other than 0.
 * @param {{ env?: object, cwd?: string, timeoutMs?: number, input?: string | Buffer, hash?: boolean, inherit?: boolean }} o
 *   `hash`: stdout becomes its SHA-256 in hex; `inherit`: both outputs go to those of this process
 * @returns {Promise<{ code: number | null, stdout: string, stderr: string, elapsedMs: number }>} code null: timed out
 */
export function run(command, args, o = {}) {
  return new Promise((resolve, reject) => {
    const beganNs = process.hrtime.bigint();
    const child = track(
      spawn(command, args, {
        cwd: o.cwd,
        env: { ...process.env, ...o.env },
        stdio: o.inherit
          ? ['ignore', 'inherit', 'inherit']
          : [o.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      }),
    );
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, o.timeoutMs ?? 120_000);
    const out = o.hash ? createHash('sha256') : [];
    const err = [];
    child.stdout?.on('data', (chunk) => (o.hash ? out.update(chunk) : out.push(chunk)));
    child.stderr?.on('data', (chunk) => err.push(chunk));
    child.stdin?.on('error', () => undefined); // a command may end without reading its input
    if (o.input !== undefined) child.stdin.end(o.input);
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({
        code: timedOut ? null : code,
        stdout: o.hash ? out.digest('hex') : Buffer.concat(out).toString(),
        stderr: Buffer.concat(err).toString(),
        elapsedMs: Number(process.hrtime.bigint() - beganNs) / 1e6,
      });
    });
  });
}

/** Runs a command as `run` does. @throws Error with the command's output for an exit code other than 0 */
export async function runOk(command, args, o = {}) {
  const result = await run(command, args, o);
  if (result.code !== 0) {
    const why = result.code === null ? 'timed out' : `exit code ${result.code}`;
    const said = `${o.hash ? '' : result.stdout}${result.stderr}`.trim().split('\n').slice(-25).join('\n');
    throw new Error(`${[path.basename(command), ...args].join(' ').slice(0, 400)}: ${why}\n${said}`);
  }
  return result;
}

/** A long-running process with its output in `logFile`. */
export class Daemon {
  constructor(name, command, args, { logFile, env, stdin = 'ignore', stdout = 'log' }) {
    this.name = name;
    this.logFile = logFile;
    fs.mkdirSync(path.dirname(logFile), { recursive: true });
    const fd = fs.openSync(logFile, 'a');
    this.child = track(
      spawn(command, args, { env: { ...process.env, ...env }, stdio: [stdin, stdout === 'pipe' ? 'pipe' : fd, fd] }),
    );
    fs.closeSync(fd);
    this.exit = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => resolve(signal ?? code));
      this.child.once('error', (error) => resolve(error.message));
    });
  }

  get pid() {
    return this.child.pid;
  }

  get running() {
    return this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Returns the last lines of the log, for an error message. */
  logTail(lines = 20) {
    return fs.readFileSync(this.logFile, 'utf8').trim().split('\n').slice(-lines).join('\n');
  }

  /** Sends SIGTERM and, after `graceMs` milliseconds, kills the process. */
  async stop(graceMs = 10_000) {
    if (!this.running) return;
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.exit;
    clearTimeout(timer);
  }

  /** Kills the process at once, as a crash would. */
  async kill() {
    if (!this.running) return;
    this.child.kill('SIGKILL');
    await this.exit;
  }
}

/**
 * Waits until `condition` returns a truthy value, and returns that value. An error of `condition` counts as "not yet".
 */
export async function waitFor(what, condition, { timeoutMs = 60_000, intervalMs = 100, daemons = [] } = {}) {
  const until = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    const dead = daemons.find((d) => !d.running);
    if (dead) throw new Error(`${dead.name} ended while waiting for ${what}:\n${dead.logTail()}`);
    if (Date.now() > until) throw new Error(`waited ${timeoutMs} ms for ${what}${last ? `: ${last.message}` : ''}`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}

/**
 * Lowest port. The range lies below a system's ephemeral ports, so that no connection takes a port before its daemon.
 */
const PORT_MIN = 10_240;
const PORTS = 22_000;

/** Returns different ports that were free a moment ago. */
export async function freePorts(count) {
  const servers = [];
  while (servers.length < count) {
    const server = net.createServer();
    const listens = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(PORT_MIN + Math.floor(Math.random() * PORTS), '127.0.0.1', () => resolve(true));
    });
    if (listens) servers.push(server);
  }
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
