/** The compile cache of Node.js, which makes commands start faster. */
import module from 'node:module';

/** Keeps compiled code on disk between runs, in Node.js 22.8 and later. Earlier versions have no such cache. */
export function enableCompileCache(): void {
  const { enableCompileCache: enable } = module as { enableCompileCache?: () => unknown };
  enable?.();
}
