/** The table of the built-in examples. */
export interface Example {
  /** Description in the list of Hadoop's ExampleDriver. */
  readonly description: string;
  readonly load: () => Promise<Record<string, unknown>>;
}

/** Hadoop's examples and those of the course, by name. Each module is loaded when the example is used. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  aggregatewordcount: {
    description: 'An Aggregate based map/reduce program that counts the words in the input files.',
    load: () => import('./aggregatewordcount.ts'),
  },
  aggregatewordhist: {
    description: 'An Aggregate based map/reduce program that computes the histogram of the words in the input files.',
    load: () => import('./aggregatewordhist.ts'),
  },
  bbp: {
    description: 'A map/reduce program that uses Bailey-Borwein-Plouffe to compute exact digits of Pi.',
    load: () => import('./pi/bbp.ts'),
  },
  dbcount: {
    description: 'An example job that count the pageview counts from a database.',
    load: () => import('./dbcount.ts'),
  },
  distbbp: {
    description: 'A map/reduce program that uses a BBP-type formula to compute exact bits of Pi.',
    load: () => import('./pi/distbbp.ts'),
  },
  grep: {
    description: 'A map/reduce program that counts the matches of a regex in the input.',
    load: () => import('./grep/grep.ts'),
  },
  join: {
    description: 'A job that effects a join over sorted, equally partitioned datasets',
    load: () => import('./join/join.ts'),
  },
  keywordindex: {
    description: 'Indexes the words of documents, with their positions and ranks.',
    load: () => import('./course/keywordindex.ts'),
  },
  multifilewc: {
    description: 'A job that counts words from several files.',
    load: () => import('./multifilewc.ts'),
  },
  pagerank: {
    description: 'Ranks the pages of a web graph, in one job for each iteration.',
    load: () => import('./course/pagerank.ts'),
  },
  pentomino: {
    description: 'A map/reduce tile laying program to find solutions to pentomino problems.',
    load: () => import('./dancing/pentomino.ts'),
  },
  photomosaic: {
    description: 'Pixelates faces or marked regions of photos, each photo by itself.',
    load: () => import('./course/photomosaic.ts'),
  },
  pi: {
    description: 'A map/reduce program that estimates Pi using a quasi-Monte Carlo method.',
    load: () => import('./pi/pi.ts'),
  },
  randomtextwriter: {
    description: 'A map/reduce program that writes 10GB of random textual data per node.',
    load: () => import('./random/randomtextwriter.ts'),
  },
  randomwriter: {
    description: 'A map/reduce program that writes 10GB of random data per node.',
    load: () => import('./random/randomwriter.ts'),
  },
  secondarysort: {
    description: 'An example defining a secondary sort to the reduce.',
    load: () => import('./secondarysort.ts'),
  },
  similarpeople: {
    description: 'Finds the people with the most friends in common.',
    load: () => import('./course/similarpeople.ts'),
  },
  sort: {
    description: 'A map/reduce program that sorts the data written by the random writer.',
    load: () => import('./sort.ts'),
  },
  sudoku: {
    description: 'A sudoku solver.',
    load: () => import('./dancing/sudoku.ts'),
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
