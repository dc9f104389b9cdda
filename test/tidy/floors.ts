// The floors of the house, for the tests that keep them.
import path from 'node:path';

/** The floors of the house: the top folders that each top folder may import. Types count as imports. */
export const FLOORS: Readonly<Record<string, string>> = {
  conf: '',
  runtime: 'conf',
  protocol: 'conf runtime',
  namenode: 'conf runtime protocol',
  datanode: 'conf runtime protocol',
  client: 'conf runtime protocol',
  mapreduce: 'conf runtime protocol client',
  tools: 'conf runtime protocol client',
  cluster: 'conf runtime protocol namenode datanode client mapreduce tools',
  cli: 'conf runtime protocol namenode datanode client mapreduce tools cluster',
  'index.ts': 'conf runtime protocol client mapreduce cluster',
};

/** Returns the files that a file of TypeScript imports by a relative name, as paths from the project's folder. */
export function importsIn(file: string, text: string): string[] {
  const names = [...text.matchAll(/(?:\bfrom|\bimport\(|^import)\s*'(\.[^']+)'/gm)].map((match) => match[1] ?? '');
  return [...new Set(names)].map((name) => path.posix.join(path.posix.dirname(file), name));
}
