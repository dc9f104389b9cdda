/** The files by which `--daemon` finds a daemon again, under Hadoop's names and environment variables. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { osUserName } from '../../conf/configuration.ts';

/** Returns the files of a daemon: its process id and its output. */
export function daemonFiles(daemon: string, env: NodeJS.ProcessEnv = process.env): { pid: string; log: string } {
  const name = `hadoop-${env.HADOOP_IDENT_STRING ?? osUserName()}-${daemon}`;
  return {
    pid: path.join(env.HADOOP_PID_DIR ?? os.tmpdir(), `${name}.pid`),
    log: path.join(env.HADOOP_LOG_DIR ?? path.join(os.tmpdir(), `hadoop-${osUserName()}-logs`), `${name}.out`),
  };
}

/** A daemon as its file of the process id tells: it runs, it has ended without stop, or there is no file. */
export type DaemonState =
  | { readonly kind: 'running'; readonly pid: number }
  | { readonly kind: 'dead' }
  | { readonly kind: 'none' };

export function daemonState(pidFile: string): DaemonState {
  if (!fs.existsSync(pidFile)) return { kind: 'none' };
  const pid = Number(fs.readFileSync(pidFile, 'utf8').trim());
  return Number.isSafeInteger(pid) && pid > 0 && isAlive(pid) ? { kind: 'running', pid } : { kind: 'dead' };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (e) {
    // A process of another user is alive too.
    return e instanceof Error && 'code' in e && e.code === 'EPERM';
  }
}
