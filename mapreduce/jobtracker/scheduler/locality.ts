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
  const { hosts, names } = hostsOf(split);
  const { dataNode, host } = place;
  if (dataNode !== undefined && names.length > 0) return names.includes(dataNode) ? 'DATA_LOCAL' : 'ANY';
  return hosts.includes(host) ? 'DATA_LOCAL' : 'ANY';
}

/** Returns the counter of a map's launch. As Hadoop, a map whose input lies on no host counts as "other local". */
export function localityCounter(split: InputSplit | undefined, place: Place): JobCounterName | undefined {
  if (hostsOf(split).hosts.length === 0) return 'OTHER_LOCAL_MAPS';
  return localityOf(split, place) === 'DATA_LOCAL' ? 'DATA_LOCAL_MAPS' : undefined;
}

/** Returns the hosts of a split and, as `ip:port`, its DataNodes. */
function hostsOf(split: InputSplit | undefined): {
  readonly hosts: readonly string[];
  readonly names: readonly string[];
} {
  if (!split || split.kind === 'range') return { hosts: [], names: [] };
  const { hosts = [], names = [] } = split;
  return { hosts, names };
}
