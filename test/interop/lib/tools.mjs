// Finds the cache of downloaded software and the installed tools that a proof may need.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atExit, run } from './processes.mjs';

export const projectDir = fileURLToPath(new URL('../../..', import.meta.url));
export const interopDir = fileURLToPath(new URL('..', import.meta.url));

/** Directory that keeps downloaded software between runs. CALF_INTEROP_CACHE names another one. */
export const cacheDir = process.env.CALF_INTEROP_CACHE ?? path.join(userCacheDir(), 'calf-interop');

function userCacheDir() {
  if (process.platform === 'darwin') return path.join(os.homedir(), 'Library', 'Caches');
  return process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
}

const javaHome = process.env.JAVA_HOME;
export const java = javaHome ? path.join(javaHome, 'bin', 'java') : 'java';

/** Returns the first line that a command prints; undefined if the command is not installed. */
async function firstLine(command, args) {
  try {
    const { code, stdout, stderr } = await run(command, args, { timeoutMs: 30_000 });
    return code === 0 ? (stdout || stderr).trim().split('\n')[0] : undefined;
  } catch {
    return undefined; // not installed
  }
}

const checks = {
  async java() {
    const line = await firstLine(java, ['-version']);
    if (!line) return 'Java is not installed';
    const major = Number(line.match(/"(?:1\.)?(\d+)/)?.[1]);
    // Hadoop 3.4 calls Subject.getSubject, which fails from Java 24 on. Spark 4 needs Java 17 at least.
    return major >= 17 && major <= 23 ? undefined : `Java 17 to 23 is needed, this is ${line}`;
  },
  maven: async () => ((await firstLine('mvn', ['-version'])) ? undefined : 'Maven is not installed'),
  go: async () => ((await firstLine('go', ['version'])) ? undefined : 'Go is not installed'),
  async python() {
    const line = await firstLine('python3', ['--version']);
    const minor = Number(line?.match(/ 3\.(\d+)/)?.[1]);
    return minor >= 10 ? undefined : `Python 3.10 or later is needed, ${line ? `this is ${line}` : 'there is none'}`;
  },
};

const known = new Map();

/** Returns why a needed tool is missing or has the wrong version; undefined if all are fine. */
export async function missingTool(names) {
  for (const name of names) {
    if (!known.has(name)) known.set(name, await checks[name]());
    const why = known.get(name);
    if (why) return why;
  }
  return undefined;
}

/** Makes a directory that is removed when the runner ends, unless CALF_INTEROP_KEEP is set. */
export function tempDir(name, parent = os.tmpdir()) {
  const dir = fs.mkdtempSync(path.join(parent, `calf-${name}-`));
  if (!process.env.CALF_INTEROP_KEEP) atExit(() => fs.rmSync(dir, { recursive: true, force: true }));
  return dir;
}
