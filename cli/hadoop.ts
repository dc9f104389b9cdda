#!/usr/bin/env node
import { enableCompileCache } from './programs/compile-cache.ts';

enableCompileCache();
const { runHadoop } = await import('./programs/hadoop-commands.ts');
await runHadoop();
