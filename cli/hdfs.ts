#!/usr/bin/env node
import { enableCompileCache } from './programs/compile-cache.ts';

enableCompileCache();
// The rest is loaded behind it, so that it comes out of the cache.
const { runHdfs } = await import('./programs/hdfs-commands.ts');
await runHdfs();
