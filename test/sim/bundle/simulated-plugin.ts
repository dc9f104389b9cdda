// The plugin of the bundler that puts stand-ins and patches into the simulated programs.
import fs from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'esbuild';
import { type Patch, patched } from './patch.ts';

export interface Simulated {
  readonly root: string;
  readonly patches: readonly Patch[];
  /** Modules of Node.js and packages that have stand-ins. */
  readonly packages: RegExp;
  /** Modules of Calf that the simulated world replaces. */
  readonly replaced: ReadonlySet<string>;
}

export function simulated({ root, patches, packages, replaced }: Simulated): Plugin {
  return {
    name: 'simulated',
    setup(builder) {
      builder.onResolve({ filter: packages }, ({ path: name }) => ({ path: name, namespace: 'stand-in' }));
      builder.onResolve({ filter: /^\.\.?\// }, ({ path: name, resolveDir }) => {
        const file = path.relative(root, path.resolve(resolveDir, name)).split(path.sep).join('/');
        return replaced.has(file) ? { path: file, namespace: 'stand-in' } : undefined;
      });
      builder.onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path: name }) => ({
        contents: `module.exports = __sim.modules[${JSON.stringify(name)}] ?? __sim.missing(${JSON.stringify(name)});`,
        loader: 'js',
      }));
      builder.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const name = path.relative(root, file).split(path.sep).join('/');
        return { contents: patched(name, fs.readFileSync(file, 'utf8'), patches), loader: 'ts' };
      });
    },
  };
}
