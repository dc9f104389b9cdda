#!/usr/bin/env node
import { enableCompileCache } from './compile-cache.ts';

enableCompileCache();
// The rest is loaded behind it, so that it comes out of the cache.
const { runHdfs } = await import('./hdfs-commands.ts');
await runHdfs();
