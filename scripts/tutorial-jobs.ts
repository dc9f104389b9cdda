/** The job files of the tutorials: the examples of the course, as a user writes them. */
import fs from 'node:fs';
import path from 'node:path';

const API = "'../../api/api.ts'";

/** Returns the text of each job file by its name: the example, with the import of the API by the package's name, first. */
export function tutorialJobs(root: string): Record<string, string> {
  const course = path.join(root, 'mapreduce', 'examples', 'course');
  return Object.fromEntries(
    fs.readdirSync(course).map((name) => [name, jobFile(fs.readFileSync(path.join(course, name), 'utf8'), name)]),
  );
}

function jobFile(text: string, name: string): string {
  const own = /^import [^;]*? from '\.\.\/\.\.\/api\/api\.ts';\n/m.exec(text)?.[0];
  if (own === undefined) throw new Error(`mapreduce/examples/course/${name} does not import the job API`);
  const rest = text.replace(own, '');
  const first = rest.search(/^import |^(?!\/\*\*|\/\/|import )/m);
  const job = rest.slice(0, first) + own.replace(API, "'calf'") + rest.slice(first);
  // A user's file finds nothing else of Calf's.
  const strange = /from '(\.[^']*)'/.exec(job)?.[1];
  if (strange !== undefined)
    throw new Error(`mapreduce/examples/course/${name} imports ${strange}, which users do not have`);
  return job;
}
