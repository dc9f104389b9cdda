/** The table of the built-in examples. */
export interface Example {
  /** Description in the list of Hadoop's ExampleDriver. */
  readonly description: string;
  readonly load: () => Promise<Record<string, unknown>>;
}

/** Examples by name. Each module is loaded when the example is used. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  grep: {
    description: 'A map/reduce program that counts the matches of a regex in the input.',
    load: () => import('./grep.ts'),
  },
  pi: {
    description: 'A map/reduce program that estimates Pi using a quasi-Monte Carlo method.',
    load: () => import('./pi.ts'),
  },
  secondarysort: {
    description: 'An example defining a secondary sort to the reduce.',
    load: () => import('./secondarysort.ts'),
  },
  sort: {
    description: 'A map/reduce program that sorts lines of text by key.',
    load: () => import('./sort.ts'),
  },
  teragen: {
    description: 'Generate data for the terasort',
    load: () => import('./teragen.ts'),
  },
  terasort: {
    description: 'Run the terasort',
    load: () => import('./terasort.ts'),
  },
  teravalidate: {
    description: 'Checking results of terasort',
    load: () => import('./teravalidate.ts'),
  },
  wordcount: {
    description: 'A map/reduce program that counts the words in the input files.',
    load: () => import('./wordcount.ts'),
  },
  wordmean: {
    description: 'A map/reduce program that counts the average length of the words in the input files.',
    load: () => import('./wordmean.ts'),
  },
  wordmedian: {
    description: 'A map/reduce program that counts the median length of the words in the input files.',
    load: () => import('./wordmedian.ts'),
  },
  wordstandarddeviation: {
    description:
      'A map/reduce program that counts the standard deviation of the length of the words in the input files.',
    load: () => import('./wordstandarddeviation.ts'),
  },
};

export function findExample(name: string): Example | undefined {
  return Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
}

export async function loadExample(name: string): Promise<Record<string, unknown>> {
  const example = findExample(name);
  if (!example) throw new Error(`There is no example '${name}'`);
  return await example.load();
}

/** Returns a line for each example: `wordcount: A map/reduce program that …`. */
export function exampleList(): string[] {
  return Object.entries(EXAMPLES).map(([name, { description }]) => `${name}: ${description}`);
}
