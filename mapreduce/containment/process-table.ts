/** The processes of this machine, as Linux's /proc shows them. Other systems show none. */
import fs from 'node:fs';

export interface ProcessRow {
  readonly pid: number;
  readonly ppid: number;
  readonly pgrp: number;
  readonly session: number;
  readonly name: string;
  readonly userMs: number;
  readonly systemMs: number;
  readonly virtualBytes: number;
  readonly residentPages: number;
}

/** Ticks of /proc: 100 in a second on every platform that Node.js runs on. */
const TICK_MS = 10;
const ZOMBIE = 'Z';

/** Returns all processes that have not ended. */
export function processTable(): ProcessRow[] {
  if (process.platform !== 'linux') return [];
  const rows: ProcessRow[] = [];
  for (const name of fs.readdirSync('/proc')) {
    const row = /^\d+$/.test(name) ? processRow(Number(name)) : undefined;
    if (row) rows.push(row);
  }
  return rows;
}

/** Returns undefined if there is no such process, or it has ended. */
export function processRow(pid: number): ProcessRow | undefined {
  const stat = textOf(pid, 'stat');
  if (stat === undefined) return undefined;
  // The program's name stands in brackets, and may have brackets and spaces.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  if (fields[0] === ZOMBIE) return undefined;
  const number = (i: number): number => Number(fields[i]);
  return {
    pid,
    ppid: number(1),
    pgrp: number(2),
    session: number(3),
    name: stat.slice(stat.indexOf('(') + 1, end),
    userMs: number(11) * TICK_MS,
    systemMs: number(12) * TICK_MS,
    virtualBytes: number(20),
    residentPages: number(21),
  };
}

/** Returns the descendants of a process, and itself as the first one. */
export function treeOf(rows: readonly ProcessRow[], pid: number): ProcessRow[] {
  const children = new Map<number, ProcessRow[]>();
  for (const row of rows) children.set(row.ppid, [...(children.get(row.ppid) ?? []), row]);
  const tree = rows.filter((row) => row.pid === pid);
  for (const row of tree) tree.push(...(children.get(row.pid) ?? []));
  return tree;
}

/** Whether a process of this user has the variable in its environment, which its children inherit. */
export function hasVariable(pid: number, name: string, value: string): boolean {
  return (textOf(pid, 'environ') ?? '').split('\0').includes(`${name}=${value}`);
}

/** Returns a program and its arguments; empty for a process that shows none. */
export function commandLine(pid: number): string {
  return (textOf(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim();
}

/** Returns the bytes of a page of memory. Node.js does not tell it, but the memory of this process in bytes. */
export function pageBytes(): number {
  if (page === undefined) {
    const pages = Number(textOf(process.pid, 'statm')?.split(' ')[1] ?? 0);
    page = pages > 0 ? 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages)) : 4096;
  }
  return page;
}

let page: number | undefined;

/** A process may end while it is looked at, and those of other users do not show all. */
function textOf(pid: number, file: string): string | undefined {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return undefined;
  }
}
