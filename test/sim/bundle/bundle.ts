// Bundles Calf's production code so that it runs in the simulated world.
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import type { Configuration } from '../../../conf/configuration.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import type { NameNode } from '../../../namenode/namenode.ts';
import type { Balancer } from '../../../tools/balancer/balancer.ts';
import type { NameNodeConnector } from '../../../tools/balancer/namenode-connector.ts';
import { BUGGIFY } from './buggify.ts';
import { checkPatches, type Patch } from './patch.ts';
import { PROBES } from './probes.ts';
import { simulated } from './simulated-plugin.ts';
import { type Slot, standIns } from './stand-ins.ts';

/** The classes that the bundle exports: all that a simulated cluster and its clients run. */
interface Programs {
  readonly NameNode: typeof NameNode;
  readonly DataNode: typeof DataNode;
  readonly DistributedFileSystem: typeof DistributedFileSystem;
  readonly Configuration: typeof Configuration;
  readonly Balancer: typeof Balancer;
  readonly NameNodeConnector: typeof NameNodeConnector;
}

const ENTRY = `export { NameNode } from './namenode/namenode.ts';
export { DataNode } from './datanode/datanode.ts';
export { DistributedFileSystem } from './client/distributed-file-system.ts';
export { Configuration } from './conf/configuration.ts';
export { Balancer } from './tools/balancer/balancer.ts';
export { NameNodeConnector } from './tools/balancer/namenode-connector.ts';`;
/** Modules of Node.js and packages that have stand-ins. */
const PACKAGES = /^node:|^level$|^fs-native-extensions$|^fastify$|^undici$|^pino$/;
/** Modules of Calf that the simulated world replaces. */
const REPLACED = new Set(['runtime/runtime.ts', 'runtime/log.ts', 'namenode/web/web.ts', 'datanode/web/web.ts']);
/** Packages that the bundle shares with the simulator, because they hold no state and do no IO. */
const SHARED = ['protobufjs/minimal.js', 'fast-xml-parser'];
const GLOBALS = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'process'],
];

/** The evaluated programs. All processes share them: `slot` holds the process whose event runs now. */
export interface Bundle extends Programs {
  readonly slot: Slot;
}

/**
 * Bundles the programs with the stand-ins for node's modules.
 * @throws Error for a patch that does not match its file's text exactly once
 */
export async function bundlePrograms(root: string, patches: readonly Patch[] = []): Promise<string> {
  const all = [...PROBES, ...BUGGIFY, ...patches];
  checkPatches(root, all);
  const result = await build({
    absWorkingDir: root,
    stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: '__programs',
    platform: 'node',
    target: 'node20',
    external: SHARED,
    define: Object.fromEntries(GLOBALS.map((g) => [g, `__sim.globals.${g}`])),
    plugins: [simulated({ root, patches: all, packages: PACKAGES, replaced: REPLACED })],
    logLevel: 'warning',
  });
  return result.outputFiles[0]?.text ?? '';
}

/** Evaluates the text that bundlePrograms returned. */
export function loadBundle(text: string, root: string): Bundle {
  const slot: Slot = { process: undefined };
  const source = `(function (__sim, require) {${text}\nreturn __programs;})`;
  const evaluate = new vm.Script(source, { filename: 'simulated-programs' }).runInThisContext();
  const require = createRequire(path.join(root, 'package.json'));
  const programs = (evaluate as (sim: unknown, require: unknown) => Programs)(standIns(slot), require);
  return { ...programs, slot };
}
