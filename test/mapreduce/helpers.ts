// Helpers of MapReduce's tests: a built task process, properties for local jobs, a console that records.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { Configuration } from '../../conf/configuration.ts';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Makes a directory for one test file and bundles the program of the task process into it. */
export async function prepareTaskChild(): Promise<{ readonly directory: string; remove(): void }> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-mapreduce-'));
  const outdir = path.join(directory, 'dist');
  // Node looks for packages from the bundle's directory upwards.
  fs.symlinkSync(path.join(root, 'node_modules'), path.join(directory, 'node_modules'));
  await build({
    absWorkingDir: root,
    entryPoints: { 'task-child': 'mapreduce/task/task-child.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['fastify', 'level', 'esbuild', 'undici', 'pino'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    outExtension: { '.js': '.js' },
  });
  fs.writeFileSync(path.join(outdir, 'package.json'), '{"type":"module"}');
  process.env.CALF_DIST = outdir;
  return {
    directory,
    remove: () => {
      delete process.env.CALF_DIST;
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Writes a file, and the directories above it. @returns its path */
export function writeBelow(directory: string, name: string, text: string): string {
  const file = path.join(directory, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

/** Returns properties of local jobs, with files in `directory`. If `maps` is 1, tasks run in the test's own process. */
export function localConf(directory: string, maps: number): Configuration {
  return new Configuration({
    'mapreduce.framework.name': 'local',
    // TypeScript is installed beside the job files of tests, and a check takes longer than a job.
    'calf.job.type-check': 'false',
    'mapreduce.cluster.local.dir': path.join(directory, 'local'),
    'mapreduce.jobtracker.staging.root.dir': path.join(directory, 'staging'),
    'mapreduce.local.map.tasks.maximum': String(maps),
    'mapreduce.local.reduce.tasks.maximum': '2',
  });
}

export interface Console {
  readonly out: string[];
  readonly err: string[];
}

/** Returns a console that collects the lines of a job client. */
export function recordConsole(): Console & { readonly io: { out: (l: string) => void; err: (l: string) => void } } {
  const out: string[] = [];
  const err: string[] = [];
  return { out, err, io: { out: (line) => out.push(line), err: (line) => err.push(line) } };
}

/** Returns the lines of all part files of a local output directory, by file name. */
export function readParts(directory: string): Record<string, string[]> {
  const parts = fs
    .readdirSync(directory)
    .filter((name) => name.startsWith('part-'))
    .sort();
  return Object.fromEntries(
    parts.map((name) => [
      name,
      fs
        .readFileSync(path.join(directory, name), 'utf8')
        .split('\n')
        .filter((l) => l !== ''),
    ]),
  );
}
