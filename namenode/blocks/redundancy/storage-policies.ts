/** The storage policies of Hadoop. */
import { type BlockStoragePolicyProto, StorageTypeProto as T } from '../../../protocol/gen/messages.ts';

type Types = readonly T[];

function policy(policyId: number, name: string, creation: Types, onCreate: Types, onReplicate: Types) {
  return {
    policyId,
    name,
    creationPolicy: { storageTypes: [...creation] },
    creationFallbackPolicy: onCreate.length > 0 ? { storageTypes: [...onCreate] } : undefined,
    replicationFallbackPolicy: onReplicate.length > 0 ? { storageTypes: [...onReplicate] } : undefined,
  } satisfies BlockStoragePolicyProto;
}

/**
 * The policies of BlockStoragePolicySuite by id: the storage types for the replicas of a file, and the types to use if
 * those are full.
 */
export const STORAGE_POLICIES: readonly BlockStoragePolicyProto[] = [
  policy(1, 'PROVIDED', [T.PROVIDED, T.DISK], [T.PROVIDED, T.DISK], [T.PROVIDED, T.DISK]),
  policy(2, 'COLD', [T.ARCHIVE], [], []),
  policy(5, 'WARM', [T.DISK, T.ARCHIVE], [T.DISK, T.ARCHIVE], [T.DISK, T.ARCHIVE]),
  policy(7, 'HOT', [T.DISK], [], [T.ARCHIVE]),
  policy(10, 'ONE_SSD', [T.SSD, T.DISK], [T.SSD, T.DISK], [T.SSD, T.DISK]),
  policy(12, 'ALL_SSD', [T.SSD], [T.DISK], [T.DISK]),
  policy(14, 'ALL_NVDIMM', [T.NVDIMM], [T.DISK], [T.DISK]),
  policy(15, 'LAZY_PERSIST', [T.RAM_DISK, T.DISK], [T.DISK], [T.DISK]),
];

/** The policy of files and directories that have none of their own. */
export const DEFAULT_STORAGE_POLICY: BlockStoragePolicyProto = policy(7, 'HOT', [T.DISK], [], [T.ARCHIVE]);
