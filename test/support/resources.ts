// What this process holds open: sockets, timers and children, for tests of starts and stops that fail.
import { expect, vi } from 'vitest';

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

/** Waits until this process holds no more than it did. */
export async function expectNothingLeft(before: Readonly<Record<string, number>>): Promise<void> {
  await vi.waitFor(
    () => {
      const more = Object.entries(openResources()).filter(([kind, count]) => count > (before[kind] ?? 0));
      expect(more).toEqual([]);
    },
    { timeout: 20_000, interval: 20 },
  );
}
