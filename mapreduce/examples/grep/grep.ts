/** The example grep: counts the matches of a regular expression, the most frequent first. */
import { systemRandom } from '../../../runtime/runtime.ts';
import { job, keyValueTextInput, program, sum, UsageError } from '../../api/api.ts';
import { javaRegex } from './java-regex.ts';

/** Counts the matches of the regular expression `grep.pattern`, or of its group `grep.group`. Writes `count TAB match`. */
export const search = job<string, number, number, string>({
  name: 'grep-search',
  map(line, { emit, conf }) {
    for (const match of line.matchAll(pattern(conf.get('grep.pattern', '')))) {
      const found = match[conf.getNumber('grep.group', 0)];
      if (found !== undefined) emit(found, 1);
    }
  },
  combine: sum,
  reduce(match, counts, { emit }) {
    let total = 0;
    for (const count of counts) total += count;
    emit(total, match);
  },
});

/** Sorts the matches by their counts, the highest first. */
export const sort = job<number, string, number, string, string, string>({
  name: 'grep-sort',
  input: keyValueTextInput(),
  map(match, { emit, key }) {
    emit(Number(key), match);
  },
  compare: (a, b) => b - a,
  reducers: 1,
});

let compiled: { readonly text: string; readonly regExp: RegExp } | undefined;

function pattern(text: string): RegExp {
  if (compiled?.text !== text) compiled = { text, regExp: javaRegex(text) };
  return compiled.regExp;
}

export default program({
  name: 'grep',
  usage: 'grep <inDir> <outDir> <regex> [<group>]',
  async main({ args, run, remove }) {
    const [input, output, regex, group = '0'] = args;
    if (!input || !output || !regex) throw new UsageError();
    // An expression that is wrong or can't be translated is refused before a job begins.
    javaRegex(regex);
    const between = `grep-temp-${systemRandom.nextInt(2 ** 31)}`;
    try {
      await run(search, { inputs: [input], output: between, conf: { 'grep.pattern': regex, 'grep.group': group } });
      await run(sort, { inputs: [between], output, conf: { 'mapreduce.job.reduces': 1 } });
    } finally {
      await remove(between);
    }
  },
});
