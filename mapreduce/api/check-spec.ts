/** Refuses members of a job or a program that it does not have: a job that is half understood runs, and gives a wrong result. */
import { distance } from 'fastest-levenshtein';

/** Names that Hadoop's and other libraries' users write, and the member that they mean. */
const MEANT: Readonly<Record<string, string>> = {
  mapper: 'map',
  reducer: 'reduce',
  combiner: 'combine',
  partitioner: 'partition',
  comparator: 'compare',
  sortcomparator: 'compare',
  groupingcomparator: 'group',
  inputformat: 'input',
  outputformat: 'output',
  numreducetasks: 'reducers',
  reduces: 'reducers',
  jobname: 'name',
  configuration: 'conf',
  close: 'cleanup',
  run: 'main',
};

export type MemberType = 'function' | 'object' | 'string' | 'number';

const WITH_ARTICLE = { function: 'a function', object: 'an object', string: 'a string', number: 'a number' };

/**
 * Checks the members of an object that a user declares, with the type that each of them must have.
 * @param what the function that takes the object, such as `job`
 * @throws TypeError that names the member, and the nearest one that there is
 */
export function checkMembers(what: string, spec: object, known: Readonly<Record<string, MemberType>>): void {
  for (const [name, value] of Object.entries(spec)) {
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    if (type === undefined) throw new TypeError(`${what}() has no member '${name}'${advice(name, Object.keys(known))}`);
    if (value !== undefined && (typeof value !== type || value === null)) {
      throw new TypeError(`${what}() needs ${WITH_ARTICLE[type]} as its '${name}', and was given ${described(value)}`);
    }
  }
}

function described(value: unknown): string {
  return value === null ? 'null' : `a ${typeof value}`;
}

function advice(name: string, known: readonly string[]): string {
  const meant = MEANT[name.toLowerCase()];
  const near = meant !== undefined && known.includes(meant) ? meant : nearest(name, known);
  return near === undefined ? `: it has ${known.join(', ')}` : `: did you mean '${near}'?`;
}

/** Returns the known name that differs by the fewest letters, if at most a third of the name's letters do. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((word) => ({ word, steps: distance(name.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps);
  return best && best.steps <= Math.max(1, Math.floor(name.length / 3)) ? best.word : undefined;
}

/** The members of JobSpec. */
export const JOB_MEMBERS = {
  name: 'string',
  input: 'object',
  inputs: 'object',
  output: 'object',
  outputs: 'object',
  setup: 'function',
  map: 'function',
  combine: 'function',
  reduce: 'function',
  cleanup: 'function',
  partition: 'function',
  compare: 'function',
  group: 'function',
  reducers: 'number',
  conf: 'object',
  usage: 'string',
  configure: 'function',
} as const satisfies Record<string, MemberType>;

/** The members of ProgramSpec. */
export const PROGRAM_MEMBERS = { name: 'string', usage: 'string', main: 'function' } as const satisfies Record<
  string,
  MemberType
>;

/** The members of JobInput. */
export const INPUT_MEMBERS = {
  input: 'object',
  setup: 'function',
  map: 'function',
  cleanup: 'function',
} as const satisfies Record<string, MemberType>;

/**
 * Checks the names of a job's inputs and outputs; those of outputs by the rule of Hadoop's MultipleOutputs.
 * @throws TypeError
 */
export function checkNames(spec: { readonly inputs?: object; readonly outputs?: object }): void {
  for (const member of ['inputs', 'outputs'] as const) {
    const named = spec[member];
    if (named === undefined) continue;
    if (Array.isArray(named)) throw new TypeError(`job() needs ${member} by name: \`${member}: { name: … }\``);
    for (const [name, value] of Object.entries(named)) {
      if (!/^[A-Za-z0-9]+$/.test(name))
        throw new TypeError(`'${name}' of ${member} should have letters and digits only`);
      if (name === 'part') throw new TypeError(`The name 'part' of ${member} is reserved`);
      if (typeof value !== 'object' || value === null) throw new TypeError(`'${name}' of ${member} is no object`);
      if (member === 'inputs') checkMembers('jobInput', value, INPUT_MEMBERS);
    }
  }
}
