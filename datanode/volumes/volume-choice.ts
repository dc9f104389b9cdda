/** The choice of a volume for a new replica. Pure. */
import { hadoopError } from '../../runtime/errors.ts';

export interface VolumeSpace {
  readonly availableBytes: number;
}

/**
 * Chooses round robin among the volumes that have room for the block (Hadoop: RoundRobinVolumeChoosingPolicy).
 * @param next index of the volume whose turn it is
 * @returns index of the volume to use; the next turn is that of the volume behind it
 * @throws DiskOutOfSpaceException if no volume has room
 */
export function chooseVolume(volumes: readonly VolumeSpace[], next: number, blockSizeBytes: number): number {
  if (volumes.length === 0) throw hadoopError('DiskOutOfSpaceException', 'No more available volumes');
  let mostAvailable = 0;
  for (let i = 0; i < volumes.length; i++) {
    const index = (next + i) % volumes.length;
    const available = volumes[index]?.availableBytes ?? 0;
    if (available > blockSizeBytes) return index;
    mostAvailable = Math.max(mostAvailable, available);
  }
  throw hadoopError(
    'DiskOutOfSpaceException',
    `Out of space: The volume with the most available space (=${mostAvailable} B) is less than the block size ` +
      `(=${blockSizeBytes} B).`,
  );
}
