/** Lists the files of a copy, submits its job and follows it (Hadoop: DistCp). */
import fs from 'node:fs/promises';
import { type Configuration, currentUser } from '../../conf/configuration.ts';
import { isJob } from '../../mapreduce/api/api.ts';
import { deleteTemporary } from '../../mapreduce/distcp/copy-committer.ts';
import { type CopyFilter, copyFilter, filterLines } from '../../mapreduce/distcp/copy-filter.ts';
import { findSources, findTarget, listSources, type Source, type Target } from '../../mapreduce/distcp/copy-listing.ts';
import { type CopyPlaces, planProperties } from '../../mapreduce/distcp/copy-plan.ts';
import { DISTCP, distCpExports } from '../../mapreduce/distcp/distcp-exports.ts';
import { ListingWriter } from '../../mapreduce/distcp/listing-file.ts';
import type { DistCpOptions } from '../../mapreduce/distcp/options.ts';
import { jobService } from '../../mapreduce/engines/job-client.ts';
import { PatientService } from '../../mapreduce/engines/patient-service.ts';
import { readAll } from '../../mapreduce/files/file-content.ts';
import { FileSystems, type QualifiedPath, uriOf } from '../../mapreduce/files/file-systems.ts';
import { makeStaging, stagingDirectory } from '../../mapreduce/files/staging.ts';
import { RemoteJobService } from '../../mapreduce/job/job-service.ts';
import { type JobConsole, JobFileRunner } from '../../mapreduce/submit/job-program.ts';
import { baseName, joinPath, parentPath } from '../../protocol/path.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { systemClock, systemRandom } from '../../runtime/runtime.ts';

const LOGGER = 'tools.DistCp';
const NUMBERS = 2 ** 31;

/** One copy. Its owner calls findTarget(), then run(), then close(). */
export class DistCpClient {
  readonly #conf: Configuration;
  readonly #options: DistCpOptions;
  readonly #console: JobConsole;
  readonly #fileSystems: FileSystems;
  #target: Target | undefined;

  constructor(conf: Configuration, options: DistCpOptions, console: JobConsole) {
    this.#conf = conf;
    this.#options = options;
    this.#console = console;
    this.#fileSystems = new FileSystems(conf);
  }

  /** Looks at the target as it is before the copy. @throws HadoopError for a file system that Calf does not have */
  async findTarget(): Promise<void> {
    this.#target = await findTarget(this.#fileSystems, this.#options.target);
  }

  /** Returns when the copy is done; with -async, when its job is submitted. @throws HadoopError for a copy that fails */
  async run(): Promise<void> {
    const target = this.#target;
    if (!target) throw new Error('run() comes after findTarget()');
    const meta = await this.#makeMetaFolder();
    let runsOn = false;
    try {
      const places = await this.#list(target, meta);
      runsOn = await this.#runJob(places);
    } finally {
      // The job's last act is to delete the folder: this is for all other ends.
      if (!runsOn) await meta.fs.delete(meta.path, true);
    }
  }

  async close(): Promise<void> {
    await this.#fileSystems[Symbol.asyncDispose]();
  }

  async #makeMetaFolder(): Promise<QualifiedPath> {
    const user = currentUser();
    const root = this.#conf.get('mapreduce.jobtracker.staging.root.dir');
    const folder = stagingDirectory(root, user, `_distcp${systemRandom.nextInt(NUMBERS)}`);
    await makeStaging(folder, user, this.#fileSystems);
    return this.#fileSystems.qualify(folder);
  }

  /** Writes the copy listing. */
  async #list(target: Target, meta: QualifiedPath): Promise<CopyPlaces> {
    const options = this.#options;
    const sources = await this.#sources(target);
    const filters = options.filtersFile === undefined ? [] : await readFilters(options.filtersFile);
    const listing = joinPath(meta.path, 'fileList');
    const { paths, directories, bytes } = await this.#write(sources, target, copyFilter(filters), {
      ...meta,
      path: listing,
    });
    this.#console.log('tools.SimpleCopyListing', `Paths (files+dirs) cnt = ${paths}; dirCnt = ${directories}`);
    this.#console.log('tools.SimpleCopyListing', 'Build file listing completed.');
    this.#console.log('tools.CopyListing', `Number of paths in the copy list: ${paths}`);
    const { logPath } = options;
    return {
      filters,
      workPath: this.#workPath(target),
      finalPath: uriOf(target.fs, target.path),
      metaFolder: meta.uri,
      listing: uriOf(meta.fs, listing),
      logPath: logPath === undefined ? undefined : this.#fileSystems.qualify(logPath).uri,
      totalBytes: bytes,
      totalPaths: paths,
    };
  }

  async #sources(target: Target): Promise<Source[]> {
    const { sourceListing } = this.#options;
    if (sourceListing === undefined) return await findSources(this.#options, target, this.#fileSystems);
    const { fs: listFs, path } = this.#fileSystems.qualify(sourceListing);
    const sources = filterLines((await readAll(listFs, path)).toString());
    if (sources.includes('')) {
      throw hadoopError('IllegalArgumentException', 'Can not create a Path from an empty string');
    }
    return await findSources({ ...this.#options, sources }, target, this.#fileSystems);
  }

  async #write(sources: readonly Source[], target: Target, filter: CopyFilter, file: QualifiedPath) {
    await using listing = await ListingWriter.create(file.fs, file.path);
    return await listSources(sources, target, this.#options, filter, (entry) => listing.write(entry));
  }

  /** Returns the target; with -atomic, the URI of a directory beside it. */
  #workPath(target: Target): string {
    const { atomic, workPath } = this.#options;
    const finalUri = uriOf(target.fs, target.path);
    if (!atomic) return finalUri;
    const parent = workPath === undefined ? undefined : this.#fileSystems.qualify(workPath);
    if (parent && parent.fs !== target.fs) {
      throw hadoopError(
        'IllegalArgumentException',
        `Work path ${parent.uri} and target path ${finalUri} are in different file system`,
      );
    }
    const name = `._WIP_${baseName(target.path)}${systemRandom.nextInt(NUMBERS)}`;
    return uriOf(target.fs, joinPath(parent?.path ?? parentPath(target.path), name));
  }

  /** Returns whether the job runs on, as with -async. @throws IOException if it fails */
  async #runJob(places: CopyPlaces): Promise<boolean> {
    const properties = { ...planProperties(this.#options, places), ...this.#jobProperties() };
    const conf = this.#conf.clone();
    for (const [name, value] of Object.entries(properties)) conf.set(name, value);
    await using plain = await jobService(conf);
    const service = PatientService.of(plain, {
      waitMsMax: conf.get('yarn.resourcemanager.connect.max-wait.ms'),
      clock: systemClock,
      tell: (message) => this.#console.log('mapreduce.Job', message),
    });
    const exports = await distCpExports(conf);
    const main = exports.default;
    if (!isJob(main)) throw new Error('The program distcp has no job');
    const file = { exports, code: { kind: 'builtin', example: DISTCP } } as const;
    const runner = new JobFileRunner(file, conf, service, this.#console);
    const jobId = await runner.submit(main, { conf: properties });
    this.#console.log(LOGGER, `DistCp job-id: ${jobId}`);
    if (this.#options.async) {
      if (plain instanceof RemoteJobService) return true;
      this.#console.log(LOGGER, 'Without a JobTracker, the job runs in this process, which waits for its end');
    }
    const { state, failureInfo } = await runner.follow(jobId);
    if (state === 'SUCCEEDED') return false;
    const { fs: workFs, path } = this.#fileSystems.qualify(places.workPath);
    if (!this.#options.direct) await deleteTemporary({ fs: workFs, path }, jobId);
    throw hadoopError('IOException', `DistCp failure: Job ${jobId} has failed: ${failureInfo}`);
  }

  #jobProperties(): Record<string, string | number | boolean> {
    const name = this.#conf.get('mapreduce.job.name');
    return {
      'mapreduce.job.name': name === '' ? 'distcp' : `distcp: ${name}`,
      'distcp.copy.strategy': this.#options.strategy,
      'mapreduce.map.speculative': false,
      'mapreduce.reduce.speculative': false,
      'mapreduce.job.reduces': 1,
      // The reduce ends the copy: it has nothing to do before.
      'mapreduce.job.reduce.slowstart.completedmaps': 1,
    };
  }
}

/** Reads the expressions of -filters. @throws IOException: Hadoop would copy all */
async function readFilters(file: string): Promise<string[]> {
  try {
    return filterLines(await fs.readFile(file, 'utf8'));
  } catch (e) {
    throw hadoopError('IOException', `Can't find filters file ${file}`, e);
  }
}
