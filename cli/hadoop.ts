#!/usr/bin/env node
import { enableCompileCache } from './compile-cache.ts';

enableCompileCache();
const { runHadoop } = await import('./hadoop-commands.ts');
await runHadoop();
