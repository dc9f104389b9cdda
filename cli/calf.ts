#!/usr/bin/env node
// The entry of the program calf.
import { runCalf } from './calf/program.ts';

await runCalf();
