// Bundles TypeScript that is not run by Vitest, such as the fuzzer's.
import path from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles a file with all that it imports but the packages in `external`.
 * @param directory lies in node_modules, because the bundle loads the project's packages
 * @returns the path of the bundle, NAME.mjs in the directory
 */
export async function bundle({ entry, name, directory, external = [] }) {
  const outfile = path.join(directory, `${name}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
    sourcemap: 'inline',
    external: ['level', 'esbuild', 'fs-native-extensions', ...external],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return outfile;
}
