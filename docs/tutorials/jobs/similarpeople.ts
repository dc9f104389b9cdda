/** The example similarpeople: finds the people with the most friends in common. */
import { job, keyValueTextInput, program, UsageError } from 'calf';

const TOP = 'similarpeople.top';

/**
 * Finds pairs of people with a friend in common. Input: `person TAB friend,friend,…`. Output: a line for each pair and friend,
 * `person,person TAB friend,number of the first one's friends,number of the second one's friends`.
 */
export const pairs = job<string, [string, number], string, string, string, string>({
  name: 'similar people: pairs',
  input: keyValueTextInput(),
  map(list, { emit, key: person }) {
    const friends = new Set(list.split(',').filter((name) => name !== ''));
    for (const friend of friends) emit(friend, [person, friends.size]);
  },
  reduce(friend, values, { emit, counter }) {
    const people = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
    // A friend of n people is in n · (n - 1) / 2 pairs: a very popular one makes most of the work.
    counter('similarpeople', 'PAIRS').increment((people.length * (people.length - 1)) / 2);
    for (const [i, [a, friendsOfA]] of people.entries()) {
      for (const [b, friendsOfB] of people.slice(i + 1)) emit(`${a},${b}`, `${friend},${friendsOfA},${friendsOfB}`);
    }
  },
});

/**
 * Computes the similarity of each pair: the friends in common, divided by all friends of the two (Jaccard index). Output:
 * `person,person TAB similarity TAB friends in common`.
 */
export const similarity = job<string, string, string, string, string, string>({
  name: 'similar people: similarity',
  input: keyValueTextInput(),
  map(common, { emit, key: pair }) {
    emit(pair, common);
  },
  reduce(pair, values, { emit }) {
    const common: string[] = [];
    let all = 0;
    for (const value of values) {
      const [friend = '', ofA, ofB] = value.split(',');
      common.push(friend);
      all = Number(ofA) + Number(ofB);
    }
    const jaccard = common.length / (all - common.length);
    emit(pair, `${jaccard.toFixed(4)}\t${common.sort().join(',')}`);
  },
});

/**
 * Ranks the others for each person. The key has the person and the similarity, so that the shuffle sorts by both (secondary
 * sort); partition() and group() bring all of one person to one call of reduce().
 */
export const ranking = job<[person: string, similarity: number], string, string, string, string, string>({
  name: 'similar people: ranking',
  input: keyValueTextInput(),
  map(value, { emit, key: pair }) {
    const [a = '', b = ''] = pair.split(',');
    const [similar, common = ''] = value.split('\t');
    emit([a, Number(similar)], `${b}\t${similar}\t${common}`);
    emit([b, Number(similar)], `${a}\t${similar}\t${common}`);
  },
  // The most similar first.
  compare: ([a, similarA], [b, similarB]) => (a === b ? similarB - similarA : a < b ? -1 : 1),
  partition: ([person], _value, reducers) => [...person].reduce((sum, c) => sum + c.charCodeAt(0), 0) % reducers,
  group: ([person]) => person,
  reduce([person], others, { emit, conf }) {
    let left = conf.getNumber(TOP, 3);
    for (const other of others) if (left-- > 0) emit(person, other);
  },
});

/** Makes a network of people who mostly know their neighbours: the same one each time. */
function network(people: number): string {
  const name = (i: number): string => `person${String(((i % people) + people) % people).padStart(3, '0')}`;
  const lines = Array.from({ length: people }, (_, i) => {
    const friends = [1, 2, 3 + (i % 3), 7 + ((i * i) % 11)].flatMap((step) => [name(i + step), name(i - step)]);
    return `${name(i)}\t${[...new Set(friends)].filter((friend) => friend !== name(i)).join(',')}\n`;
  });
  return lines.join('');
}

export default program({
  name: 'similarpeople',
  usage: 'similarpeople -data <file> [<people>] | similarpeople <in> <out> [<top>]',
  async main({ args, run, remove, writeText, print }) {
    const [input, output, number] = args;
    if (!input || !output || args.length > 3 || (number !== undefined && !/^[1-9]\d*$/.test(number)))
      throw new UsageError();
    if (input === '-data') {
      await writeText(output, network(Number(number ?? 60)));
      print(`Wrote ${output}`);
      return;
    }
    const [pairsDirectory, similarityDirectory] = [`${output}-pairs`, `${output}-similarity`];
    try {
      await run(pairs, { inputs: [input], output: pairsDirectory });
      await run(similarity, { inputs: [pairsDirectory], output: similarityDirectory });
      await run(ranking, { inputs: [similarityDirectory], output, conf: { [TOP]: number ?? 3 } });
    } finally {
      await remove(pairsDirectory);
      await remove(similarityDirectory);
    }
  },
});
