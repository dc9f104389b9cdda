// Bundles the command lines, the task child and the library into dist/. Each family of commands has a chunk of its own,
// which is loaded at its first use. Packages with native parts or files of WebAssembly stay outside the bundle; the others are inside, so that
// programs start sooner.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const entries = {
  calf: 'cli/calf.ts',
  hdfs: 'cli/hdfs.ts',
  hadoop: 'cli/hadoop.ts',
  mapred: 'cli/mapred.ts',
  scripts: 'cli/scripts.ts',
  index: 'index.ts',
  // Job files that are bundled import this entry under the name `calf`.
  'task-child': 'mapreduce/task/task-child.ts',
};
const dist = path.join(root, 'dist');

const API = 'mapreduce/api/api.ts';
const missing = [...Object.values(entries), API].filter((source) => !fs.existsSync(path.join(root, source)));
if (missing.length > 0) throw new Error(`scripts/build.mjs names sources that are not there: ${missing.join(', ')}`);

const result = await build({
  absWorkingDir: root,
  entryPoints: entries,
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  external: ['level', 'esbuild', 'fs-native-extensions', 'bzip2-wasm', 'lz4-wasm-nodejs'],
  // CommonJS packages inside the bundle call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
});

// The job API that is bundled into job files. It is one file without a banner, because a job's bundle has its own banner.
await build({
  absWorkingDir: root,
  entryPoints: [API],
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
});

// The program that runs tasks on YARN is one file, because it goes there alone.
await build({
  absWorkingDir: root,
  entryPoints: ['mapreduce/yarn/yarn-task.ts'],
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['level', 'esbuild', 'fs-native-extensions'],
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
});

// Removes the chunks of earlier builds, whose names have other hashes.
const written = new Set(Object.keys(result.metafile.outputs).map((f) => path.resolve(root, f)));
const chunks = path.join(dist, 'chunks');
for (const name of fs.existsSync(chunks) ? fs.readdirSync(chunks) : []) {
  if (!written.has(path.join(chunks, name))) fs.rmSync(path.join(chunks, name));
}
for (const bin of ['calf', 'hdfs', 'hadoop', 'mapred', 'scripts']) {
  fs.chmodSync(path.join(dist, `${bin}.js`), 0o755);
}

// Commands at the places where tutorials call them, with this directory as HADOOP_HOME: bin/hdfs, sbin/start-dfs.sh.
const scripts = ['dfs', 'yarn', 'all'].flatMap((set) => [`start-${set}.sh`, `stop-${set}.sh`]);
const own = ['calf', 'hdfs', 'hadoop', 'mapred'].map((name) => [`bin/${name}`, `${name}.js`]);
const called = [...['yarn', 'jps'].map((name) => `bin/${name}`), ...scripts.map((name) => `sbin/${name}`)];
for (const [place, program] of [...own, ...called.map((name) => [name, `scripts.js" "${path.basename(name)}`])]) {
  const file = path.join(dist, place);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `#!/bin/sh\nexec node "$(dirname "$0")/../${program}" "$@"\n`, { mode: 0o755 });
}
