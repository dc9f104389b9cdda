/** The example keywordindex: indexes the words of documents, with their positions and ranks. */
import { job, program, UsageError } from 'calf';

const DOCUMENTS = 'keywordindex.documents';

/** The positions of one word in one document, in bytes from the document's begin. */
type Posting = [document: string, positions: number[]];

/** Puts the postings of the same document together. */
function byDocument(postings: Iterable<Posting>): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [document, positions] of postings) found.set(document, (found.get(document) ?? []).concat(positions));
  return found;
}

/**
 * Each file of the input is a document. Writes a line for each word: `word TAB document:rank:position,position;…`, the
 * document with the highest rank first. The rank is the word's weight in the document (tf-idf): (1 + ln count) · ln(1 +
 * documents / documents with the word). A word in few documents tells more about them.
 */
export const index = job<string, Posting, string, string>({
  name: 'keyword index',
  map(line, { emit, path, offset }) {
    const document = path.slice(path.lastIndexOf('/') + 1);
    // The offset of the line is known in every split of a file; a count of the words before it is not.
    for (const { 0: word, index: at } of line.matchAll(/[\p{L}\p{N}]+/gu)) {
      emit(word.toLowerCase(), [document, [offset + Buffer.byteLength(line.slice(0, at))]]);
    }
  },
  combine(word, postings, { emit }) {
    for (const posting of byDocument(postings)) emit(word, posting);
  },
  reduce(word, postings, { emit, conf }) {
    const found = byDocument(postings);
    const rarity = Math.log(1 + conf.getNumber(DOCUMENTS, 1) / found.size);
    const ranked = [...found]
      .map(([document, positions]) => ({ document, positions, rank: (1 + Math.log(positions.length)) * rarity }))
      .sort((a, b) => b.rank - a.rank || (a.document < b.document ? -1 : 1));
    const text = ranked.map(({ document, positions, rank }) => {
      return `${document}:${rank.toFixed(4)}:${positions.sort((a, b) => a - b).join(',')}`;
    });
    emit(word, text.join(';'));
  },
});

interface Hit {
  rank: number;
  places: string[];
}

/** Returns the documents that have any of the words, by the sum of their ranks. */
export function search(lines: readonly string[], words: readonly string[]): [document: string, hit: Hit][] {
  const hits = new Map<string, Hit>();
  for (const line of lines) {
    const [word = '', postings = ''] = line.split('\t');
    if (!words.includes(word)) continue;
    for (const posting of postings.split(';')) {
      const [document = '', rank, positions] = posting.split(':');
      const hit = hits.get(document) ?? { rank: 0, places: [] };
      hits.set(document, { rank: hit.rank + Number(rank), places: [...hit.places, `${word}@${positions}`] });
    }
  }
  return [...hits].sort(([a, { rank: x }], [b, { rank: y }]) => y - x || (a < b ? -1 : 1));
}

const TEXTS: Readonly<Record<string, string>> = {
  'blocks.txt': 'A file is cut into blocks.\nEach block is kept by three nodes, so a lost node loses no block.\n',
  'shuffle.txt': 'The shuffle sorts the pairs of all maps.\nEach reduce gets its keys in order.\n',
  'maps.txt': 'A map reads one split of a file.\nA map near the block reads it without the network.\n',
  'names.txt': 'The name node knows each file and its blocks.\nIt keeps the names in memory.\n',
};

export default program({
  name: 'keywordindex',
  usage: 'keywordindex -data <dir> | keywordindex <in> <out> | keywordindex -search <out> <word>...',
  async main({ args, run, list, readText, writeText, print }) {
    const [first, second, ...words] = args;
    if (!first || !second || (first === '-search') !== words.length > 0) throw new UsageError();
    if (first === '-data') {
      for (const [name, text] of Object.entries(TEXTS)) await writeText(`${second}/${name}`, text);
      print(`Wrote ${Object.keys(TEXTS).length} documents to ${second}`);
    } else if (first === '-search') {
      const lower = words.map((word) => word.toLowerCase());
      for (const [document, { rank, places }] of search((await readText(second)).split('\n'), lower)) {
        print(`${document}\t${rank.toFixed(4)}\t${places.join(' ')}`);
      }
    } else {
      const documents = (await list(first)).length;
      await run(index, { inputs: [first], output: second, conf: { [DOCUMENTS]: documents } });
    }
  },
});
