import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { build, type Plugin } from 'esbuild';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { Configuration } from '../../conf/configuration.ts';
import type { DataNode } from '../../datanode/datanode.ts';
import type { NameNode } from '../../namenode/namenode.ts';
import type { Bundles } from './cluster.ts';
import type { Patch } from './patch.ts';
import { PROBES } from './probes.ts';
import { type Slot, standIns } from './stand-ins.ts';

/** What the programs' bundles export. */
export interface Programs {
  namenode: { readonly NameNode: typeof NameNode; readonly Configuration: typeof Configuration };
  datanode: { readonly DataNode: typeof DataNode; readonly Configuration: typeof Configuration };
  client: { readonly DistributedFileSystem: typeof DistributedFileSystem; readonly Configuration: typeof Configuration };
}
export type ProgramName = keyof Programs;

const SOURCES: Readonly<Record<ProgramName, string>> = {
  namenode: "export { NameNode } from './namenode/namenode.ts';",
  datanode: "export { DataNode } from './datanode/datanode.ts';",
  client: "export { DistributedFileSystem } from './client/distributed-file-system.ts';",
};
/** Our own modules that the simulated world replaces. */
const REPLACED = new Set(['conf/runtime.ts', 'conf/log.ts', 'namenode/web.ts', 'datanode/web.ts']);
/** Packages that hold no state and touch nothing. */
const SHARED = ['protobufjs/minimal.js', 'fast-xml-parser'];
const GLOBALS = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'process'],
];

/** A program of the project, ready to be run in any number of simulated processes. */
export class Bundle<P extends ProgramName> {
  readonly #script: vm.Script;
  readonly #require: NodeJS.Require;
  /** Evaluated programs whose world has ended: to run one again is much faster than to evaluate it again. */
  readonly #idle: { readonly slot: Slot; readonly exports: Programs[P] }[] = [];
  #inUse: { readonly slot: Slot; readonly exports: Programs[P] }[] = [];

  constructor(name: P, code: string, root: string) {
    const filename = `sim-${name}`;
    this.#script = new vm.Script(`(function (__sim, require) {${code}\nreturn __program;})`, { filename });
    this.#require = createRequire(path.join(root, 'package.json'));
  }

  /** The program's exports, bound to a process. */
  load(process: Slot['process']): Programs[P] {
    let program = this.#idle.pop();
    if (program === undefined) {
      const slot: Slot = { process };
      const evaluate = this.#script.runInThisContext() as (sim: unknown, require: unknown) => Programs[P];
      program = { slot, exports: evaluate(standIns(slot), this.#require) };
    }
    program.slot.process = process;
    this.#inUse.push(program);
    return program.exports;
  }

  /** The world has ended: nothing of its processes runs any more. */
  reuse(): void {
    this.#idle.push(...this.#inUse);
    this.#inUse = [];
  }
}

export type BundleTexts = Readonly<Record<ProgramName, string>>;

/** Bundles the programs with the stand-ins; each patch must match its file's text exactly once. */
export async function bundlePrograms(root: string, patches: readonly Patch[]): Promise<BundleTexts> {
  const all = [...PROBES, ...patches];
  for (const patch of all) applyPatch(patch, fs.readFileSync(path.join(root, patch.file), 'utf8'));
  const [namenode, datanode, client] = await Promise.all(
    (['namenode', 'datanode', 'client'] as const).map((name) => bundleOne(name, root, all)),
  );
  return { namenode: namenode ?? '', datanode: datanode ?? '', client: client ?? '' };
}

export function loadBundles(texts: BundleTexts, root: string): Bundles {
  return {
    namenode: new Bundle('namenode', texts.namenode, root),
    datanode: new Bundle('datanode', texts.datanode, root),
    client: new Bundle('client', texts.client, root),
  };
}

async function bundleOne(name: ProgramName, root: string, patches: readonly Patch[]): Promise<string> {
  const result = await build({
    absWorkingDir: root,
    stdin: {
      contents: `${SOURCES[name]}\nexport { Configuration } from './conf/configuration.ts';`,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: '__program',
    platform: 'node',
    target: 'node20',
    external: SHARED,
    keepNames: true,
    define: Object.fromEntries(GLOBALS.map((g) => [g, `__sim.globals.${g}`])),
    plugins: [simulated(root, patches)],
    logLevel: 'warning',
  });
  return result.outputFiles[0]?.text ?? '';
}

function simulated(root: string, patches: readonly Patch[]): Plugin {
  return {
    name: 'simulated',
    setup(builder) {
      builder.onResolve({ filter: /^node:|^level$|^fastify$|^undici$|^pino$/ }, ({ path: name }) => ({
        path: name,
        namespace: 'stand-in',
      }));
      builder.onResolve({ filter: /^\.\.?\// }, ({ path: name, resolveDir }) => {
        const file = path.relative(root, path.resolve(resolveDir, name)).split(path.sep).join('/');
        return REPLACED.has(file) ? { path: file, namespace: 'stand-in' } : undefined;
      });
      builder.onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path: name }) => ({
        contents: `module.exports = __sim.modules[${JSON.stringify(name)}] ?? __sim.missing(${JSON.stringify(name)});`,
        loader: 'js',
      }));
      builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const name = path.relative(root, file).split(path.sep).join('/');
        const own = patches.filter((p) => p.file === name);
        let contents = fs.readFileSync(file, 'utf8');
        for (const patch of own) contents = applyPatch(patch, contents);
        return { contents, loader: 'ts' };
      });
    },
  };
}

function applyPatch({ file, find, replace }: Patch, text: string): string {
  const at = text.indexOf(find);
  if (at < 0 || text.indexOf(find, at + 1) >= 0) {
    throw new Error(`${file}: this patch must match exactly once, and matches ${at < 0 ? 'nowhere' : 'more often'}: ${find}`);
  }
  return text.slice(0, at) + replace + text.slice(at + find.length);
}
