/**
 * Who may call each method of the NameNode, as in Hadoop 3.4's FSNamesystem and NameNodeRpcServer. The methods that are
 * not served stand here too: their rules are ready when they come. docs/permissions.md shows these tables.
 */
import type * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import type * as DatanodeTable from '../../../protocol/gen/datanode.ts';
import type * as GetUserMappings from '../../../protocol/gen/get-user-mappings.ts';
import {
  RollingUpgradeActionProto,
  type RollingUpgradeRequestProto,
  SafeModeActionProto,
  type SetSafeModeRequestProto,
} from '../../../protocol/gen/messages.ts';
import type * as NamenodeTable from '../../../protocol/gen/namenode.ts';
import { type AccessRule, type AccessTable, ANYONE, byPath, DATANODE, LEASE_HOLDER, superuser } from './access.ts';

const ENTER = byPath();
const OWNER = byPath({ owner: true });
const READ = byPath({ access: 'r' });
const WRITE = byPath({ access: 'w' });

const SAFE_MODE_OPERATIONS = {
  [SafeModeActionProto.SAFEMODE_ENTER]: 'safemode_enter',
  [SafeModeActionProto.SAFEMODE_LEAVE]: 'safemode_leave',
  [SafeModeActionProto.SAFEMODE_FORCE_EXIT]: 'safemode_force_exit',
  // Any user may ask.
  [SafeModeActionProto.SAFEMODE_GET]: undefined,
} as const;

const SAFE_MODE: AccessRule<SetSafeModeRequestProto> = {
  kind: 'superuser',
  operationOf: ({ action }) => SAFE_MODE_OPERATIONS[action],
};

const ROLLING_UPGRADE_OPERATIONS = {
  [RollingUpgradeActionProto.QUERY]: 'queryRollingUpgrade',
  [RollingUpgradeActionProto.START]: 'startRollingUpgrade',
  [RollingUpgradeActionProto.FINALIZE]: 'finalizeRollingUpgrade',
} as const;

const ROLLING_UPGRADE: AccessRule<RollingUpgradeRequestProto> = {
  kind: 'superuser',
  operationOf: ({ action }) => ROLLING_UPGRADE_OPERATIONS[action],
};

export const CLIENT_ACCESS: AccessTable<typeof ClientNamenode> = {
  // Questions about a path.
  getFileInfo: ENTER,
  getFileLinkInfo: ENTER,
  getLinkTarget: ENTER,
  isFileClosed: ENTER,
  getPreferredBlockSize: ENTER,
  getAclStatus: ENTER,
  // Hadoop asks for no right on the file here, and gives the locations of its blocks to everybody.
  getLocatedFileInfo: READ,
  getBlockLocations: READ,
  getStoragePolicy: READ,
  getErasureCodingPolicy: READ,
  getEZForPath: READ,
  getEnclosingRoot: READ,
  getXAttrs: READ,
  listXAttrs: READ,
  getSnapshotListing: READ,
  getSnapshotDiffReport: byPath({ sub: 'r' }),
  getSnapshotDiffReportListing: byPath({ sub: 'r' }),
  getListing: byPath({ access: 'rx' }),
  getBatchedListing: byPath({ access: 'rx' }),
  getContentSummary: byPath({ sub: 'rx' }),
  getQuotaUsage: byPath({ sub: 'rx' }),
  // The request names the rights that it asks about.
  checkAccess: ENTER,

  // Changes of the tree.
  mkdirs: byPath({ ancestor: 'w' }),
  createSymlink: byPath({ ancestor: 'w' }),
  delete_: byPath({ parent: 'w', sub: 'rwx' }),
  // The right on the ancestor is asked for at the destination. A move to the trash needs the rights of `delete`.
  rename: byPath({ parent: 'w', ancestor: 'w' }),
  rename2: byPath({ parent: 'w', ancestor: 'w' }),
  // The rights to read the sources and to remove them from their parent are needed too.
  concat: byPath({ access: 'w', parent: 'w' }),
  setPermission: OWNER,
  setOwner: OWNER,
  setTimes: WRITE,
  setReplication: WRITE,
  setStoragePolicy: WRITE,
  unsetStoragePolicy: WRITE,
  satisfyStoragePolicy: WRITE,
  setErasureCodingPolicy: WRITE,
  unsetErasureCodingPolicy: WRITE,
  // Attributes of the namespaces `trusted` and `system` are for superusers.
  setXAttr: WRITE,
  removeXAttr: WRITE,
  setAcl: OWNER,
  modifyAclEntries: OWNER,
  removeAclEntries: OWNER,
  removeDefaultAcl: OWNER,
  removeAcl: OWNER,
  createSnapshot: OWNER,
  renameSnapshot: OWNER,
  deleteSnapshot: OWNER,

  // The contents of files.
  create: byPath({ ancestor: 'w' }),
  append: WRITE,
  truncate: WRITE,
  recoverLease: WRITE,
  addBlock: LEASE_HOLDER,
  abandonBlock: LEASE_HOLDER,
  complete: LEASE_HOLDER,
  fsync: LEASE_HOLDER,
  updateBlockForPipeline: LEASE_HOLDER,
  updatePipeline: LEASE_HOLDER,
  getAdditionalDatanode: LEASE_HOLDER,
  renewLease: LEASE_HOLDER,
  reportBadBlocks: ANYONE,

  // The cluster.
  getServerDefaults: ANYONE,
  getFsStats: ANYONE,
  getFsReplicatedBlockStats: ANYONE,
  getFsECBlockGroupStats: ANYONE,
  getSlowDatanodeReport: ANYONE,
  getHAServiceState: ANYONE,
  msync: ANYONE,
  getStoragePolicies: ANYONE,
  getErasureCodingPolicies: ANYONE,
  getErasureCodingCodecs: ANYONE,
  getDataEncryptionKey: ANYONE,
  upgradeStatus: ANYONE,
  // Each caller sees the directories that it owns.
  getSnapshottableDirListing: ANYONE,
  getDatanodeReport: superuser('datanodeReport'),
  getDatanodeStorageReport: superuser('getDatanodeStorageReport'),
  listCorruptFileBlocks: superuser('listCorruptFileBlocks'),
  listOpenFiles: superuser('listOpenFiles'),
  getCurrentEditLogTxid: superuser('getCurrentEditLogTxid'),
  getEditsFromTxid: superuser('getEditsFromTxid'),

  // Administration.
  setSafeMode: SAFE_MODE,
  rollingUpgrade: ROLLING_UPGRADE,
  refreshNodes: superuser('refreshNodes'),
  setBalancerBandwidth: superuser('setBalancerBandwidth'),
  finalizeUpgrade: superuser('finalizeUpgrade'),
  saveNamespace: superuser('saveNamespace'),
  rollEdits: superuser('rollEditLog'),
  restoreFailedStorage: superuser('restoreFailedStorage'),
  metaSave: superuser('metaSave'),
  setQuota: superuser('setQuota'),
  allowSnapshot: superuser('allowSnapshot'),
  disallowSnapshot: superuser('disallowSnapshot'),
  addErasureCodingPolicies: superuser('addErasureCodingPolicies'),
  removeErasureCodingPolicy: superuser('removeErasureCodingPolicy'),
  enableErasureCodingPolicy: superuser('enableErasureCodingPolicy'),
  disableErasureCodingPolicy: superuser('disableErasureCodingPolicy'),
  getECTopologyResultForPolicies: superuser('getECTopologyResultForPolicies'),
  createEncryptionZone: superuser('createEncryptionZone'),
  listEncryptionZones: superuser('listEncryptionZones'),
  reencryptEncryptionZone: superuser('reencryptEncryptionZone'),
  listReencryptionStatus: superuser('listReencryptionStatus'),
  addCachePool: superuser('addCachePool'),
  modifyCachePool: superuser('modifyCachePool'),
  removeCachePool: superuser('removeCachePool'),
  // A cache pool has an owner and a mode of its own, which these check.
  listCachePools: ANYONE,
  addCacheDirective: ANYONE,
  modifyCacheDirective: ANYONE,
  removeCacheDirective: ANYONE,
  listCacheDirectives: ANYONE,

  // Tokens name the caller by themselves.
  getDelegationToken: ANYONE,
  renewDelegationToken: ANYONE,
  cancelDelegationToken: ANYONE,
};

export const NAMENODE_ACCESS: AccessTable<typeof NamenodeTable> = {
  getBlocks: superuser('getBlocks'),
  getBlockKeys: superuser('getBlockKeys'),
  getTransactionId: superuser('getTransactionID'),
  getMostRecentCheckpointTxId: superuser('getMostRecentCheckpointTxId'),
  isUpgradeFinalized: superuser('isUpgradeFinalized'),
  isRollingUpgrade: superuser('isRollingUpgrade'),
  versionRequest: ANYONE,
};

/** Hadoop leaves these to the authorization of services, which Calf does not have, as a Hadoop without Kerberos. */
export const DATANODE_ACCESS: AccessTable<typeof DatanodeTable> = {
  versionRequest: ANYONE,
  registerDatanode: DATANODE,
  sendHeartbeat: DATANODE,
  blockReport: DATANODE,
  blockReceivedAndDeleted: DATANODE,
  cacheReport: DATANODE,
  errorReport: DATANODE,
  reportBadBlocks: ANYONE,
  commitBlockSynchronization: ANYONE,
};

export const USER_MAPPINGS_ACCESS: AccessTable<typeof GetUserMappings> = {
  getGroupsForUser: ANYONE,
};
