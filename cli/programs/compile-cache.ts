import module from 'node:module';

/** Keeps compiled code on disk between runs, where Node.js can (22.8 and later): commands start faster. */
export function enableCompileCache(): void {
  const { enableCompileCache: enable } = module as { enableCompileCache?: () => unknown };
  enable?.();
}
