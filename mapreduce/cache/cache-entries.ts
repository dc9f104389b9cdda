/**
 * The distributed cache as the properties of a job name it: files and archives that every tracker brings to the tasks.
 * The names of the properties are those of Hadoop's MRJobConfig.
 */
import type { Configuration } from '../../conf/configuration.ts';
import { baseName } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';

export type CacheKind = 'file' | 'archive';

/** A file or an archive in a file system that all trackers reach. */
export interface CacheEntry {
  readonly kind: CacheKind;
  /** The link's path below the working directory: the URI's fragment, or the file's own name. */
  readonly name: string;
  /** URI without fragment, such as `hdfs://host:port/data/stop.json`. */
  readonly uri: string;
  /** Length in bytes when the job was submitted; 0 for a directory. */
  readonly size: number;
  /** Milliseconds since the epoch, when the job was submitted. */
  readonly modificationTimeMs: number;
}

/** The properties of one kind. Each value is a list with commas; the lists have the same length. */
export interface CacheProperties {
  readonly uris: string;
  readonly sizes: string;
  readonly timestamps: string;
  /** Is set for tasks: the paths of the local copies. */
  readonly local: string;
  /** The property in which the command line leaves the value of -files or -archives. */
  readonly option: string;
}

export const CACHE_PROPERTIES: Readonly<Record<CacheKind, CacheProperties>> = {
  file: {
    uris: 'mapreduce.job.cache.files',
    sizes: 'mapreduce.job.cache.files.filesizes',
    timestamps: 'mapreduce.job.cache.files.timestamps',
    local: 'mapreduce.job.cache.local.files',
    option: 'tmpfiles',
  },
  archive: {
    uris: 'mapreduce.job.cache.archives',
    sizes: 'mapreduce.job.cache.archives.filesizes',
    timestamps: 'mapreduce.job.cache.archives.timestamps',
    local: 'mapreduce.job.cache.local.archives',
    option: 'tmparchives',
  },
};

export const CACHE_KINDS = ['file', 'archive'] as const;

/** Returns the items of a list with commas; none for a property that is not set. */
export function listOf(conf: Configuration, name: string): string[] {
  const text = conf.getRaw(name)?.trim() ?? '';
  return text === '' ? [] : text.split(',').map((item) => item.trim());
}

/** Splits `URI#name`. Without a fragment, the link has the file's own name. */
export function splitFragment(text: string): { readonly uri: string; readonly name: string } {
  const at = text.indexOf('#');
  const uri = (at < 0 ? text : text.slice(0, at)).replace(/(?<=[^/:])\/+$/, '');
  return { uri, name: at < 0 ? baseName(uri) : text.slice(at + 1) };
}

/**
 * Returns the cache of a job that was submitted; empty for most jobs.
 * @throws IllegalArgumentException if the lists have different lengths
 */
export function cacheEntries(conf: Configuration): CacheEntry[] {
  return CACHE_KINDS.flatMap((kind) => {
    const { uris, sizes, timestamps } = CACHE_PROPERTIES[kind];
    const texts = listOf(conf, uris);
    const lengths = listOf(conf, sizes).map(Number);
    const times = listOf(conf, timestamps).map(Number);
    if (lengths.length !== texts.length || times.length !== texts.length) {
      throw hadoopError(
        'IllegalArgumentException',
        `Invalid specification for distributed-cache artifacts: ${uris} has ${texts.length} items, ` +
          `${timestamps} ${times.length} and ${sizes} ${lengths.length}`,
      );
    }
    return texts.map((text, i) => ({
      kind,
      ...splitFragment(text),
      size: lengths[i] ?? 0,
      modificationTimeMs: times[i] ?? 0,
    }));
  });
}

/**
 * Checks the names of the links of a job.
 * @throws InvalidJobConfException for two resources with one name (Hadoop: LocalResourceBuilder), and
 * IllegalArgumentException for a name that leads out of the working directory
 */
export function checkNames(entries: readonly Pick<CacheEntry, 'kind' | 'name' | 'uri'>[]): void {
  const seen = new Map<string, Pick<CacheEntry, 'kind' | 'uri'>>();
  for (const entry of entries) {
    const { name } = entry;
    if (name.startsWith('/')) throw hadoopError('IllegalArgumentException', `Resource name must be relative: ${name}`);
    if (name.split('/').some((part) => part === '' || part === '.' || part === '..')) {
      throw hadoopError('IllegalArgumentException', `'${name}' is no name for a link to ${entry.uri}`);
    }
    const other = seen.get(name);
    if (other && (other.uri !== entry.uri || other.kind !== entry.kind)) {
      throw hadoopError('InvalidJobConfException', `${described(other)} conflicts with ${described(entry)}: ${name}`);
    }
    seen.set(name, entry);
  }
}

const described = ({ kind, uri }: Pick<CacheEntry, 'kind' | 'uri'>): string =>
  `cache ${kind} (${CACHE_PROPERTIES[kind].uris}) ${uri}`;
