/** Loads the job that a task runs. */
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { type AnyJob, isJob } from '../api/api.ts';
import { DISTCP, distCpExports } from '../distcp/distcp-exports.ts';
import { loadExample } from '../examples/index.ts';
import { readAll } from '../files/file-content.ts';
import type { FileSystems } from '../files/file-systems.ts';
import { instantiate, type JobExports } from '../files/job-bundle.ts';
import { packagesBeside } from '../files/staging.ts';
import type { JobCode } from '../job/messages.ts';
import { STREAMING, streamingExports } from '../streaming/streaming-exports.ts';
import { givenJob } from './given-jobs.ts';

type BundleCode = Extract<JobCode, { kind: 'bundle' }>;

/**
 * Loads a job. Each attempt gets a new instance of a user's module, so that variables of the module do not carry over from
 * one task to the next. The bundle, and the packages beside it, are kept in `directory` for the job's other tasks.
 * @throws Error if the module does not export the job
 */
export async function loadJob(
  code: JobCode,
  attemptId: string,
  fileSystems: FileSystems,
  directory: string,
  conf: Configuration,
): Promise<AnyJob> {
  const module =
    code.kind === 'builtin'
      ? await loadBuiltin(code.example, conf)
      : await loadBundle(code, new JobFiles(directory, fileSystems, attemptId));
  const job = module[code.exportName];
  if (isJob(job)) return job;
  throw new Error(`The export '${code.exportName}' is not a job: make it one with job({ … })`);
}

/** Returns the module of a job of this process or of an example; or that of streaming or distcp, made of the job's properties. */
async function loadBuiltin(name: string, conf: Configuration): Promise<JobExports> {
  const given = givenJob(name);
  if (given) return { default: given };
  if (name === STREAMING) return await streamingExports(conf);
  return name === DISTCP ? await distCpExports(conf) : await loadExample(name);
}

async function loadBundle({ uri, packages }: BundleCode, files: JobFiles): Promise<JobExports> {
  // The bundle comes last: where it is, the packages are.
  if (packages) await files.bring(packagesBeside(uri), 'node_modules', files.unpacked);
  const file = await files.bring(uri, 'job.mjs', files.written);
  return await instantiate(file, createRequire(file));
}

/** The files of a job that its tasks need to be loaded. */
class JobFiles {
  readonly #directory: string;
  readonly #fileSystems: FileSystems;
  readonly #unique: string;

  constructor(directory: string, fileSystems: FileSystems, unique: string) {
    this.#directory = directory;
    this.#fileSystems = fileSystems;
    this.#unique = unique;
  }

  /** Brings a staged file to its place in the job's directory, unless it is there. Returns the place. */
  async bring(uri: string, name: string, put: (bytes: Buffer, place: string) => Promise<void>): Promise<string> {
    const place = path.join(this.#directory, name);
    if (fs.existsSync(place)) return place;
    const { fs: source, path: from } = this.#fileSystems.qualify(uri);
    const bytes = await readAll(source, from);
    await fs.promises.mkdir(this.#directory, { recursive: true });
    // Another process may bring the same file at this moment: each makes its own, and renames it.
    const partial = `${place}.${this.#unique}`;
    await put(bytes, partial);
    try {
      await fs.promises.rename(partial, place);
    } catch (e) {
      // A directory replaces none that the other process has filled.
      if (!fs.existsSync(place)) throw e;
      await fs.promises.rm(partial, { recursive: true });
    }
    return place;
  }

  readonly written = async (bytes: Buffer, place: string): Promise<void> => {
    await fs.promises.writeFile(place, bytes);
  };

  readonly unpacked = async (bytes: Buffer, place: string): Promise<void> => {
    const { unpack } = await import('../cache/unpack.ts');
    const [packed, whole] = [`${place}.tgz`, `${place}.whole`];
    await fs.promises.writeFile(packed, bytes);
    await fs.promises.mkdir(whole);
    await unpack(packed, whole);
    await fs.promises.rename(path.join(whole, 'node_modules'), place);
    await fs.promises.rm(whole, { recursive: true });
    await fs.promises.rm(packed);
  };
}
