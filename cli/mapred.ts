#!/usr/bin/env node
// The entry of the program mapred.
import { enableCompileCache } from './programs/compile-cache.ts';

enableCompileCache();
// Code that is imported after this line comes out of the compile cache.
const { runMapred } = await import('./programs/mapred-commands.ts');
await runMapred();
