// Changes of source text that simulators make while they bundle it: probes, and the mutants' bugs.
import fs from 'node:fs';
import path from 'node:path';

/** A change of one source file during bundling. `find` must occur exactly once in the file. */
export interface Patch {
  /** Path relative to the project's directory, such as `client/write/packet-queues.ts`. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/**
 * Checks patches against the source files without bundling.
 * @throws Error for a patch that does not match its file's text exactly once, or that changes nothing
 */
export function checkPatches(root: string, patches: readonly Patch[]): void {
  for (const file of new Set(patches.map((p) => p.file))) {
    const text = fs.readFileSync(path.join(root, file), 'utf8');
    if (patched(file, text, patches) === text) throw new Error(`${file}: a patch of the simulator changes nothing`);
  }
}

/** Returns a source file's text with its patches applied. @throws Error for a patch that does not match exactly once */
export function patched(file: string, text: string, patches: readonly Patch[]): string {
  let result = text;
  for (const { find, replace } of patches.filter((p) => p.file === file)) {
    const at = result.indexOf(find);
    if (at < 0 || result.indexOf(find, at + 1) >= 0) {
      const matches = at < 0 ? 'matches nowhere' : 'matches more than once';
      throw new Error(`${file}: a patch of the simulator ${matches}, it must match exactly once: ${find}`);
    }
    result = result.slice(0, at) + replace + result.slice(at + find.length);
  }
  return result;
}
