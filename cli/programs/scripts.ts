/** The programs that tutorials call beside hdfs, hadoop and mapred: one file, known by the name under which it is called. */
import path from 'node:path';
import { messageOf } from '../../runtime/errors.ts';
import { complain, endOnBrokenPipe } from '../terminal/terminal.ts';

/** Runs the command line of this process. The name may also be the first argument, where links have no names. */
export async function runScripts(): Promise<void> {
  const [, file = '', ...args] = process.argv;
  const called = path.basename(file);
  const name = called === 'scripts.js' ? (args.shift() ?? '') : called;
  endOnBrokenPipe();
  try {
    process.exitCode = await run(name, args);
  } catch (e) {
    complain(`${name}: ${messageOf(e)}`);
    process.exitCode = 1;
  }
}

async function run(name: string, args: readonly string[]): Promise<number> {
  if (name === 'jps') return (await import('../scripts/jps.ts')).jpsMain();
  if (name === 'yarn') {
    if (args[0] === 'version') return (await import('./version.ts')).versionMain();
    return await (await import('../scripts/yarn.ts')).yarnMain(args);
  }
  const { runScript, SCRIPTS } = await import('../scripts/start-stop.ts');
  if (SCRIPTS.includes(name)) return await runScript(name);
  complain(`'${name}' is none of jps, yarn, ${SCRIPTS.join(', ')}`);
  return 1;
}
