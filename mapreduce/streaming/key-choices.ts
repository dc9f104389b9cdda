/** The partitioner and the order of keys that a streaming job's properties choose. Pure. */
import type { JobConfiguration } from '../job/job-configuration.ts';
import { COMPARATORS, PARTITIONERS, wordFor } from './class-names.ts';
import { firstFields, type KeySpec, parseKeySpec } from './key-fields.ts';
import { compareByFields, hashPartition, partitionByFields } from './key-order.ts';
import type { Datum, Kind } from './kinds.ts';
import { COMPARATOR, GROUP_COMPARATOR, PARTITIONER } from './stream-properties.ts';

const FIRST_FIELDS = 'num.key.fields.for.partition';

const separatorOf = (conf: JobConfiguration): string => conf.get('mapreduce.map.output.key.field.separator', '\t');

/** @throws Error for a class that Calf does not have; the client has refused it */
export function partitionOf(conf: JobConfiguration, kind: Kind): (key: Datum, reducers: number) => number {
  const className = conf.get(PARTITIONER, 'HashPartitioner');
  switch (wordFor(PARTITIONERS, className)) {
    case 'hash':
      return (key, reducers) => hashPartition(key, reducers);
    case 'fields': {
      const spec = partitionSpec(conf);
      return (key, reducers) => partitionByFields(spec, kind, key, reducers);
    }
    default:
      throw new Error(`Calf has no partitioner '${className}'`);
  }
}

function partitionSpec(conf: JobConfiguration): KeySpec {
  const separator = separatorOf(conf);
  if (conf.get(FIRST_FIELDS) !== undefined) return firstFields(conf.getNumber(FIRST_FIELDS, 0), separator);
  return parseKeySpec(conf.get('mapreduce.partition.keypartitioner.options', ''), separator);
}

/** Returns undefined for the order of bytes. @throws Error for a class that Calf does not have */
export function compareOf(conf: JobConfiguration): ((a: Datum, b: Datum) => number) | undefined {
  return compareNamed(conf, conf.get(COMPARATOR, 'org.apache.hadoop.io.Text$Comparator'));
}

function compareNamed(conf: JobConfiguration, className: string): ((a: Datum, b: Datum) => number) | undefined {
  switch (wordFor(COMPARATORS, className)) {
    case 'bytes':
      return undefined;
    case 'fields': {
      const options = conf.get('mapreduce.partition.keycomparator.options', '');
      const compare = compareByFields(parseKeySpec(options, separatorOf(conf)));
      return (a, b) => compare(a as Buffer, b as Buffer);
    }
    default:
      throw new Error(`Calf has no comparator '${className}'`);
  }
}

/**
 * Returns a number for each group of neighbouring keys that the grouping comparator finds equal; undefined if it is the
 * comparator of the order. Both have the same options, as in Hadoop.
 * @throws Error for a class that Calf does not have
 */
export function groupOf(conf: JobConfiguration): ((key: Datum) => number) | undefined {
  const className = conf.get(GROUP_COMPARATOR);
  if (className === undefined || className === conf.get(COMPARATOR)) return undefined;
  const compare = compareNamed(conf, className) ?? ((a, b) => (a as Buffer).compare(b as Buffer));
  let group = 0;
  let first: Datum | undefined;
  return (key) => {
    if (first === undefined || compare(first, key) !== 0) {
      group++;
      first = Buffer.from(key as Buffer);
    }
    return group;
  };
}
