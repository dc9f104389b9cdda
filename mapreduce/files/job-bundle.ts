/**
 * The form of a job's bundle: a module whose default export is a function, which makes an instance of the user's module.
 * So a process reads and compiles the bundle once, and each attempt has variables of its own, which go with it.
 */
import { pathToFileURL } from 'node:url';

/** The exports of a user's module. */
export type JobExports = Readonly<Record<string, unknown>>;

/**
 * Goes before the bundle's code. The bundle calls `require` for Node's modules and for packages with native parts, and in
 * place of the global timer functions those of the task that it runs in (mapreduce/task/job-timers.ts).
 */
export const BUNDLE_BEGIN =
  'export default async (require, __calfExport) => { ' +
  "const __calfTimers = globalThis[Symbol.for('calf.timers')] ?? globalThis;";
export const BUNDLE_END = '};';

/** Returns the module that the bundle begins with: it hands over the exports of the user's file. */
export const bundleEntry = (file: string): string => `import * as job from ${JSON.stringify(file)}; __calfExport(job);`;

/** Returns a new instance of the user's module. The file is read once by a process. */
export async function instantiate(file: string, require: (name: string) => unknown): Promise<JobExports> {
  // So that stack traces name the lines of the user's own file.
  process.setSourceMapsEnabled(true);
  const { default: make } = (await import(pathToFileURL(file).href)) as {
    default: (require: (name: string) => unknown, take: (exports: JobExports) => void) => Promise<void>;
  };
  let exports: JobExports = {};
  await make(require, (own) => {
    exports = own;
  });
  return exports;
}
