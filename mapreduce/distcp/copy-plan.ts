/** The part of a copy that its tasks need: properties of the job, under the names of Hadoop's DistCpConstants. */
import type { JobConfiguration } from '../job/job-configuration.ts';
import { type Attribute, attributesOf, type DistCpOptions } from './options.ts';

export interface CopyPlan {
  readonly update: boolean;
  readonly overwrite: boolean;
  readonly append: boolean;
  readonly deleteMissing: boolean;
  readonly ignoreFailures: boolean;
  readonly skipCrc: boolean;
  readonly direct: boolean;
  readonly atomic: boolean;
  readonly verbose: boolean;
  readonly updateRoot: boolean;
  readonly preserve: readonly Attribute[];
  /** MiB a second of each map. */
  readonly bandwidthMb: number;
  /** Where there are no checksums to compare, a copy that is younger than its source counts as up to date. */
  readonly usesTimes: boolean;
  /** Regular expressions of -filters, of Java. */
  readonly filters: readonly string[];
  /** URI of the directory or file that the maps write: that of -atomic, else the target. */
  readonly workPath: string;
  /** URI of the target. */
  readonly finalPath: string;
  /** URI of the directory with the files of this copy. */
  readonly metaFolder: string;
  /** URI of the copy listing. */
  readonly listing: string;
  readonly logPath?: string | undefined;
  readonly maps: number;
  readonly totalBytes: number;
  readonly totalPaths: number;
}

/** Places and sizes that are known once the listing is made. */
export type CopyPlaces = Pick<CopyPlan, 'filters' | 'workPath' | 'finalPath' | 'metaFolder' | 'listing'> &
  Pick<CopyPlan, 'logPath' | 'totalBytes' | 'totalPaths'>;

/** Returns the job's properties. */
export function planProperties(options: DistCpOptions, places: CopyPlaces): Record<string, string | number | boolean> {
  return {
    'distcp.sync.folders': options.update,
    'distcp.copy.overwrite': options.overwrite,
    'distcp.copy.append': options.append,
    'distcp.delete.missing.source': options.deleteMissing,
    'distcp.ignore.failures': options.ignoreFailures,
    'distcp.skip.crc': options.skipCrc,
    'distcp.direct.write': options.direct,
    'distcp.atomic.copy': options.atomic,
    'distcp.verbose.log': options.verbose,
    'distcp.update.root.attributes': options.updateRoot,
    'distcp.preserve.status': options.preserve.join('').toUpperCase(),
    'distcp.map.bandwidth.mb': options.bandwidthMb,
    'distcp.target.work.path': places.workPath,
    'distcp.target.final.path': places.finalPath,
    'distcp.meta.folder': places.metaFolder,
    'distcp.listing.file.path': places.listing,
    'mapred.total.bytes.expected': places.totalBytes,
    'mapred.number.of.records': places.totalPaths,
    'mapreduce.job.maps': options.maps,
    'calf.distcp.filters': JSON.stringify(places.filters),
    ...(places.logPath === undefined ? {} : { 'distcp.log.path': places.logPath }),
  };
}

/** Reads the plan in a task. */
export function planOf(conf: JobConfiguration): CopyPlan {
  const flag = (name: string): boolean => conf.getBoolean(name, false);
  return {
    update: flag('distcp.sync.folders'),
    overwrite: flag('distcp.copy.overwrite'),
    append: flag('distcp.copy.append'),
    deleteMissing: flag('distcp.delete.missing.source'),
    ignoreFailures: flag('distcp.ignore.failures'),
    skipCrc: flag('distcp.skip.crc'),
    direct: flag('distcp.direct.write'),
    atomic: flag('distcp.atomic.copy'),
    verbose: flag('distcp.verbose.log'),
    updateRoot: flag('distcp.update.root.attributes'),
    preserve: attributesOf(conf.get('distcp.preserve.status', '')),
    bandwidthMb: conf.getNumber('distcp.map.bandwidth.mb', 100),
    usesTimes: conf.getBoolean('distcp.update.modification.time', true),
    filters: JSON.parse(conf.get('calf.distcp.filters', '[]')) as string[],
    workPath: conf.get('distcp.target.work.path', ''),
    finalPath: conf.get('distcp.target.final.path', ''),
    metaFolder: conf.get('distcp.meta.folder', ''),
    listing: conf.get('distcp.listing.file.path', ''),
    logPath: conf.get('distcp.log.path'),
    maps: conf.getNumber('mapreduce.job.maps', 1),
    totalBytes: conf.getNumber('mapred.total.bytes.expected', 0),
    totalPaths: conf.getNumber('mapred.number.of.records', 0),
  };
}
