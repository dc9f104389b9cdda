/** Waits until a cluster serves its first write. */
import { currentUser, parseAddress } from '../../conf/configuration.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { DatanodeReportTypeProto, SafeModeActionProto } from '../../protocol/gen/messages.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { sleep } from '../../runtime/promises.ts';
import { systemClock } from '../../runtime/runtime.ts';

const POLL_MS = 15;
const LIMIT_MS = 30_000;

/**
 * Resolves when the NameNode at `host:port` has `datanodes` live DataNodes and is out of safe mode.
 * @param signal ends the wait with an error
 * @throws Error when that takes over 30 s
 */
export async function waitUntilReady(namenodeRpc: string, datanodes: number, signal?: AbortSignal): Promise<void> {
  const { host, port } = parseAddress(namenodeRpc, 'dfs.namenode.rpc-address');
  const rpc = new RpcClient({ host, port, protocol: ClientNamenode.PROTOCOL, user: currentUser() });
  const deadline = systemClock.monotonicMs() + LIMIT_MS;
  try {
    for (;;) {
      const { di } = await rpc.call(
        ClientNamenode.getDatanodeReport,
        { type: DatanodeReportTypeProto.LIVE },
        { signal },
      );
      const action = SafeModeActionProto.SAFEMODE_GET;
      const safe = await rpc.call(ClientNamenode.setSafeMode, { action, checked: false }, { signal });
      if (di.length >= datanodes && !safe.result) return;
      if (systemClock.monotonicMs() > deadline) {
        const state = safe.result ? 'in safe mode' : 'out of safe mode';
        throw new Error(`The cluster is not ready: ${di.length} of ${datanodes} DataNodes are live, ${state}`);
      }
      await sleep(POLL_MS);
    }
  } finally {
    await rpc.close();
  }
}
