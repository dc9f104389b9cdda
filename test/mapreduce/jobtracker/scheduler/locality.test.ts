// The distance of a TaskTracker from a map's input, and the time for which a map waits for a nearer one.
import { describe, expect, it } from 'vitest';
import type { FileSplit } from '../../../../mapreduce/job/input-split.ts';
import { localityCounter, localityOf } from '../../../../mapreduce/jobtracker/scheduler/locality.ts';
import { attempt, Harness, split, tracker } from './scheduler-harness.ts';

const file: FileSplit = {
  kind: 'file',
  fsUri: '',
  path: '/f',
  start: 0,
  length: 1,
  hosts: ['h'],
  names: ['1.1.1.1:1'],
  racks: ['/r1'],
};

describe('locality', () => {
  it('goes by DataNode where it is known, else by host, then by rack', () => {
    expect(localityOf(file, { host: 'x', dataNode: '1.1.1.1:1' })).toBe('NODE_LOCAL');
    expect(localityOf(file, { host: 'h', dataNode: '1.1.1.1:2', rack: '/r2' })).toBe('OFF_SWITCH');
    expect(localityOf(file, { host: 'h' })).toBe('NODE_LOCAL');
    expect(localityOf(file, { host: 'x', rack: '/r1' })).toBe('RACK_LOCAL');
  });

  it('puts hosts without a rack into one rack, /default-rack', () => {
    const { racks: _racks, ...plain } = file;
    expect(localityOf(plain, { host: 'x' })).toBe('RACK_LOCAL');
    expect(localityOf(plain, { host: 'x', rack: '/r1' })).toBe('OFF_SWITCH');
    expect(localityOf(file, { host: 'x' })).toBe('OFF_SWITCH');
  });

  it('counts maps by distance as RMContainerAllocator does, and input without places as other local', () => {
    expect(localityCounter({ kind: 'range', start: 0, length: 1 }, { host: 'h' })).toBe('OTHER_LOCAL_MAPS');
    expect(localityCounter(file, { host: 'h' })).toBe('DATA_LOCAL_MAPS');
    expect(localityCounter(file, { host: 'x', rack: '/r1' })).toBe('RACK_LOCAL_MAPS');
    expect(localityCounter(file, { host: 'x', rack: '/r2' })).toBe('OTHER_LOCAL_MAPS');
    expect(localityCounter({ ...file, hosts: [], names: [] }, { host: 'h' })).toBe('OTHER_LOCAL_MAPS');
  });
});

/** Two racks of two trackers with one slot each; the replica of each split lies on tracker 1. */
function twoRacks(): Harness {
  const h = new Harness(undefined, { nodeMs: 1000, rackMs: 2000 });
  for (const n of [1, 2, 3, 4])
    h.step({ kind: 'register', tracker: { ...tracker(n, 1), rack: n < 3 ? '/r1' : '/r2' } });
  return h;
}
const near = (index: number) => ({ ...split(index, [1]), racks: ['/r1'] }) as FileSplit;
const places = (h: Harness) => h.launches.map(({ trackerId, launch }) => [launch.index, trackerId]);

describe('a map waits for a slot near its input', () => {
  it('on its node, then on its rack, then anywhere, each for its time', () => {
    const h = twoRacks();
    h.submit([0, 1, 2].map(near), 0);
    expect(places(h)).toEqual([[0, 'tracker_1']]);
    expect(h.effects).toContainEqual({ kind: 'wakeAt', timeMs: 1000 });
    h.wake(999);
    expect(places(h)).toHaveLength(1);
    h.wake(1000);
    expect(places(h).slice(1)).toEqual([[1, 'tracker_2']]);
    h.wake(2999);
    expect(places(h)).toHaveLength(2);
    h.wake(3000);
    expect(places(h)[2]?.[0]).toBe(2);
    expect(['tracker_3', 'tracker_4']).toContain(places(h)[2]?.[1]);
    expect([h.counter('DATA_LOCAL_MAPS'), h.counter('RACK_LOCAL_MAPS'), h.counter('OTHER_LOCAL_MAPS')]).toEqual([
      1, 1, 1,
    ]);
  });

  it('and has it as soon as it is free', () => {
    const h = twoRacks();
    h.submit([0, 1].map(near), 0);
    h.now = 500;
    h.succeed(attempt('m', 0));
    expect(places(h)).toEqual([
      [0, 'tracker_1'],
      [1, 'tracker_1'],
    ]);
  });

  it('but not where it has failed, nor where no tracker is', () => {
    const h = twoRacks();
    h.submit([near(0)], 0);
    h.fail(attempt('m', 0));
    expect(places(h)[1]).toEqual([0, 'tracker_2']);
    const far = twoRacks();
    far.submit([{ ...near(0), names: ['9.9.9.9:9'], racks: ['/r9'] }], 0);
    expect(far.launches).toHaveLength(1);
  });

  it('while another job may have the slots that it leaves', () => {
    const h = twoRacks();
    h.submit([0, 1].map(near), 0);
    h.submit([split(0)], 0, 1, 'job_1_0002');
    expect(h.launches.map(({ launch }) => launch.job.jobId)).toEqual(['job_1_0001', 'job_1_0002']);
  });
});
