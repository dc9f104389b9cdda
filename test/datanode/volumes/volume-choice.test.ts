// Round robin over volumes (Hadoop: RoundRobinVolumeChoosingPolicy).
import { describe, expect, test } from 'vitest';
import { chooseVolume } from '../../../datanode/volumes/volume-choice.ts';

describe('volume-choice: round robin by space', () => {
  const volumes = (...free: number[]) => free.map((availableBytes) => ({ availableBytes }));

  test('takes turns, and skips volumes without room', () => {
    expect(chooseVolume(volumes(10, 10, 10), 0, 5)).toBe(0);
    expect(chooseVolume(volumes(10, 10, 10), 2, 5)).toBe(2);
    expect(chooseVolume(volumes(10, 1, 10), 1, 5)).toBe(2);
    expect(chooseVolume(volumes(10, 1, 1), 1, 5)).toBe(0);
  });

  test('a full node is a DiskOutOfSpaceException that names what there is', () => {
    expect(() => chooseVolume(volumes(3, 4), 0, 5)).toThrow(
      'Out of space: The volume with the most available space (=4 B) is less than the block size (=5 B).',
    );
    expect(() => chooseVolume([], 0, 5)).toThrow('No more available volumes');
  });
});
