/**
 * The methods of ClientProtocol for features that Calf does not have. A question about such a feature is answered as on
 * a Hadoop cluster where the feature is switched off; every other method is not supported. A feature that comes gets a
 * table of its own.
 */
import type * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { DEFAULT_STORAGE_POLICY, STORAGE_POLICIES } from '../blocks/redundancy/storage-policies.ts';
import type { ClientContext } from './context/client-context.ts';
import { empty, type MethodTable, NOT_SUPPORTED } from './context/method-table.ts';

const storagePolicies = {
  getStoragePolicies: () => ({ policies: [...STORAGE_POLICIES] }),
  getStoragePolicy: async (context, { path }, call) => {
    if (!(await context.isReadable(call, path))) {
      throw hadoopError('FileNotFoundException', `File/Directory does not exist: ${path}`);
    }
    return { storagePolicy: DEFAULT_STORAGE_POLICY };
  },
  setStoragePolicy: NOT_SUPPORTED,
  unsetStoragePolicy: NOT_SUPPORTED,
  satisfyStoragePolicy: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const erasureCoding = {
  getErasureCodingPolicies: () => ({ ecPolicies: [] }),
  getErasureCodingPolicy: async (context, { src: path }, call) => {
    if (!(await context.isReadable(call, path))) throw hadoopError('FileNotFoundException', `Path not found: ${path}`);
    return {};
  },
  getErasureCodingCodecs: NOT_SUPPORTED,
  getECTopologyResultForPolicies: NOT_SUPPORTED,
  setErasureCodingPolicy: NOT_SUPPORTED,
  unsetErasureCodingPolicy: NOT_SUPPORTED,
  addErasureCodingPolicies: NOT_SUPPORTED,
  removeErasureCodingPolicy: NOT_SUPPORTED,
  enableErasureCodingPolicy: NOT_SUPPORTED,
  disableErasureCodingPolicy: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const encryption = {
  getDataEncryptionKey: empty,
  getEZForPath: async (context, { src: path }, call) => {
    await context.isReadable(call, path);
    return {};
  },
  createEncryptionZone: NOT_SUPPORTED,
  listEncryptionZones: NOT_SUPPORTED,
  reencryptEncryptionZone: NOT_SUPPORTED,
  listReencryptionStatus: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const snapshots = {
  getSnapshottableDirListing: empty,
  allowSnapshot: NOT_SUPPORTED,
  disallowSnapshot: NOT_SUPPORTED,
  createSnapshot: NOT_SUPPORTED,
  renameSnapshot: NOT_SUPPORTED,
  deleteSnapshot: NOT_SUPPORTED,
  getSnapshotListing: NOT_SUPPORTED,
  getSnapshotDiffReport: NOT_SUPPORTED,
  getSnapshotDiffReportListing: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const acls = {
  getAclStatus: NOT_SUPPORTED,
  setAcl: NOT_SUPPORTED,
  modifyAclEntries: NOT_SUPPORTED,
  removeAclEntries: NOT_SUPPORTED,
  removeDefaultAcl: NOT_SUPPORTED,
  removeAcl: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const extendedAttributes = {
  getXAttrs: NOT_SUPPORTED,
  listXAttrs: NOT_SUPPORTED,
  setXAttr: NOT_SUPPORTED,
  removeXAttr: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const quotas = {
  setQuota: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const caching = {
  addCachePool: NOT_SUPPORTED,
  modifyCachePool: NOT_SUPPORTED,
  removeCachePool: NOT_SUPPORTED,
  listCachePools: NOT_SUPPORTED,
  addCacheDirective: NOT_SUPPORTED,
  modifyCacheDirective: NOT_SUPPORTED,
  removeCacheDirective: NOT_SUPPORTED,
  listCacheDirectives: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const delegationTokens = {
  getDelegationToken: NOT_SUPPORTED,
  renewDelegationToken: NOT_SUPPORTED,
  cancelDelegationToken: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

const inotify = {
  getCurrentEditLogTxid: NOT_SUPPORTED,
  getEditsFromTxid: NOT_SUPPORTED,
} satisfies MethodTable<typeof ClientNamenode, ClientContext>;

export const clientFeatures = {
  ...storagePolicies,
  ...erasureCoding,
  ...encryption,
  ...snapshots,
  ...acls,
  ...extendedAttributes,
  ...quotas,
  ...caching,
  ...delegationTokens,
  ...inotify,
};
