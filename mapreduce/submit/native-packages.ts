/** Finds the packages of a job that have native parts. They can't be a part of a bundle, so that they go beside it. */
import fs from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import type { Plugin } from 'esbuild';

const NAMESPACE = 'calf-require';
/** Marks a call of esbuild's own resolution, so that it does not come back here. */
const OWN = Symbol('own resolution');

interface Manifest {
  readonly name?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** The packages with native parts that the files of a bundle import. */
export class NativePackages {
  /** Directories by name. */
  readonly #packages = new Map<string, string>();
  /** A file that imports the package, by the text of the import. */
  readonly #importers = new Map<string, string>();
  readonly #hasAddon = new Map<string, boolean>();

  /**
   * Returns the plugin that leaves Node's modules and packages with native parts out of a bundle. The bundle loads them
   * with require(), because it is the body of a function, which has no import statements.
   */
  plugin(): Plugin {
    return {
      name: NAMESPACE,
      setup: (build) => {
        build.onResolve(
          { filter: /^[^./]/ },
          async ({ path: request, kind, resolveDir, importer, namespace, pluginData }) => {
            if (pluginData === OWN || request === 'calf' || path.isAbsolute(request)) return undefined;
            const outside =
              kind === 'import-statement' ? { path: request, namespace: NAMESPACE } : { path: request, external: true };
            if (isBuiltin(request) || namespace === NAMESPACE) return outside;
            const found = await build.resolve(request, { kind, resolveDir, pluginData: OWN });
            if (found.errors.length > 0 || found.external) return undefined;
            return this.#add(request, importer, found.path) ? outside : undefined;
          },
        );
        build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path: request }) => ({
          contents: `module.exports = require(${JSON.stringify(request)});`,
          loader: 'js',
        }));
      },
    };
  }

  /** Loads Node's modules and the packages where they are installed: for the process that submits the job. */
  require(file: string): (name: string) => unknown {
    return (name) => createRequire(this.#importers.get(name) ?? path.resolve(file))(name);
  }

  /** Returns a packed `node_modules` with the packages and all that they need; undefined if there are none. */
  async pack(): Promise<Uint8Array | undefined> {
    if (this.#packages.size === 0) return undefined;
    const places = new Map<string, string>();
    for (const [name, directory] of this.#packages) addWithNeeds(places, `node_modules/${name}`, directory);
    const tar = await import('tar');
    const copy = await fs.promises.mkdtemp(path.join(os.tmpdir(), 'calf-packages-'));
    try {
      for (const [place, directory] of places) {
        const filter = (file: string): boolean => path.relative(directory, file).split(path.sep)[0] !== 'node_modules';
        await fs.promises.cp(directory, path.join(copy, place), { recursive: true, dereference: true, filter });
      }
      const packed = path.join(copy, 'packages.tgz');
      await tar.create({ cwd: copy, file: packed, gzip: true, portable: true }, ['node_modules']);
      return await fs.promises.readFile(packed);
    } finally {
      await fs.promises.rm(copy, { recursive: true, force: true });
    }
  }

  /** Returns whether the file belongs to a package with native parts, which is then known. */
  #add(request: string, importer: string, file: string): boolean {
    const directory = packageOf(file);
    if (directory === undefined || !this.#isNative(directory)) return false;
    const name = manifestOf(directory).name ?? path.basename(directory);
    const other = this.#packages.get(name);
    if (other !== undefined && other !== directory) {
      throw new Error(`The job needs ${name}, which has native parts, in two versions: ${other} and ${directory}`);
    }
    this.#packages.set(name, directory);
    this.#importers.set(request, importer);
    return true;
  }

  /** Addons lie in the package itself, or in a package for each platform, which is an optional dependency. */
  #isNative(directory: string): boolean {
    let isNative = this.#hasAddon.get(directory);
    if (isNative === undefined) {
      const optional = Object.keys(manifestOf(directory).optionalDependencies ?? {});
      const parts = optional.flatMap((name) => installed(name, directory) ?? []);
      isNative = [directory, ...parts].some(hasAddon);
      this.#hasAddon.set(directory, isNative);
    }
    return isNative;
  }
}

/** Returns the directory of the installed package that a file belongs to; undefined for the user's own files. */
function packageOf(file: string): string | undefined {
  const [, directory] = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(file) ?? [];
  return directory;
}

function hasAddon(directory: string): boolean {
  return fs.readdirSync(directory, { withFileTypes: true }).some((entry) => {
    if (entry.isDirectory()) return entry.name !== 'node_modules' && hasAddon(path.join(directory, entry.name));
    return entry.name.endsWith('.node');
  });
}

/** Adds a package and those that it needs: each at the top, or within the package that needs another version of it. */
function addWithNeeds(places: Map<string, string>, place: string, directory: string): void {
  if (places.get(place) === directory) return;
  places.set(place, directory);
  const { dependencies, optionalDependencies, peerDependencies } = manifestOf(directory);
  for (const name of Object.keys({ ...peerDependencies, ...optionalDependencies, ...dependencies })) {
    const need = installed(name, directory);
    if (need === undefined) continue;
    const top = `node_modules/${name}`;
    const isTaken = places.has(top) && places.get(top) !== need;
    addWithNeeds(places, isTaken ? `${place}/node_modules/${name}` : top, need);
  }
}

/** Returns the directory of a package as Node.js finds it from another one; undefined if it is not installed. */
function installed(name: string, from: string): string | undefined {
  const places = createRequire(path.join(from, 'package.json')).resolve.paths(name) ?? [];
  const found = places
    .map((place) => path.join(place, name))
    .find((place) => fs.existsSync(path.join(place, 'package.json')));
  return found && fs.realpathSync(found);
}

function manifestOf(directory: string): Manifest {
  return JSON.parse(fs.readFileSync(path.join(directory, 'package.json'), 'utf8')) as Manifest;
}
