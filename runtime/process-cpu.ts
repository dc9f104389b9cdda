/** The processor time that another process has used. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { errorCode } from './errors.ts';

/** Ticks of Linux's /proc: 100 in a second on every platform that Node runs on. */
const TICK_MS = 10;
/** Places of utime and stime behind the program's name in /proc/PID/stat. */
const [UTIME, STIME] = [11, 12];

/** Returns the processor time in milliseconds of a process with all its threads; undefined if there is no such process. */
export function cpuTimeMs(pid: number): number | undefined {
  if (process.platform === 'linux') return linuxCpuTimeMs(pid);
  const { stdout, status } = spawnSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? parseTime(stdout.trim()) : undefined;
}

function linuxCpuTimeMs(pid: number): number | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The program's name stands in brackets, and may have brackets and spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_MS;
  } catch (e) {
    const code = errorCode(e);
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw e;
  }
}

/** Takes the `[days-][hours:]minutes:seconds` of `ps`. */
export function parseTime(text: string): number | undefined {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return Math.round(((((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0)) * 1000);
}
