/** The options of a copy (Hadoop: DistCpOptions), and the rules that say which of them go together. Pure. */
import { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { ACLS_NOT_SUPPORTED, XATTRS_NOT_SUPPORTED } from './failures.ts';

/** The letters of -p (Hadoop: DistCpOptions.FileAttribute), without those that Calf has no file system for. */
const ATTRIBUTES = ['r', 'b', 'u', 'g', 'p', 'c', 't'] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** -p without letters. */
export const DEFAULT_ATTRIBUTES: readonly Attribute[] = ATTRIBUTES;

/** Most directories that are listed at once. */
const LIST_THREADS_MAX = 40;

export type Strategy = 'uniformsize' | 'dynamic';

export interface DistCpOptions {
  /** Paths or patterns, as typed. Empty if `sourceListing` is set. */
  readonly sources: readonly string[];
  /** -f: file with one source a line. */
  readonly sourceListing?: string | undefined;
  readonly target: string;
  /** -update: a file is copied if its copy differs. */
  readonly update: boolean;
  readonly overwrite: boolean;
  /** -delete: files of the target that the source lacks are deleted. */
  readonly deleteMissing: boolean;
  /** -append: a file that has grown is appended to its copy. */
  readonly append: boolean;
  readonly preserve: readonly Attribute[];
  /** -m. */
  readonly maps: number;
  readonly atomic: boolean;
  /** -tmp: directory of the work directory of -atomic. */
  readonly workPath?: string | undefined;
  /** -i: files that can't be read are counted and left out. */
  readonly ignoreFailures: boolean;
  readonly logPath?: string | undefined;
  /** -v. */
  readonly verbose: boolean;
  /** -bandwidth: MiB a second of each map. */
  readonly bandwidthMb: number;
  /** -filters: local file of regular expressions. */
  readonly filtersFile?: string | undefined;
  readonly skipCrc: boolean;
  /** -direct: files are written at their place. */
  readonly direct: boolean;
  /** -async: the command ends when the job is submitted. */
  readonly async: boolean;
  readonly strategy: Strategy;
  /** -numListstatusThreads; at least 1. */
  readonly listThreads: number;
  /** -updateRoot: the target gets the attributes of the source directory, with -update and -overwrite too. */
  readonly updateRoot: boolean;
}

/** @throws IllegalArgumentException for options that exclude each other (DistCpOptions.Builder.validate) */
export function checkOptions(options: DistCpOptions): void {
  const { update, overwrite, append, atomic, deleteMissing } = options;
  if (!atomic && options.workPath !== undefined) refuse('-tmp work-path can only be specified along with -atomic');
  if (update && atomic) refuse("Atomic commit can't be used with sync folder or overwrite options");
  if (deleteMissing && !update && !overwrite) {
    refuse('Delete missing is applicable only with update or overwrite options');
  }
  if (overwrite && update) refuse('Overwrite and update options are mutually exclusive');
  if (append && !update) refuse('Append is valid only with update options');
  if (append && options.skipCrc) refuse('Append is disallowed when skipping CRC');
  if (options.verbose && options.logPath === undefined) refuse('-v is valid only with -log option');
}

/** Letters of Hadoop that no file system of Calf has, with the class of the refusal. */
const MISSING: Readonly<Record<string, readonly [javaClass: string, what: string]>> = {
  a: [ACLS_NOT_SUPPORTED, 'ACLs'],
  x: [XATTRS_NOT_SUPPORTED, 'XAttrs'],
  e: ['java.lang.UnsupportedOperationException', 'Erasure coding policies'],
};

/** Returns the attributes of letters in any case, each once. @throws HadoopError for any other letter */
export function attributesOf(letters: string): Attribute[] {
  const found = new Set<Attribute>();
  for (const letter of letters.toLowerCase()) {
    const attribute = ATTRIBUTES.find((known) => known === letter);
    const missing = MISSING[letter];
    if (missing) throw new HadoopError(missing[0], `${missing[1]} are not supported: leave '${letter}' out of -p`);
    if (attribute === undefined) {
      throw new HadoopError('java.util.NoSuchElementException', `No attribute for ${letter}`);
    }
    found.add(attribute);
  }
  return [...found];
}

export const listThreadsOf = (wanted: number): number => Math.min(Math.max(wanted, 1), LIST_THREADS_MAX);

function refuse(message: string): never {
  throw hadoopError('IllegalArgumentException', message);
}
