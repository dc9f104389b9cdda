#!/usr/bin/env node
import { enableCompileCache } from './compile-cache.ts';

enableCompileCache();
const { runMapred } = await import('./mapred-commands.ts');
await runMapred();
