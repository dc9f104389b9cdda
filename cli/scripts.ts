#!/usr/bin/env node
// The entry of start-dfs.sh, stop-dfs.sh, start-yarn.sh, stop-yarn.sh, start-all.sh, stop-all.sh, yarn and jps.
import { runScripts } from './programs/scripts.ts';

await runScripts();
