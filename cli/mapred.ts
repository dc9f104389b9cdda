#!/usr/bin/env node
import { enableCompileCache } from './programs/compile-cache.ts';

enableCompileCache();
const { runMapred } = await import('./programs/mapred-commands.ts');
await runMapred();
