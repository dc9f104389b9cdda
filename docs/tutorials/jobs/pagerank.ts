/** The example pagerank: ranks the pages of a web graph, in one job for each iteration. */
import { job, keyValueTextInput, program, UsageError } from 'calf';

const DAMPING = 0.85;
const PAGES = 'pagerank.pages';
/** Rank of the pages without links, which the next iteration gives to all pages. */
const DANGLING = 'pagerank.dangling';
/** Counters are whole numbers: a counter of ranks counts billionths. */
const UNIT = 1e9;
const COUNTERS = 'pagerank';

/**
 * Gives each page the same rank, also pages that others link to and that have no line of their own. Input: `page TAB
 * link,link,…`. Output: `page TAB rank TAB link,link,…`; this job writes 1 as the rank, because it does not know the number of
 * pages yet.
 */
export const prepare = job<string, string[], string, string, string, string>({
  name: 'page rank: prepare',
  input: keyValueTextInput(),
  map(text, { emit, key: page }) {
    const links = text.split(',').filter((link) => link !== '');
    emit(page, links);
    for (const link of links) emit(link, []);
  },
  reduce(page, values, { emit, counter }) {
    const links = new Set([...values].flat());
    counter(COUNTERS, 'PAGES').increment();
    if (links.size === 0) counter(COUNTERS, 'DANGLING').increment(UNIT);
    emit(page, `1\t${[...links].sort().join(',')}`);
  },
});

/** A share of another page's rank, or the page's own rank and links. */
type Message = number | [rank: number, links: string];

/** Sends each page's rank along its links, in equal shares. Input and output as those of prepare(). */
export const iterate = job<string, Message, string, string, string, string>({
  name: 'page rank: iterate',
  input: keyValueTextInput(),
  map(value, { emit, key: page }) {
    const [rank = '', text = ''] = value.split('\t');
    emit(page, [Number(rank), text]);
    const links = text === '' ? [] : text.split(',');
    for (const link of links) emit(link, Number(rank) / links.length);
  },
  reduce(page, messages, { emit, counter, conf }) {
    let [received, before, links] = [0, 0, ''];
    for (const message of messages) {
      if (typeof message === 'number') received += message;
      else [before, links] = message;
    }
    const dangling = conf.getNumber(DANGLING, 0) / conf.getNumber(PAGES, 1);
    const rank = 1 - DAMPING + DAMPING * (received + dangling);
    if (links === '') counter(COUNTERS, 'DANGLING').increment(Math.round(rank * UNIT));
    counter(COUNTERS, 'CHANGE').increment(Math.round(Math.abs(rank - before) * UNIT));
    emit(page, `${rank}\t${links}`);
  },
});

/** Sorts the pages by rank, the highest first. The rank is divided by the number of pages, so that all ranks sum up to 1. */
export const sorted = job<[rank: number, page: string], null, string, string, string, string>({
  name: 'page rank: sort',
  input: keyValueTextInput(),
  map(value, { emit, key: page, conf }) {
    emit([Number(value.split('\t')[0]) / conf.getNumber(PAGES, 1), page], null);
  },
  compare: ([rankA, a], [rankB, b]) => rankB - rankA || (a < b ? -1 : a > b ? 1 : 0),
  reduce([rank, page], _nothing, { emit }) {
    emit(page, rank.toFixed(6));
  },
  reducers: 1,
});

/** Makes a graph in which low numbers are linked to most; every tenth page has no links. */
function graph(pages: number): string {
  const lines = Array.from({ length: pages }, (_, i) => {
    const links = [Math.floor(i / 2), Math.floor(i / 3), (i * 7 + 3) % pages].filter((link) => link !== i);
    return `page${i}\t${i % 10 === 9 ? '' : [...new Set(links)].map((link) => `page${link}`).join(',')}\n`;
  });
  return lines.join('');
}

export default program({
  name: 'pagerank',
  usage: 'pagerank -data <file> [<pages>] | pagerank <in> <out> [<iterations> [<tolerance>]]',
  async main({ args, run, remove, writeText, print }) {
    const [input, output, number, tolerance = '0.001'] = args;
    if (!input || !output || args.length > 4 || (number !== undefined && !/^[1-9]\d*$/.test(number)))
      throw new UsageError();
    if (input === '-data') {
      await writeText(output, graph(Number(number ?? 100)));
      print(`Wrote ${output}`);
      return;
    }
    const directory = (iteration: number): string => `${output}-iteration${iteration}`;
    let iteration = 0;
    try {
      let result = await run(prepare, { inputs: [input], output: directory(0) });
      const pages = result.counter(COUNTERS, 'PAGES');
      const most = Number(number ?? 20);
      for (let change = Number.POSITIVE_INFINITY; change > Number(tolerance) && iteration < most; iteration++) {
        result = await run(iterate, {
          inputs: [directory(iteration)],
          output: directory(iteration + 1),
          conf: { [PAGES]: pages, [DANGLING]: result.counter(COUNTERS, 'DANGLING') / UNIT },
        });
        await remove(directory(iteration));
        change = result.counter(COUNTERS, 'CHANGE') / UNIT / pages;
        print(`Iteration ${iteration + 1}: the ranks changed by ${change.toFixed(6)}`);
      }
      await run(sorted, {
        inputs: [directory(iteration)],
        output,
        conf: { [PAGES]: pages, 'mapreduce.job.reduces': 1 },
      });
    } finally {
      await remove(directory(iteration));
      await remove(directory(iteration + 1));
    }
  },
});
