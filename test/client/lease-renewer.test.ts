import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LeaseRenewer } from '../../client/lease-renewer.ts';

/* HDFS: a writer renews its lease at half of the soft limit of 60 s; after the hard limit of 20 min it has lost it. */
describe('LeaseRenewer', () => {
  const calls: number[] = [];
  const warnings: string[] = [];
  let failing = false;
  const renewer = () =>
    new LeaseRenewer({
      renew: async () => {
        calls.push(Date.now());
        if (failing) throw new Error('no NameNode');
      },
      monotonicMs: () => Date.now(),
      warn: (m) => warnings.push(m),
    });
  const file = () => {
    const reasons: string[] = [];
    return { reasons, fail: (reason: Error) => void reasons.push(reason.message) };
  };

  beforeEach(() => {
    vi.useFakeTimers({ now: 0 });
    calls.length = 0;
    warnings.length = 0;
    failing = false;
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

  it('gets over failures, and gives the files up after the hard limit', async () => {
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

  it('gives up what is open when the file system is closed', () => {
    const leases = renewer();
    const a = file();
    leases.add(a);
    leases.close();
    expect(a.reasons).toEqual(['Filesystem closed']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
