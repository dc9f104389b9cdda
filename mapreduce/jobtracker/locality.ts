import type { InputSplit } from '../formats/format.ts';
import type { JobCounterName } from '../job/counter-names.ts';

export type Locality = 'DATA_LOCAL' | 'ANY';

export interface Place {
  readonly host: string;
  readonly dataNode?: string;
}

/**
 * How near a tracker is to a split. A tracker that knows its DataNode goes by `ip:port`, so that several DataNodes on
 * one host are told apart; others go by host.
 */
export function localityOf(split: InputSplit | undefined, place: Place): Locality {
  if (split?.kind !== 'file') return 'ANY';
  const { dataNode, host } = place;
  if (dataNode !== undefined && split.names.length > 0) return split.names.includes(dataNode) ? 'DATA_LOCAL' : 'ANY';
  return split.hosts.includes(host) ? 'DATA_LOCAL' : 'ANY';
}

/** Hadoop counts maps whose input has no place as "other local". */
export function localityCounter(split: InputSplit | undefined, place: Place): JobCounterName | undefined {
  if (split?.kind !== 'file' || split.hosts.length === 0) return 'OTHER_LOCAL_MAPS';
  return localityOf(split, place) === 'DATA_LOCAL' ? 'DATA_LOCAL_MAPS' : undefined;
}
