// The processor time of another process.
import { describe, expect, it } from 'vitest';
import { cpuTimeMs, parseTime } from '../../runtime/process-cpu.ts';

describe('cpuTimeMs', () => {
  it('is that of process.cpuUsage(), to a few ticks', () => {
    const until = process.cpuUsage().user + 50_000;
    while (process.cpuUsage().user < until);
    const { user, system } = process.cpuUsage();
    expect(Math.abs((cpuTimeMs(process.pid) ?? 0) - (user + system) / 1000)).toBeLessThan(200);
  });

  it('is undefined for a process that there is not', () => {
    expect(cpuTimeMs(2 ** 22 + 1)).toBeUndefined();
  });

  it.each([
    ['0:01.50', 1500],
    ['12:34', 754_000],
    ['1:02:03', 3_723_000],
    ['2-00:00:01', 172_801_000],
    ['', undefined],
  ])('reads %s of ps', (text, ms) => {
    expect(parseTime(text)).toBe(ms);
  });
});
