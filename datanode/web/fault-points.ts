import type { FaultPoint } from '../../runtime/http/fault-endpoint.ts';
import type { DatanodeFaults } from '../volumes/faults.ts';

/** A DataNode's faults by the names that `calf fault` and its HTTP endpoint know them by. */
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
