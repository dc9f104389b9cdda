/** Whether a process that was started earlier still runs. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { errorCode } from './errors.ts';

/** `paused`: stopped by a signal until SIGCONT. `ended`: no such process, or a zombie that its parent has not reaped. */
export type ProcessState = 'running' | 'paused' | 'ended';

/** Returns the state letter and the command line of a process as `ps` shows them; undefined if there is none. */
function look(pid: number): { letter: string; command: string } | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      // The second field is the program's name in brackets; the name itself may have brackets and spaces.
      return { letter: stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3), command };
    } catch (e) {
      const code = errorCode(e);
      if (code === 'ENOENT' || code === 'ESRCH') return undefined;
      throw e;
    }
  }
  const { stdout, error } = spawnSync('ps', ['-o', 'state=,args=', '-p', String(pid)], { encoding: 'utf8' });
  // A `ps` that could not run says nothing about the process.
  if (error) throw error;
  const match = /^\s*(\S)\S*\s+(.*)$/m.exec(stdout);
  return match ? { letter: match[1] ?? '', command: match[2] ?? '' } : undefined;
}

/**
 * Returns the state of a process that was started with `command` in its arguments. If the system has given the id to
 * another program since, the process counts as ended, so that no other program is ever signalled.
 */
export function processState(pid: number, command = ''): ProcessState {
  const found = look(pid);
  if (!found || found.letter === 'Z' || found.letter === 'X' || !found.command.includes(command)) return 'ended';
  return found.letter === 'T' || found.letter === 't' ? 'paused' : 'running';
}
