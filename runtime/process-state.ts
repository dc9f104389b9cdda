import { spawnSync } from 'node:child_process';
import fs from 'node:fs';

/** `paused`: stopped by a signal until SIGCONT. `ended`: no such process, or one that only waits to be reaped. */
export type ProcessState = 'running' | 'paused' | 'ended';

/** A process as the system shows it; undefined when there is none. */
function look(pid: number): { letter: string; command: string } | undefined {
  if (process.platform === 'linux') {
    try {
      const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      // The second field is the program's name in brackets, which may hold anything.
      return { letter: stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3), command };
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ESRCH') return undefined;
      throw e;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'state=,args=', '-p', String(pid)], { encoding: 'utf8' });
  const match = /^\s*(\S)\S*\s+(.*)$/m.exec(stdout ?? '');
  return match ? { letter: match[1] ?? '', command: match[2] ?? '' } : undefined;
}

/**
 * The state of a process that was started with `command` in its arguments. An id that the system has given to another
 * program since counts as ended: nothing of another's is ever signalled.
 */
export function processState(pid: number, command = ''): ProcessState {
  const found = look(pid);
  if (!found || found.letter === 'Z' || found.letter === 'X' || !found.command.includes(command)) return 'ended';
  return found.letter === 'T' || found.letter === 't' ? 'paused' : 'running';
}
