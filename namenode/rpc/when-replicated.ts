/** Waits shortly for DataNodes' reports when a writer's call depends on them. */
import { isHadoopError } from '../../runtime/errors.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';

/**
 * A client that is told "not yet" asks again after 400 ms. A DataNode's report usually follows the client's call within
 * a few milliseconds, so the call waits this long for it.
 */
const REPLICA_WAIT_MS = 300;

/**
 * Tries a command, and tries it again with each report of a DataNode, while it fails with NotReplicatedYetException or
 * its result is not `done`. Returns the last result, or throws the last error, when the time is over.
 */
export async function whenReplicated<T>(
  driver: NamesystemDriver,
  attempt: () => Promise<T>,
  done: (result: T) => boolean = () => true,
): Promise<T> {
  const end = driver.clock.monotonicMs() + REPLICA_WAIT_MS;
  for (;;) {
    const leftMs = end - driver.clock.monotonicMs();
    try {
      const result = await attempt();
      if (done(result) || leftMs <= 0) return result;
    } catch (e) {
      if (leftMs <= 0 || !isHadoopError(e, 'NotReplicatedYetException')) throw e;
    }
    await driver.replicaReported(leftMs);
  }
}
