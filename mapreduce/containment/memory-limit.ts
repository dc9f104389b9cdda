/** Ends tasks that take more memory than their job may (Hadoop: ContainersMonitorImpl, ProcfsBasedProcessTree). */
import { commandLine, type ProcessRow, pageBytes } from './process-table.ts';
import type { TaskLimits } from './task-limits.ts';

const COMMAND_CHARS_MAX = 500;

/**
 * Returns the message of Hadoop's NodeManager for processes that take more than their limit together, with the property
 * that sets the limit; undefined for others. The first process is the task's own.
 */
export function memoryVerdict(
  attemptId: string,
  processes: readonly ProcessRow[],
  { memoryBytes, memoryProperty }: TaskLimits,
): string | undefined {
  const bytes = processes.reduce((sum, { residentPages }) => sum + residentPages, 0) * pageBytes();
  if (bytes <= memoryBytes) return undefined;
  const virtual = processes.reduce((sum, { virtualBytes }) => sum + virtualBytes, 0);
  return (
    `Container [pid=${processes[0]?.pid},containerID=${attemptId}] is running ${bytes - memoryBytes}B beyond the ` +
    `'PHYSICAL' memory limit. Current usage: ${binary(bytes)} of ${binary(memoryBytes)} physical memory used; ` +
    `${binary(virtual)} virtual memory used. Killing container. Raise ${memoryProperty} if the task needs more.\n` +
    `Dump of the process-tree for ${attemptId} :\n` +
    '\t|- PID PPID PGRPID SESSID CMD_NAME USER_MODE_TIME(MILLIS) SYSTEM_TIME(MILLIS) VMEM_USAGE(BYTES) ' +
    `RSSMEM_USAGE(PAGES) FULL_CMD_LINE\n${processes.map(dumped).join('\n')}`
  );
}

function dumped({ pid, ppid, pgrp, session, name, ...row }: ProcessRow): string {
  const numbers = [row.userMs, row.systemMs, row.virtualBytes, row.residentPages];
  const command = commandLine(pid).slice(0, COMMAND_CHARS_MAX);
  return `\t|- ${[pid, ppid, pgrp, session, `(${name})`, ...numbers, command].join(' ')}`;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** As Hadoop's StringUtils.TraditionalBinaryPrefix with one digit behind the point: `1 GB`, `1.2 GB`. */
export function binary(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 2 ** (10 * power);
  return `${Number.isInteger(value) ? value : value.toFixed(1)} ${UNITS[power]}`;
}
