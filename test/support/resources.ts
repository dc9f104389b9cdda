// Counts the resources that this process holds open: sockets, timers and children, for tests of starts and stops that fail.

import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

/** Kinds of process.getActiveResourcesInfo() that a daemon may leave behind. */
const KINDS = new Set([
  'TCPServerWrap',
  'TCPSocketWrap',
  'TCPConnectWrap',
  'PipeWrap',
  'ProcessWrap',
  'Timeout',
  'FSEventWrap',
]);

/** Returns the number of open resources by kind. */
export function openResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) if (KINDS.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/**
 * Waits until this process holds no more than it did. It looks while no timer of its own runs: a waiter that keeps one
 * (such as `vi.waitFor`) would count it for ever.
 */
export async function expectNothingLeft(before: Readonly<Record<string, number>>): Promise<void> {
  const left = () => Object.entries(openResources()).filter(([kind, count]) => count > (before[kind] ?? 0));
  for (let waited = 0; waited < 50_000 && left().length > 0; waited += 20) await sleep(20);
  expect(left()).toEqual([]);
}
