// Runs command lines through Calf's distcp, one after the other in one process, and prints what java/DistCpTable.java prints.
import fs from 'node:fs';
import { bundled } from './bundle.mjs';

const { runCopy, Configuration } = await bundled('test/interop/lib/distcp-modules.ts');
const [, , commands, properties] = process.argv;
for (const line of fs.readFileSync(commands, 'utf8').split('\n').slice(0, -1)) {
  const err = [];
  const words = line.split('\u0001');
  const defines = JSON.parse(properties);
  while (words[0] === '-D') {
    const [, pair] = words.splice(0, 2);
    defines[pair.slice(0, pair.indexOf('='))] = pair.slice(pair.indexOf('=') + 1);
  }
  const status = await runCopy(new Configuration(defines), words, {
    out: () => undefined,
    err: (text) => err.push(text),
  });
  const text = err.join('\n');
  console.log(text.slice(text.indexOf('Counters: ')));
  const invalid = /^Invalid arguments: (.*)/m.exec(text);
  const failure =
    /ERROR tools.DistCp: .*\n(.*)/.exec(text)?.[1] ?? (invalid && `java.lang.IllegalArgumentException: ${invalid[1]}`);
  if (failure) console.log(`FAILURE ${failure}`);
  console.log(`STATUS ${status}`);
}
