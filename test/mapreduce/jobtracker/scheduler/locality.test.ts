// The locality of a split for a TaskTracker: whether its node has a replica of the data.
import { describe, expect, it } from 'vitest';
import type { FileSplit } from '../../../../mapreduce/job/input-split.ts';
import { localityCounter, localityOf } from '../../../../mapreduce/jobtracker/scheduler/locality.ts';

describe('locality', () => {
  const split: FileSplit = {
    kind: 'file',
    fsUri: '',
    path: '/f',
    start: 0,
    length: 1,
    hosts: ['h'],
    names: ['1.1.1.1:1'],
  };

  it('goes by DataNode where it is known, else by host', () => {
    expect(localityOf(split, { host: 'x', dataNode: '1.1.1.1:1' })).toBe('DATA_LOCAL');
    expect(localityOf(split, { host: 'h', dataNode: '1.1.1.1:2' })).toBe('ANY');
    expect(localityOf(split, { host: 'h' })).toBe('DATA_LOCAL');
  });

  it('counts maps of input without places as other local, as Hadoop does', () => {
    expect(localityCounter({ kind: 'range', start: 0, length: 1 }, { host: 'h' })).toBe('OTHER_LOCAL_MAPS');
    expect(localityCounter(split, { host: 'h' })).toBe('DATA_LOCAL_MAPS');
    expect(localityCounter(split, { host: 'elsewhere' })).toBeUndefined();
  });
});
