/** Checks that a user may call a method of a DataNode. */
import type { RpcCall } from '../../protocol/rpc/handler.ts';
import { hadoopError } from '../../runtime/errors.ts';
import type { DatanodeService } from './datanode-service.ts';

/** Lets the users of dfs.block.local-path-access.user pass. @throws AccessControlException */
export function checkMayReadLocally({ conf }: DatanodeService, call: RpcCall): void {
  if (conf.get('dfs.block.local-path-access.user').includes(call.user)) return;
  throw hadoopError(
    'AccessControlException',
    `Can't continue with getBlockLocalPathInfo() authorization. The user ${call.user} is not configured in ` +
      'dfs.block.local-path-access.user',
  );
}
