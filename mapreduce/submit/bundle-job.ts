/** Bundles the file of a job, so that it runs where none of its packages is installed. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { distDir } from '../../runtime/dist.ts';
import { errorOf } from '../../runtime/errors.ts';
import { typeErrors } from './type-check.ts';

/** The property that turns the check of types off. */
const TYPE_CHECK = 'calf.job.type-check';

/** Thrown for a job file that does not compile or does not load; the message gives the place and the reason. */
export class JobFileError extends Error {
  override readonly name = 'JobFileError';
}

export interface JobBundle {
  readonly code: Uint8Array;
  /** The exports of the bundle, loaded into this process. */
  readonly exports: Readonly<Record<string, unknown>>;
}

/**
 * Gives CommonJS packages inside the bundle, which is an ES module, the require() that they call for Node's modules; and
 * the bundle the timers of the task that it runs in, which waits for them (mapreduce/task/job-timers.ts).
 */
const BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); " +
  "const __calfTimers = globalThis[Symbol.for('calf.timers')] ?? globalThis;";

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
  const [code] = await Promise.all([bundle(file), checksTypes ? checkTypes(file) : undefined]);
  return { code, exports: await load(code, file) };
}

async function checkTypes(file: string): Promise<void> {
  const errors = await typeErrors(file, apiTypes());
  if (errors === '') return;
  const remedy = `Mend the types, or run the file as it is with -D ${TYPE_CHECK}=false`;
  throw new JobFileError(`${errors}\n${remedy}`);
}

async function bundle(file: string): Promise<Uint8Array> {
  const esbuild = await import('esbuild');
  let code: Uint8Array | undefined;
  try {
    const result = await esbuild.build({
      entryPoints: [path.resolve(file)],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      // The bundle runs in another directory; stack traces name the user's own files.
      sourceRoot: `${pathToFileURL(process.cwd()).href}/`,
      banner: { js: BANNER },
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

async function load(code: Uint8Array, file: string): Promise<Record<string, unknown>> {
  const directory = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'calf-job-'));
  try {
    const module = path.join(directory, 'job.mjs');
    await fs.promises.writeFile(module, code);
    process.setSourceMapsEnabled(true);
    return (await import(pathToFileURL(module).href)) as Record<string, unknown>;
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
