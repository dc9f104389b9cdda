/** Hadoop's own programs, which `--engine yarn` runs. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Configuration } from '../../conf/configuration.ts';
import { JobFileError } from '../submit/bundle-job.ts';

/** Properties that say where a job runs, or stand as options on the command line. */
const OWN =
  /^(calf\..*|tmpfiles|tmparchives|tmpjars|mapreduce\.framework\.name|mapreduce\.local\.map\.tasks\.maximum)$/;

/** Returns the properties of the job and of the command line: Hadoop reads those of the site files itself. */
export function givenProperties(conf: Configuration): Record<string, string> {
  const { directory } = conf;
  const site = new Map(directory === undefined ? [] : Configuration.load({ confDir: directory }).entries());
  const given = conf.entries().filter(([name, value]) => !OWN.test(name) && site.get(name) !== value);
  return Object.fromEntries(given);
}

/** Returns the words that run Hadoop's streaming jar. @throws JobFileError if no Hadoop is found */
export function commandOf(conf: Configuration): string[] {
  const own = conf
    .get('calf.yarn.command')
    .split(' ')
    .filter((word) => word !== '');
  if (own.length > 0) return own;
  const home = process.env.HADOOP_HOME;
  const tools = path.join(home ?? '', 'share/hadoop/tools/lib');
  const jar =
    home && fs.existsSync(tools)
      ? fs.readdirSync(tools).find((file) => /^hadoop-streaming-[\d.]+\.jar$/.test(file))
      : undefined;
  if (home && jar) return [path.join(home, 'bin/hadoop'), 'jar', path.join(tools, jar)];
  throw new JobFileError(
    'HADOOP_HOME names no Hadoop with its streaming jar: set it, or calf.yarn.command to the words that run the jar, such ' +
      'as `/opt/hadoop/bin/hadoop jar /opt/hadoop/share/hadoop/tools/lib/hadoop-streaming-3.4.2.jar`',
  );
}

/** Returns the exit status of a program that prints to the terminal. */
export async function runCommand([program = '', ...args]: readonly string[]): Promise<number> {
  const child = spawn(program, args, { stdio: 'inherit' });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
}

/** Returns a word as a shell reads it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
