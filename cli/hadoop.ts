#!/usr/bin/env node
// The entry of the program hadoop.
import { enableCompileCache } from './programs/compile-cache.ts';

enableCompileCache();
// Code that is imported after this line comes out of the compile cache.
const { runHadoop } = await import('./programs/hadoop-commands.ts');
await runHadoop();
