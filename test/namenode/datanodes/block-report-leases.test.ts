// Tests of the leases for full block reports.
import { describe, expect, test } from 'vitest';
import { BlockReportLeaseManager, NO_LEASE } from '../../../namenode/datanodes/block-report-leases.ts';

const manager = (leasesMax = 2) => new BlockReportLeaseManager({ leasesMax, lengthMs: 1000, firstId: 100 });

// As in Hadoop's BlockReportLeaseManager.
describe('leases for full block reports', () => {
  test('only leasesMax DataNodes have one; the next gets one when another has reported', () => {
    const leases = manager();
    const a = leases.request('a', 0);
    expect(leases.request('b', 0)).not.toBe(a);
    expect(leases.request('c', 0)).toBe(NO_LEASE);
    leases.remove('a');
    expect(leases.request('c', 0)).not.toBe(NO_LEASE);
  });

  test('a lease that was not used in time is void, and goes to another', () => {
    const leases = manager(1);
    const a = leases.request('a', 0);
    expect(leases.request('b', 999)).toBe(NO_LEASE);
    expect(leases.isValid('a', a, 999)).toBe(true);
    expect(leases.isValid('a', a, 1000)).toBe(false);
    expect(leases.request('b', 1000)).not.toBe(NO_LEASE);
  });

  test('a DataNode that asks again after a restart gets a new lease in place of its first', () => {
    const leases = manager(1);
    const first = leases.request('a', 0);
    const second = leases.request('a', 1);
    expect(second).not.toBe(NO_LEASE);
    expect(leases.isValid('a', first, 2)).toBe(false);
    expect(leases.isValid('a', second, 2)).toBe(true);
  });

  test('a lease is valid only for its DataNode; a report without a lease is always accepted', () => {
    const leases = manager();
    const a = leases.request('a', 0);
    expect(leases.isValid('b', a, 0)).toBe(false);
    expect(leases.isValid('b', NO_LEASE, 0)).toBe(true);
  });

  test('a thousand DataNodes that start together report six at a time, and all of them do', () => {
    const leases = manager(6);
    const waiting = new Set(Array.from({ length: 1000 }, (_, i) => `dn${i}`));
    let rounds = 0;
    while (waiting.size > 0) {
      const granted = [...waiting].filter((uuid) => leases.request(uuid, rounds) !== NO_LEASE);
      expect(granted.length).toBeLessThanOrEqual(6);
      for (const uuid of granted) {
        leases.remove(uuid);
        waiting.delete(uuid);
      }
      rounds++;
    }
    expect(rounds).toBe(Math.ceil(1000 / 6));
  });
});
