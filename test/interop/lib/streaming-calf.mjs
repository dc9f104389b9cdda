// Runs command lines through Calf's streaming, one after the other in one process, and prints the exit status of each.
import fs from 'node:fs';
import { bundled } from './bundle.mjs';

const { streamingMain } = await bundled('cli/streaming/main.ts');
for (const line of fs.readFileSync(process.argv[2], 'utf8').split('\n').slice(0, -1)) {
  const status = await streamingMain(line.split('\u0001'));
  process.stdout.write(`\nSTATUS ${status}\n`);
}
