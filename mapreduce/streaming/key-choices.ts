/** The partitioner and the order of keys that a streaming job's properties choose. Pure. */
import type { JobConfiguration } from '../job/job-configuration.ts';
import { COMPARATORS, PARTITIONERS, wordFor } from './class-names.ts';
import { firstFields, type KeySpec, parseKeySpec } from './key-fields.ts';
import { compareByFields, hashPartition, partitionByFields } from './key-order.ts';
import type { Datum, Kind } from './kinds.ts';
import { COMPARATOR, PARTITIONER } from './stream-properties.ts';

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
  const className = conf.get(COMPARATOR, 'org.apache.hadoop.io.Text$Comparator');
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
