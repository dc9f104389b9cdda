// Bundles the programs that run jobs, so that they run in the simulated world.
import { createRequire } from 'node:module';
import path from 'node:path';
import vm from 'node:vm';
import { build } from 'esbuild';
import type { Configuration } from '../../conf/configuration.ts';
import type { FileSystems } from '../../mapreduce/files/file-systems.ts';
import type { Counters } from '../../mapreduce/job/counters.ts';
import type { jobConfiguration } from '../../mapreduce/job/job-configuration.ts';
import type { toTaskError } from '../../mapreduce/job/job-errors.ts';
import type { JobMaster } from '../../mapreduce/jobtracker/master/job-master.ts';
import type { TrackerLinks } from '../../mapreduce/jobtracker/web/tracker-links.ts';
import type { TaskOutput } from '../../mapreduce/records/task-output.ts';
import type { FetchPlan } from '../../mapreduce/shuffle/fetch-plan.ts';
import type { TaskRunner } from '../../mapreduce/task/task-runner.ts';
import type { JobTrackerLink } from '../../mapreduce/tasktracker/job-tracker-link.ts';
import type { HadoopError, hadoopError } from '../../runtime/errors.ts';
import { checkPatches, type Patch } from '../sim/bundle/patch.ts';
import { simulated } from '../sim/bundle/simulated-plugin.ts';
import { standIns } from './stand-ins.ts';
import type { Slot } from './world.ts';

/** All that the bundle exports. */
interface Programs {
  readonly JobMaster: typeof JobMaster;
  readonly TrackerLinks: typeof TrackerLinks;
  readonly JobTrackerLink: typeof JobTrackerLink;
  readonly TaskRunner: typeof TaskRunner;
  readonly TaskOutput: typeof TaskOutput;
  readonly FetchPlan: typeof FetchPlan;
  readonly FileSystems: typeof FileSystems;
  readonly Counters: typeof Counters;
  readonly Configuration: typeof Configuration;
  readonly jobConfiguration: typeof jobConfiguration;
  readonly toTaskError: typeof toTaskError;
  readonly HadoopError: typeof HadoopError;
  readonly hadoopError: typeof hadoopError;
}

const ENTRY = `export { JobMaster } from './mapreduce/jobtracker/master/job-master.ts';
export { TrackerLinks } from './mapreduce/jobtracker/web/tracker-links.ts';
export { JobTrackerLink } from './mapreduce/tasktracker/job-tracker-link.ts';
export { TaskRunner } from './mapreduce/task/task-runner.ts';
export { TaskOutput } from './mapreduce/records/task-output.ts';
export { FetchPlan } from './mapreduce/shuffle/fetch-plan.ts';
export { FileSystems } from './mapreduce/files/file-systems.ts';
export { Counters } from './mapreduce/job/counters.ts';
export { Configuration } from './conf/configuration.ts';
export { jobConfiguration } from './mapreduce/job/job-configuration.ts';
export { toTaskError } from './mapreduce/job/job-errors.ts';
export { HadoopError, hadoopError } from './runtime/errors.ts';`;
/** Modules of Node.js and packages that have stand-ins. */
const PACKAGES = /^node:|^fastify$|^undici$|^pino$/;
/** Modules of Calf that the simulated world replaces. */
const REPLACED = new Set([
  'runtime/runtime.ts',
  'runtime/http/json-client.ts',
  'runtime/http/fits.ts',
  'client/get-file-system.ts',
  'mapreduce/task/task-process.ts',
]);
const GLOBALS = [
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'process'],
];

/** The evaluated programs. All processes share them: `slot` holds the process whose event runs now. */
export interface Bundle extends Programs {
  readonly slot: Slot;
}

/**
 * Bundles the programs with the stand-ins.
 * @throws Error for a patch that does not match its file's text exactly once
 */
export async function bundlePrograms(root: string, patches: readonly Patch[] = []): Promise<string> {
  checkPatches(root, patches);
  const result = await build({
    absWorkingDir: root,
    stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: '__programs',
    platform: 'node',
    target: 'node20',
    define: {
      'import.meta.url': '"file:///simulated-programs"',
      ...Object.fromEntries(GLOBALS.map((g) => [g, `__sim.globals.${g}`])),
    },
    plugins: [simulated({ root, patches, packages: PACKAGES, replaced: REPLACED })],
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
  let programs: Programs | undefined;
  const sim = standIns(slot, () => {
    if (programs === undefined) throw new Error('the programs are not loaded');
    return programs;
  });
  programs = (evaluate as (sim: unknown, require: unknown) => Programs)(sim, require);
  return { ...programs, slot };
}

export type { Programs };
