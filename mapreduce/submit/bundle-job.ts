/** Bundles the file of a job, so that it runs where none of its packages is installed. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { distDir } from '../../runtime/dist.ts';
import { errorOf } from '../../runtime/errors.ts';
import { BUNDLE_BEGIN, BUNDLE_END, bundleEntry, instantiate, type JobExports } from '../files/job-bundle.ts';
import { NativePackages } from './native-packages.ts';
import { typeErrors } from './type-check.ts';

/** The property that turns the check of types off. */
const TYPE_CHECK = 'calf.job.type-check';

/** Thrown for a job file that does not compile or does not load; the message gives the place and the reason. */
export class JobFileError extends Error {
  override readonly name = 'JobFileError';
}

export interface JobBundle {
  readonly code: Uint8Array;
  /** A packed `node_modules` with the packages that can't be a part of the bundle. */
  readonly packages: Uint8Array | undefined;
  /** The exports of the bundle, loaded into this process. */
  readonly exports: JobExports;
}

/** Global functions of the bundle and the functions that it calls in their place. */
const TIMERS = Object.fromEntries(
  ['setTimeout', 'setInterval', 'setImmediate'].map((name) => [name, `__calfTimers.${name}`]),
);

/**
 * Bundles a job file with all that it imports into one module, and loads that module. The name `calf` stands for the job
 * API of this program, so a job file needs no package beside it.
 * @param checksTypes whether a TypeScript file is checked first, where a TypeScript compiler is installed beside it
 * @throws JobFileError
 */
export async function bundleJob(file: string, checksTypes: boolean): Promise<JobBundle> {
  if (!fs.existsSync(file)) throw new JobFileError(`JAR does not exist or is not a normal file: ${path.resolve(file)}`);
  const native = new NativePackages();
  const [code] = await Promise.all([bundle(file, native), checksTypes ? checkTypes(file) : undefined]);
  return { code, packages: await native.pack(), exports: await load(code, file, native) };
}

async function checkTypes(file: string): Promise<void> {
  const errors = await typeErrors(file, apiTypes());
  if (errors === '') return;
  const remedy = `Mend the types, or run the file as it is with -D ${TYPE_CHECK}=false`;
  throw new JobFileError(`${errors}\n${remedy}`);
}

async function bundle(file: string, native: NativePackages): Promise<Uint8Array> {
  const esbuild = await import('esbuild');
  let code: Uint8Array | undefined;
  try {
    const result = await esbuild.build({
      stdin: { contents: bundleEntry(path.resolve(file)), resolveDir: path.dirname(path.resolve(file)) },
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      // The bundle runs in another directory; stack traces name the user's own files.
      sourceRoot: `${pathToFileURL(process.cwd()).href}/`,
      banner: { js: BUNDLE_BEGIN },
      footer: { js: BUNDLE_END },
      plugins: [native.plugin()],
      logLevel: 'silent',
      define: TIMERS,
      alias: { calf: apiModule() },
    });
    code = result.outputFiles[0]?.contents;
  } catch (e) {
    if (!isBuildFailure(e)) throw e;
    const messages = await esbuild.formatMessages(e.errors, { kind: 'error' });
    throw new JobFileError(messages.join('').trim(), { cause: e });
  }
  if (!code) throw new JobFileError(`${file}: the bundler gave nothing`);
  return code;
}

async function load(code: Uint8Array, file: string, native: NativePackages): Promise<JobExports> {
  const directory = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'calf-job-'));
  try {
    const module = path.join(directory, 'job.mjs');
    await fs.promises.writeFile(module, code);
    return await instantiate(module, native.require(file));
  } catch (e) {
    throw new JobFileError(`${file}: ${errorOf(e).stack}`, { cause: e });
  } finally {
    await fs.promises.rm(directory, { recursive: true, force: true });
  }
}

/** Returns the path of the job API's types: those of the sources, or of the build. */
function apiTypes(): string {
  const source = apiModule();
  return source.endsWith('.ts') ? source : path.join(distDir(), 'types/mapreduce/api/api.d.ts');
}

/** Returns the path of the job API: `api.ts` in the sources, `dist/api.js` in the build. */
function apiModule(): string {
  const source = path.join(path.dirname(fileURLToPath(import.meta.url)), '../api/api.ts');
  return fs.existsSync(source) ? source : path.join(distDir(), 'api.js');
}

function isBuildFailure(e: unknown): e is import('esbuild').BuildFailure {
  return e instanceof Error && 'errors' in e && Array.isArray(e.errors);
}
