/** The built-in examples' modules; each loads when it is used. */
const EXAMPLES: Readonly<Record<string, () => Promise<Record<string, unknown>>>> = {
  wordcount: () => import('./wordcount.ts'),
};

export const hasExample = (name: string): boolean => Object.hasOwn(EXAMPLES, name);

export async function loadExample(name: string): Promise<Record<string, unknown>> {
  const load = EXAMPLES[name];
  if (!load) throw new Error(`There is no example '${name}'`);
  return await load();
}
