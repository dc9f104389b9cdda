/** The distance between a TaskTracker and the input of a map task. */

import type { JobCounterName } from '../../job/counter-names.ts';
import type { InputSplit } from '../../job/input-split.ts';

/** Hadoop's NodeType, the nearest first. */
export const LOCALITIES = ['NODE_LOCAL', 'RACK_LOCAL', 'OFF_SWITCH'] as const;
export type Locality = (typeof LOCALITIES)[number];

/** Hadoop's NetworkTopology.DEFAULT_RACK: the rack of every host that no table names. */
const DEFAULT_RACK = '/default-rack';

const COUNTERS: Readonly<Record<Locality, JobCounterName>> = {
  NODE_LOCAL: 'DATA_LOCAL_MAPS',
  RACK_LOCAL: 'RACK_LOCAL_MAPS',
  OFF_SWITCH: 'OTHER_LOCAL_MAPS',
};

/** Waiting times in milliseconds. */
export interface LocalityDelays {
  /** For a slot on a node with a replica: yarn.scheduler.fair.locality-delay-node-ms. */
  readonly nodeMs: number;
  /** After that, for a slot on a rack with a replica: yarn.scheduler.fair.locality-delay-rack-ms. */
  readonly rackMs: number;
}

/** The place of a TaskTracker. */
export interface Place {
  readonly host: string;
  readonly dataNode?: string;
  readonly rack?: string;
}

/**
 * Compares the DataNode beside the tracker, by `ip:port`, so that several DataNodes on one host are told apart. Compares
 * host names if the tracker knows no DataNode. A split without hosts is near no tracker.
 */
export function localityOf(split: InputSplit | undefined, place: Place): Locality {
  if (!split || split.kind === 'range') return 'OFF_SWITCH';
  const { hosts = [], names = [], racks = [DEFAULT_RACK] } = split;
  const { dataNode, host, rack = DEFAULT_RACK } = place;
  const isBeside = dataNode !== undefined && names.length > 0 ? names.includes(dataNode) : hosts.includes(host);
  if (isBeside) return 'NODE_LOCAL';
  return hosts.length > 0 && racks.includes(rack) ? 'RACK_LOCAL' : 'OFF_SWITCH';
}

/** Whether one distance is no longer than another. */
export const isWithin = (locality: Locality, limit: Locality): boolean =>
  LOCALITIES.indexOf(locality) <= LOCALITIES.indexOf(limit);

/** Returns the counter of a map's launch (Hadoop: RMContainerAllocator.assignMapsWithLocality). */
export const localityCounter = (split: InputSplit | undefined, place: Place): JobCounterName =>
  COUNTERS[localityOf(split, place)];
