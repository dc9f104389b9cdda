export interface Example {
  /** As Hadoop's ExampleDriver lists it. */
  readonly description: string;
  readonly load: () => Promise<Record<string, unknown>>;
}

/** The built-in examples by name; each module loads when it is used. */
const EXAMPLES: Readonly<Record<string, Example>> = {
  wordcount: {
    description: 'A map/reduce program that counts the words in the input files.',
    load: () => import('./wordcount.ts'),
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

/** Lines as `wordcount: A map/reduce program that …`. */
export function exampleList(): string[] {
  return Object.entries(EXAMPLES).map(([name, { description }]) => `${name}: ${description}`);
}
