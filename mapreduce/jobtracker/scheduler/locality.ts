/** The distance between a TaskTracker and the input of a map task. */

import type { JobCounterName } from '../../job/counter-names.ts';
import type { InputSplit } from '../../job/input-split.ts';

export type Locality = 'DATA_LOCAL' | 'ANY';

export interface Place {
  readonly host: string;
  readonly dataNode?: string;
}

/**
 * Compares the DataNode beside the tracker, by `ip:port`, so that several DataNodes on one host are told apart. Compares
 * host names if the tracker knows no DataNode.
 */
export function localityOf(split: InputSplit | undefined, place: Place): Locality {
  if (split?.kind !== 'file') return 'ANY';
  const { dataNode, host } = place;
  if (dataNode !== undefined && split.names.length > 0) return split.names.includes(dataNode) ? 'DATA_LOCAL' : 'ANY';
  return split.hosts.includes(host) ? 'DATA_LOCAL' : 'ANY';
}

/** Returns the counter of a map's launch. As Hadoop, a map whose input lies on no host counts as "other local". */
export function localityCounter(split: InputSplit | undefined, place: Place): JobCounterName | undefined {
  if (split?.kind !== 'file' || split.hosts.length === 0) return 'OTHER_LOCAL_MAPS';
  return localityOf(split, place) === 'DATA_LOCAL' ? 'DATA_LOCAL_MAPS' : undefined;
}
