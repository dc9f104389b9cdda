// Properties files such as VERSION are read and written as java.util.Properties does.
import { describe, expect, test } from 'vitest';
import { formatProperties, parseProperties } from '../../../runtime/files/properties.ts';

describe('properties files', () => {
  test('a file that Hadoop wrote is read', () => {
    const text =
      '#Sat Nov 21 03:36:37 UTC 2026\ndatanodeUuid=06274eb3\nstorageType=DATA_NODE\ncTime=0\nlayoutVersion=-57\n';
    expect(Object.fromEntries(parseProperties(text))).toEqual({
      datanodeUuid: '06274eb3',
      storageType: 'DATA_NODE',
      cTime: '0',
      layoutVersion: '-57',
    });
  });

  test('what is written is read back', () => {
    const properties = [
      ['clusterID', 'CID-a:b=c'],
      ['cTime', 12],
    ] as const;
    expect([...parseProperties(formatProperties(properties, 0))]).toEqual([
      ['clusterID', 'CID-a:b=c'],
      ['cTime', '12'],
    ]);
    expect(formatProperties([['a', 1]], 0)).toBe('#Thu Jan 01 00:00:00 UTC 1970\na=1\n');
  });
});
