/** The files of a new job project: a job, its test, and what they need to run. */
import path from 'node:path';

export interface ProjectOptions {
  /** Name of the package. */
  readonly name: string;
  /** Version or place of Calf, for the dependencies. */
  readonly calf: string;
}

const JOB_FILE = './job.ts';

const JOB = `import { job, sum } from 'calf';

/** Counts the words of text files. */
export default job<string, number>({
  name: 'word count',
  map(line, { emit }) {
    for (const word of line.toLowerCase().match(/\\p{L}+/gu) ?? []) emit(word, 1);
  },
  combine: sum,
  reduce: sum,
});
`;

const TEST = `import { runJob } from 'calf';
import { expect, test } from 'vitest';
import wordCount from '${JOB_FILE}';

test('counts words in any case', async () => {
  await using run = await runJob(wordCount, {
    inputs: [{ content: 'To be, or not\\n' }, { content: 'to be.\\n' }],
  });
  expect(await run.records()).toEqual([
    ['be', '2'],
    ['not', '1'],
    ['or', '1'],
    ['to', '2'],
  ]);
  expect(run.counter('org.apache.hadoop.mapreduce.TaskCounter', 'MAP_INPUT_RECORDS')).toBe(2);
});
`;

const INPUT = 'It was the best of times,\nit was the worst of times.\n';

const readme = (name: string): string => `# ${name}

A MapReduce job for Calf. \`job.ts\` is the job, \`job.test.ts\` its test.

    npm install
    npm test
    npm run check

Run it on local files, without a cluster:

    npm run job -- input output
    cat output/part-r-00000

The output directory must not exist: remove it before the next run.

Run it on a cluster of this machine:

    npx calf start
    export HADOOP_CONF_DIR=$PWD/calf-data/conf
    npx hdfs dfs -mkdir -p input
    npx hdfs dfs -put input/example.txt input
    npx hadoop jar job.ts input output
    npx hdfs dfs -cat output/part-r-00000
    npx calf stop
`;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Returns the files of the project: their texts by their names. */
export function jobProject({ name, calf }: ProjectOptions): Readonly<Record<string, string>> {
  return {
    'job.ts': JOB,
    'job.test.ts': TEST,
    [path.join('input', 'example.txt')]: INPUT,
    'package.json': json({
      name,
      version: '0.0.0',
      private: true,
      type: 'module',
      scripts: { test: 'vitest run', check: 'tsc', job: 'mapred submit job.ts' },
      dependencies: { calf },
      devDependencies: { '@types/node': '^22.0.0', typescript: '^5.9.0', vitest: '^4.0.0' },
    }),
    'tsconfig.json': json({
      compilerOptions: {
        target: 'esnext',
        lib: ['esnext'],
        module: 'nodenext',
        types: ['node'],
        strict: true,
        noEmit: true,
        allowImportingTsExtensions: true,
        skipLibCheck: true,
      },
      include: ['*.ts'],
    }),
    // Calf is built already, and no other package here has a script that it needs.
    '.npmrc': 'ignore-scripts=true\n',
    '.gitignore': 'node_modules\noutput\ncalf-data\n',
    'README.md': readme(name),
  };
}
