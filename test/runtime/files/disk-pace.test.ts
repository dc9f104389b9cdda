// A disk counts as slow for one second after a slow write (DiskPace).
import { describe, expect, test } from 'vitest';
import { DiskPace } from '../../../runtime/files/disk-pace.ts';

describe('DiskPace', () => {
  test('counts a disk as slow for one second after a slow write', () => {
    const pace = new DiskPace();
    pace.record(1000, 1049);
    expect(pace.isFast(1049)).toBe(true);
    pace.record(1050, 1120);
    expect(pace.isFast(1121)).toBe(false);
    expect(pace.isFast(2119)).toBe(false);
    expect(pace.isFast(2120)).toBe(true);
  });
});
