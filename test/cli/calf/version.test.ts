// The versions that the programs print: hadoop's first line is read by other programs, calf's is for people.
import { afterEach, expect, it, vi } from 'vitest';
import { calfVersionMain, versionMain } from '../../../cli/programs/version.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it.each([
  ['hadoop version', versionMain, /^Hadoop 3\.4\.2\nCalf \d+\.\d+\.\d+,/],
  ['calf --version', calfVersionMain, /^Calf \d+\.\d+\.\d+, .*Hadoop 3\.4\.2\nRuns on Node\.js \d+/],
])('%s', (_command, main, expected) => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  expect(main()).toBe(0);
  expect(String(written.mock.calls[0]?.[0])).toMatch(expected);
});
