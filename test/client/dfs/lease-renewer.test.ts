// Tests the renewal of leases, and its end at the hard limit.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseRenewer } from '../../../client/dfs/lease-renewer.ts';

// In HDFS a writer renews its lease after half of the soft limit of 60 s, and loses it at the hard limit of 20 min.
describe('LeaseRenewer', () => {
  const calls: number[] = [];
  const warnings: string[] = [];
  let failing = false;
  /** Callbacks that answer the renewals under way; undefined if renewals are answered at once. */
  let answers: (() => void)[] | undefined;
  const renewer = () =>
    new LeaseRenewer({
      renew: async () => {
        calls.push(Date.now());
        if (answers) await new Promise<void>((resolve) => answers?.push(resolve));
        if (failing) throw new Error('no NameNode');
      },
      monotonicMs: () => Date.now(),
      warn: (m) => warnings.push(m),
      hardLimitMs: 20 * 60_000,
    });
  const file = (close: () => Promise<void> = () => Promise.resolve()) => {
    const reasons: string[] = [];
    return { path: '/f', reasons, close, fail: (reason: Error) => void reasons.push(reason.message) };
  };

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    calls.length = 0;
    warnings.length = 0;
    failing = false;
    answers = undefined;
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('renews every 30 s, once for all files, while one is open', async () => {
    const leases = renewer();
    const [a, b] = [file(), file()];
    leases.add(a);
    leases.add(b);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(calls).toEqual([30_000, 60_000]);
    leases.remove(a);
    await vi.advanceTimersByTimeAsync(30_000);
    leases.remove(b);
    await vi.advanceTimersByTimeAsync(300_000);
    expect(calls).toEqual([30_000, 60_000, 90_000]);
    expect(leases.openFiles).toBe(0);
  });

  it('goes on after failures, and gives the files up after the hard limit', async () => {
    const leases = renewer();
    const a = file();
    leases.add(a);
    failing = true;
    await vi.advanceTimersByTimeAsync(20 * 60_000);
    expect(a.reasons).toEqual([]);
    expect(warnings[0]).toBe('Failed to renew lease for 30 seconds: no NameNode');
    await vi.advanceTimersByTimeAsync(30_000);
    expect(a.reasons).toEqual(['Lease timeout of 1200 seconds expired.']);
    leases.remove(a);
  });

  it('does not ask again while a renewal is under way, and counts from when it asked', async () => {
    const leases = renewer();
    const a = file();
    leases.add(a);
    answers = [];
    await vi.advanceTimersByTimeAsync(90_000);
    expect(calls).toEqual([30_000]);
    for (const answer of answers.splice(0)) answer();
    answers = undefined;
    await vi.advanceTimersByTimeAsync(0);
    failing = true;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(calls).toEqual([30_000, 120_000]);
    expect(warnings).toEqual(['Failed to renew lease for 90 seconds: no NameNode']);
    leases.remove(a);
  });

  // Hadoop's DFSClient.close() closes the files being written, and reports each one that it can't close.
  it('closes open files when the file system is closed', async () => {
    const leases = renewer();
    const closed: string[] = [];
    const good = file(async () => {
      closed.push('good');
      leases.remove(good);
    });
    const bad = file(async () => {
      throw new Error('no DataNode');
    });
    leases.add(good);
    leases.add(bad);
    await leases.closeFiles();
    leases.close();
    expect(closed).toEqual(['good']);
    expect(warnings).toEqual(['Failed to close file: /f: no DataNode']);
    expect(bad.reasons).toEqual(['Filesystem closed']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
