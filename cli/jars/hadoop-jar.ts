/** `hadoop jar`: runs a job file, or what Calf has in place of Hadoop's own jars. */
import fs from 'node:fs';
import path from 'node:path';
import { onJobFile, runFile } from '../jobs/job-commands.ts';
import { withJobProgress } from '../jobs/with-job-progress.ts';
import { USAGE_EXIT_CODE } from '../options/usage-error.ts';
import { complain } from '../terminal/terminal.ts';

const JOB_FILE = /\.[cm]?[jt]s$/;
const USAGE = 'Usage: hadoop jar [generic options] <job.ts|job.js|examples jar|streaming jar> [mainClass] args...';

/** Hadoop's own jars, by their names and by the main class of their manifests. */
const OWN_JARS = {
  examples: { name: /^hadoop-mapreduce-examples[^/]*\.jar$/, mainClass: 'org.apache.hadoop.examples.ExampleDriver' },
  streaming: { name: /^hadoop-streaming[^/]*\.jar$/, mainClass: 'org.apache.hadoop.streaming.HadoopStreaming' },
} as const;

type OwnJar = keyof typeof OWN_JARS;

/** What a file of the command line is. A jar that is not there is known by its name. */
export type JarKind = OwnJar | 'job' | 'java' | 'missing';

/** Returns the kind of a file. A jar that is there is known by its manifest; one without a manifest, by its name. */
export async function jarKind(file: string): Promise<JarKind> {
  if (JOB_FILE.test(file)) return 'job';
  const isFile = fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  const names = Object.keys(OWN_JARS) as OwnJar[];
  const named = names.find((jar) => OWN_JARS[jar].name.test(path.basename(file)));
  if (!isFile) return named ?? 'missing';
  const { mainClassOf } = await import('./main-class.ts');
  const mainClass = await mainClassOf(file);
  if (mainClass === undefined) return named ?? 'java';
  return names.find((jar) => OWN_JARS[jar].mainClass === mainClass) ?? 'java';
}

/** `hadoop jar FILE ARGS…`. @returns exit status */
export async function jarMain(args: readonly string[]): Promise<number> {
  const [file, ...rest] = args;
  // All further words are those of the streaming program, which takes the generic options itself.
  if (file !== undefined && (await jarKind(file)) === 'streaming') {
    return (await import('../streaming/main.ts')).streamingMain(rest);
  }
  return onJobFile(
    'jar',
    USAGE,
    args,
    async (found, conf, words, engine) => {
      switch (await jarKind(found)) {
        case 'job':
          return runFile(found, conf, words, engine);
        case 'examples': {
          const [example, ...exampleArgs] = words;
          const { runExample } = await import('../../mapreduce/engines/job-client.ts');
          return withJobProgress((console) => runExample(example, { conf, args: exampleArgs, ...console }));
        }
        case 'streaming':
          complain('Generic options stand behind the streaming jar: hadoop jar hadoop-streaming.jar -D name=value …');
          return USAGE_EXIT_CODE;
        case 'java':
          complain(
            `${found} is a Java program, and Calf has no JVM: write the job in TypeScript, run it as it is on a Hadoop ` +
              'with a JVM, or run an executable of any language with mapred streaming',
          );
          return USAGE_EXIT_CODE;
        case 'missing':
          complain(`JAR does not exist or is not a normal file: ${path.resolve(found)}`);
          return USAGE_EXIT_CODE;
      }
    },
    async (found) => (await jarKind(found)) === 'examples',
  );
}
