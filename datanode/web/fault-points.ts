/** The faults that `calf fault` and the page /fault can set in a DataNode. */
import type { FaultPoint } from '../../runtime/http/fault-endpoint.ts';
import type { DatanodeFaults } from '../volumes/faults.ts';

/** Returns the fault points by the names that `calf fault` uses. */
export function faultPoints(faults: DatanodeFaults): Record<string, FaultPoint> {
  return {
    slow: {
      set: ({ packetDelayMs }) => faults.slow(Number(packetDelayMs)),
      clear: () => faults.unslow(),
      active: () => (faults.packetDelayMs > 0 ? { packetDelayMs: faults.packetDelayMs } : undefined),
    },
    'drop-acks': {
      set: () => {
        faults.dropsAcks = true;
      },
      clear: () => {
        faults.dropsAcks = false;
      },
      active: () => (faults.dropsAcks ? {} : undefined),
    },
    'disk-full': {
      set: () => {
        faults.isDiskFull = true;
      },
      clear: () => {
        faults.isDiskFull = false;
      },
      active: () => (faults.isDiskFull ? {} : undefined),
    },
  };
}
