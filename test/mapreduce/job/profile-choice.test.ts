// The tasks that mapreduce.task.profile.maps and .reduces name (Hadoop: Configuration.IntegerRanges).
import { expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { isProfiled } from '../../../mapreduce/job/profile-choice.ts';

const profiled = (ranges: string): number[] => {
  const conf = new Configuration({ 'mapreduce.task.profile': 'true', 'mapreduce.task.profile.maps': ranges });
  return [0, 1, 2, 3, 4, 5, 6, 7].filter((index) => isProfiled(conf, 'MAP', index));
};

it.each([
  ['0-2', [0, 1, 2]],
  ['1, 4-5', [1, 4, 5]],
  ['6-', [6, 7]],
  ['-1,3', [0, 1, 3]],
])('%s', (ranges, expected) => {
  expect(profiled(ranges)).toEqual(expected);
});

it('a text without numbers is refused by the name of the property', () => {
  expect(() => profiled('first')).toThrow("mapreduce.task.profile.maps is 'first'");
  expect(() => profiled('1,')).toThrow('expected numbers and ranges');
});

it('the first three maps and reduces have a profile, and none without mapreduce.task.profile', () => {
  const conf = new Configuration({ 'mapreduce.task.profile': 'true' });
  expect([0, 2, 3].map((index) => isProfiled(conf, 'REDUCE', index))).toEqual([true, true, false]);
  expect(isProfiled(new Configuration(), 'MAP', 0)).toBe(false);
});
