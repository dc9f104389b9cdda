/** The example multifilewc: counts the words of many small files, several of which share a map task. */
import { combineInput, job, sum, textInput, UsageError } from '../api/api.ts';
import { wordsOf } from './words.ts';

export default job<string, number>({
  name: 'MultiFileWordCount',
  usage: 'multifilewc <input_dir> <output>',
  input: combineInput(textInput()),
  map(line, { emit }) {
    for (const word of wordsOf(line)) emit(word, 1);
  },
  combine: sum,
  reduce: sum,
  configure([inputs, output]) {
    if (!inputs || !output) throw new UsageError();
    return { inputs: inputs.split(','), output };
  },
});
