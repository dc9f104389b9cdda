#!/usr/bin/env node
// The entry of the program calf.
if (process.argv[2] === '--version') (await import('./programs/version.ts')).calfVersionMain();
else await (await import('./calf/program.ts')).runCalf();
