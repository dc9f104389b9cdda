/** The faults that a NameNode can be made to suffer. */
import { hadoopError } from '../../runtime/errors.ts';
import type { FaultPoint } from '../../runtime/http/fault-endpoint.ts';
import type { Caller } from '../command/caller.ts';
import type { NamesystemDriver } from './driver.ts';

/** The faults that are in force. They exist only with calf.fault.injection.enabled. */
export interface NameNodeFaults {
  /** The disk of dfs.namenode.name.dir counts as full: the NameNode goes to safe mode and serves reads. */
  isDiskFull: boolean;
}

/** A NameNode's faults by the names that `calf fault` and its HTTP endpoint know them by. */
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
        // The next look at the disk tells when it is full indeed.
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
      // It happens at once and is over.
      active: () => undefined,
    },
  };
}
