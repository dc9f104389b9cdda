/** A request for each method that the NameNode serves, to ask who may call the method. */
import type * as ClientNamenode from '../../../../protocol/gen/client-namenode.ts';
import type * as DatanodeTable from '../../../../protocol/gen/datanode.ts';
import type * as GetUserMappings from '../../../../protocol/gen/get-user-mappings.ts';
import {
  CreateFlagProto,
  DatanodeReportTypeProto,
  RollingUpgradeActionProto,
  SafeModeActionProto,
} from '../../../../protocol/gen/messages.ts';
import type * as NamenodeTable from '../../../../protocol/gen/namenode.ts';
import type { Method } from '../../../../protocol/method.ts';

/** The paths that a request names. */
export interface Place {
  readonly path: string;
  /** A name without an inode, in a directory of its own. */
  readonly destination: string;
  /** A file beside `path`, which `concat` takes. */
  readonly source: string;
}

/** Requests by the names of the generated table `T`. */
export type Samples<T> = {
  readonly [K in keyof T as T[K] extends Method<infer _Q, infer _S> ? K : never]?: T[K] extends Method<
    infer Q,
    infer _S
  >
    ? (place: Place) => Q
    : never;
};

/** The inodes that the paths of a method must have; a method that is not listed gets a closed file. */
export const TARGETS: Readonly<Record<string, 'directory' | 'open file' | 'nothing'>> = {
  getListing: 'directory',
  getBatchedListing: 'directory',
  getContentSummary: 'directory',
  getQuotaUsage: 'directory',
  delete_: 'directory',
  mkdirs: 'nothing',
  create: 'nothing',
  recoverLease: 'open file',
};

const CLIENT = 'DFSClient_access';
const NO_BYTES = new Uint8Array(0);
const BLOCK = { poolId: 'BP-1', blockId: 1, generationStamp: 1, numBytes: 1 };
const NODE = { ipAddr: '127.0.0.1', hostName: 'd', datanodeUuid: 'd', xferPort: 1, infoPort: 1, ipcPort: 1 };
/** A DataNode of another namespace: no NameNode takes it in. */
const REGISTRATION = {
  datanodeID: NODE,
  storageInfo: { layoutVersion: -57, namespceID: 1, clusterID: 'CID-of-another', cTime: 0 },
  keys: {
    isBlockTokenEnabled: false,
    keyUpdateInterval: 0,
    tokenLifeTime: 0,
    currentKey: { keyId: 0, expiryDate: 0 },
    allKeys: [],
  },
  softwareVersion: '3.4.2',
};

/** The requests that many methods have. */
const withSrc = ({ path: src }: Place) => ({ src });
const withPath = ({ path }: Place) => ({ path });
const withFilename = ({ path: filename }: Place) => ({ filename });
const allDatanodes = () => ({ type: DatanodeReportTypeProto.ALL });
const noFields = () => ({});

export const CLIENT_SAMPLES: Samples<typeof ClientNamenode> = {
  getFileInfo: withSrc,
  getFileLinkInfo: withSrc,
  getLocatedFileInfo: withSrc,
  getLinkTarget: withPath,
  getListing: ({ path: src }) => ({ src, startAfter: NO_BYTES, needLocation: false }),
  getBatchedListing: ({ path }) => ({ paths: [path], startAfter: NO_BYTES, needLocation: false }),
  getBlockLocations: ({ path: src }) => ({ src, offset: 0, length: 1 }),
  isFileClosed: withSrc,
  getPreferredBlockSize: withFilename,
  checkAccess: ({ path }) => ({ path, mode: 0 }),
  getContentSummary: withPath,
  getQuotaUsage: withPath,
  getStoragePolicy: withPath,
  getErasureCodingPolicy: withSrc,
  getEZForPath: withSrc,
  getEnclosingRoot: withFilename,

  mkdirs: ({ path: src }) => ({ src, masked: { perm: 0o755 }, createParent: false }),
  delete_: ({ path: src }) => ({ src, recursive: true }),
  rename: ({ path: src, destination: dst }) => ({ src, dst }),
  rename2: ({ path: src, destination: dst }) => ({ src, dst, overwriteDest: false }),
  concat: ({ path: trg, source }) => ({ trg, srcs: [source] }),
  setPermission: ({ path: src }) => ({ src, permission: { perm: 0o777 } }),
  setOwner: ({ path: src }) => ({ src, username: 'owner' }),
  setTimes: ({ path: src }) => ({ src, mtime: 1, atime: 1 }),
  setReplication: ({ path: src }) => ({ src, replication: 2 }),
  create: ({ path: src }) => ({
    src,
    masked: { perm: 0o644 },
    clientName: CLIENT,
    createFlag: CreateFlagProto.CREATE,
    createParent: false,
    replication: 1,
    blockSize: 1 << 20,
    cryptoProtocolVersion: [],
  }),
  append: ({ path: src }) => ({ src, clientName: CLIENT }),
  truncate: ({ path: src }) => ({ src, newLength: 0, clientName: CLIENT }),
  recoverLease: ({ path: src }) => ({ src, clientName: CLIENT }),

  addBlock: ({ path: src }) => ({ src, clientName: CLIENT, excludeNodes: [], favoredNodes: [], flags: [] }),
  abandonBlock: ({ path: src }) => ({ b: BLOCK, src, holder: CLIENT }),
  complete: ({ path: src }) => ({ src, clientName: CLIENT }),
  fsync: ({ path: src }) => ({ src, client: CLIENT }),
  updateBlockForPipeline: () => ({ block: BLOCK, clientName: CLIENT }),
  updatePipeline: () => ({ clientName: CLIENT, oldBlock: BLOCK, newBlock: BLOCK, newNodes: [], storageIDs: [] }),
  getAdditionalDatanode: ({ path: src }) => ({
    src,
    blk: BLOCK,
    existings: [],
    excludes: [],
    numAdditionalNodes: 1,
    clientName: CLIENT,
    existingStorageUuids: [],
  }),
  renewLease: () => ({ clientName: CLIENT, namespaces: [] }),
  reportBadBlocks: () => ({ blocks: [] }),

  getServerDefaults: noFields,
  getFsStats: noFields,
  getFsReplicatedBlockStats: noFields,
  getFsECBlockGroupStats: noFields,
  getDatanodeReport: allDatanodes,
  getDatanodeStorageReport: allDatanodes,
  getSlowDatanodeReport: noFields,
  getHAServiceState: noFields,
  msync: noFields,
  getStoragePolicies: noFields,
  getErasureCodingPolicies: noFields,
  getDataEncryptionKey: noFields,
  getSnapshottableDirListing: noFields,
  listCorruptFileBlocks: withPath,

  setSafeMode: () => ({ action: SafeModeActionProto.SAFEMODE_LEAVE }),
  rollingUpgrade: () => ({ action: RollingUpgradeActionProto.QUERY }),
  refreshNodes: noFields,
  setBalancerBandwidth: () => ({ bandwidth: 100 << 20 }),
};

export const NAMENODE_SAMPLES: Samples<typeof NamenodeTable> = {
  getBlocks: () => ({ datanode: NODE, size: 1 }),
  getBlockKeys: noFields,
  getTransactionId: noFields,
  getMostRecentCheckpointTxId: noFields,
  isUpgradeFinalized: noFields,
  isRollingUpgrade: noFields,
  versionRequest: noFields,
};

export const DATANODE_SAMPLES: Samples<typeof DatanodeTable> = {
  versionRequest: noFields,
  registerDatanode: () => ({ registration: REGISTRATION }),
  sendHeartbeat: () => ({ registration: REGISTRATION, reports: [], slowPeers: [], slowDisks: [] }),
  blockReport: () => ({ registration: REGISTRATION, blockPoolId: 'BP-1', reports: [] }),
  blockReceivedAndDeleted: () => ({ registration: REGISTRATION, blockPoolId: 'BP-1', blocks: [] }),
  cacheReport: () => ({ registration: REGISTRATION, blockPoolId: 'BP-1', blocks: [] }),
  errorReport: () => ({ registartion: REGISTRATION, errorCode: 0, msg: 'a test' }),
  reportBadBlocks: () => ({ blocks: [] }),
  commitBlockSynchronization: () => ({
    block: BLOCK,
    newGenStamp: 2,
    newLength: 1,
    closeFile: false,
    deleteBlock: false,
    newTaragets: [],
    newTargetStorages: [],
  }),
};

export const USER_MAPPINGS_SAMPLES: Samples<typeof GetUserMappings> = {
  getGroupsForUser: () => ({ user: 'owner' }),
};
