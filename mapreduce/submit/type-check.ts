/** Checks the types of a job file, where the user has TypeScript installed beside it. */
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

/** The first version of TypeScript that knows all options below. */
const SINCE: readonly [major: number, minor: number] = [5, 4];
const OUTPUT_BYTES_MAX = 16 * 2 ** 20;

const OPTIONS = {
  noEmit: true,
  skipLibCheck: true,
  strict: false,
  target: 'esnext',
  module: 'preserve',
  moduleResolution: 'bundler',
  moduleDetection: 'force',
  allowImportingTsExtensions: true,
  resolveJsonModule: true,
};

/** Faults of the installation alone: a package or the types of Node.js are not there. The bundler finds what is missing. */
const NOT_THE_JOBS = /error TS(2307|2580|2591|2688|7016):/;
const DIAGNOSTIC = /error TS\d+:/;

/**
 * Checks a job file with the TypeScript that is found from its directory.
 * @param api the declarations, or the source, of the module `calf`
 * @returns the compiler's diagnostics, one a line; empty for a file without faults, one that is not TypeScript, and where
 * no TypeScript is installed
 */
export async function typeErrors(file: string, api: string): Promise<string> {
  const require = createRequire(path.resolve(file));
  const compiler = /\.[cm]?ts$/.test(file) ? compilerOf(require) : undefined;
  if (compiler === undefined) return '';
  const directory = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'calf-types-'));
  try {
    const config = path.join(directory, 'tsconfig.json');
    await fs.promises.writeFile(config, JSON.stringify(configOf(path.resolve(file), api, nodeTypes(require))));
    const printed = await run(compiler, ['-p', config, '--pretty', 'false']);
    const lines = printed.split('\n').filter((line) => DIAGNOSTIC.test(line) && !NOT_THE_JOBS.test(line));
    return lines.join('\n');
  } finally {
    await fs.promises.rm(directory, { recursive: true, force: true });
  }
}

function configOf(file: string, api: string, typeRoot: string | undefined): object {
  // Without the types of Node.js, those of a browser know console, URL and setTimeout.
  const lib = typeRoot === undefined ? ['esnext', 'dom'] : ['esnext'];
  const types = typeRoot === undefined ? { types: [] } : { types: ['node'], typeRoots: [typeRoot] };
  return { compilerOptions: { ...OPTIONS, ...types, lib, paths: { calf: [api] } }, files: [file] };
}

/** Returns the path of the compiler's program; undefined if there is none, or an old one. */
function compilerOf(require: NodeJS.Require): string | undefined {
  const manifest = resolved(require, 'typescript/package.json');
  if (manifest === undefined) return undefined;
  const { version } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { version: string };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isKnown = major > SINCE[0] || (major === SINCE[0] && minor >= SINCE[1]);
  return isKnown ? path.join(path.dirname(manifest), 'bin', 'tsc') : undefined;
}

/** Returns the directory that holds the types of Node.js; undefined if they are not installed. */
function nodeTypes(require: NodeJS.Require): string | undefined {
  const manifest = resolved(require, '@types/node/package.json');
  return manifest && path.dirname(path.dirname(manifest));
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch (e) {
    if (e instanceof Error && 'code' in e && e.code === 'MODULE_NOT_FOUND') return undefined;
    throw e;
  }
}

/** Runs the compiler. @returns what it printed @throws Error if it failed without a diagnostic */
async function run(compiler: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, ...args], {
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    return stdout;
  } catch (e) {
    const printed = e instanceof Error && 'stdout' in e ? String(e.stdout) : '';
    if (DIAGNOSTIC.test(printed)) return printed;
    throw e;
  }
}
