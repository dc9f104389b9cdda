/** The faults that can be injected into a NameNode. */
import { hadoopError } from '../../runtime/errors.ts';
import type { FaultPoint } from '../../runtime/http/fault-endpoint.ts';
import type { Caller } from '../command/caller.ts';
import type { NamesystemDriver } from './driver.ts';

/** The faults that are active. They exist only with calf.fault.injection.enabled. */
export interface NameNodeFaults {
  /**
   * Whether the disk of dfs.namenode.name.dir is treated as full: the NameNode is then in safe mode and only serves
   * reads.
   */
  isDiskFull: boolean;
}

/** Returns the faults of a NameNode by the names that `calf fault` and its HTTP endpoint use. */
export function faultPoints(
  faults: NameNodeFaults,
  driver: NamesystemDriver,
  user: string,
): Record<string, FaultPoint> {
  const caller: Caller = { user, groups: [], superuser: true, address: '127.0.0.1' };
  return {
    'disk-full': {
      set: () => {
        faults.isDiskFull = true;
        driver.applyLater({ op: 'noteDiskSpace', isLow: true });
      },
      clear: () => {
        if (!faults.isDiskFull) return;
        faults.isDiskFull = false;
        // The next check of the disk finds out whether it is really full.
        driver.applyLater({ op: 'noteDiskSpace', isLow: false });
      },
      active: () => (faults.isDiskFull ? {} : undefined),
    },
    'expire-lease': {
      set: async ({ path }) => {
        if (typeof path !== 'string') throw hadoopError('IllegalArgumentException', 'path is missing');
        return { closed: await driver.apply({ op: 'expireLease', caller, path }) };
      },
      clear: () => undefined,
      // The lease expires at once, so this fault is never active.
      active: () => undefined,
    },
  };
}
