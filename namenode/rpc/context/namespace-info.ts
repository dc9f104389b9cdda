/** The answer to versionRequest of DatanodeProtocol and NamenodeProtocol. */
import { type NamespaceInfoProto, NNHAStatusHeartbeatProto_State } from '../../../protocol/gen/messages.ts';
import { BUILD_VERSION, SOFTWARE_VERSION } from '../../../protocol/version.ts';
import { NAMENODE_LAYOUT_VERSION, type NamespaceIdentity } from '../../store/name-directory.ts';

/** NamespaceInfo.Capability.STORAGE_BLOCK_REPORT_BUFFERS: block reports may come as buffers of varints. */
const CAPABILITIES = 1;

export function namespaceInfo(identity: NamespaceIdentity): NamespaceInfoProto {
  return {
    buildVersion: BUILD_VERSION,
    unused: 0,
    blockPoolID: identity.blockPoolId,
    storageInfo: {
      layoutVersion: NAMENODE_LAYOUT_VERSION,
      namespceID: identity.namespaceId,
      clusterID: identity.clusterId,
      cTime: identity.cTime,
    },
    softwareVersion: SOFTWARE_VERSION,
    capabilities: CAPABILITIES,
    state: NNHAStatusHeartbeatProto_State.ACTIVE,
  };
}
