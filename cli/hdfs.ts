#!/usr/bin/env node
// The entry of the program hdfs.
import { enableCompileCache } from './programs/compile-cache.ts';

enableCompileCache();
// Code that is imported after this line comes out of the compile cache.
const { runHdfs } = await import('./programs/hdfs-commands.ts');
await runHdfs();
