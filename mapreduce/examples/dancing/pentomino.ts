/** The example pentomino: lays pentominoes on a board, each map below some ways to begin. */
import { job, program, UsageError } from '../../api/api.ts';
import { PentominoBoard } from './pentomino-board.ts';
import { ONE_SIDED, PENTOMINOES, type Piece } from './pieces.ts';

const WIDTH = 'mapreduce.pentomino.width';
const HEIGHT = 'mapreduce.pentomino.height';
const DEPTH = 'mapreduce.pentomino.depth';
const CLASS = 'mapreduce.pentomino.class';
const COUNTERS = 'org.apache.hadoop.examples.dancing.Pentomino$SolutionCategory';
const DEFAULT_MAPS = 2000;

/** The sets of pieces, by the names of Hadoop's classes. */
const SETS: Readonly<Record<string, readonly Piece[]>> = {
  'org.apache.hadoop.examples.dancing.OneSidedPentomino': ONE_SIDED,
  'org.apache.hadoop.examples.dancing.Pentomino': PENTOMINOES,
};

interface Numbers {
  get(name: string, otherwise: string): string;
  getNumber(name: string, otherwise: number): number;
}

/** Returns the board that the properties ask for. Hadoop's defaults: the one-sided pieces on 9 by 10 cells. */
function boardOf(conf: Numbers): PentominoBoard {
  const name = conf.get(CLASS, 'org.apache.hadoop.examples.dancing.OneSidedPentomino');
  const pieces = SETS[name];
  if (!pieces) throw new Error(`${CLASS} is ${name}: expected one of ${Object.keys(SETS).join(', ')}`);
  const [width, height] = [conf.getNumber(WIDTH, 9), conf.getNumber(HEIGHT, 10)];
  if (width * height !== 5 * pieces.length) {
    throw new Error(
      `A board of ${width} by ${height} has ${width * height} cells, and the ${pieces.length} pieces fill ${5 * pieces.length}`,
    );
  }
  return new PentominoBoard(pieces, width, height);
}

let board: PentominoBoard;

/** Each line of the input is a prefix, such as `3,0,1`. Writes the prefix and each solution that begins so. */
export const solve = job<string, string>({
  name: 'dancingElephant',
  setup({ conf }) {
    board = boardOf(conf);
  },
  map(prefix, { emit, counter }) {
    board.solve(prefix.split(',').map(Number), ({ picture, category }) => {
      emit(prefix, `\n${picture}`);
      counter(COUNTERS, category).increment();
    });
  },
  reducers: 1,
});

export default program({
  name: 'pentomino',
  usage: 'pentomino <output> [-depth #] [-height #] [-width #]',
  async main({ args, conf, run, writeText, remove }) {
    const [output] = args;
    if (!output) throw new UsageError();
    const set: Record<string, number> = {
      [WIDTH]: conf.getNumber(WIDTH, 9),
      [HEIGHT]: conf.getNumber(HEIGHT, 10),
      [DEPTH]: conf.getNumber(DEPTH, 5),
    };
    const options: Readonly<Record<string, string>> = { '-width': WIDTH, '-height': HEIGHT, '-depth': DEPTH };
    for (let i = 1; i < args.length; i += 2) {
      const name = options[(args[i] ?? '').toLowerCase()];
      if (!name || !/^\d+$/.test(args[i + 1] ?? '')) throw new UsageError();
      set[name] = Number(args[i + 1]);
    }
    const prefixes = boardOf({
      get: (name, otherwise) => conf.get(name, otherwise),
      getNumber: (name, otherwise) => set[name] ?? conf.getNumber(name, otherwise),
    }).split(set[DEPTH] ?? 0);
    const text = prefixes.map((prefix) => `${prefix.join(',')}\n`).join('');
    const input = `${output}_input`;
    try {
      await writeText(`${input}/part1`, text);
      const maps = conf.getNumber('mapreduce.job.maps', DEFAULT_MAPS);
      const splitBytes = Math.max(1, Math.floor(text.length / maps));
      await run(solve, {
        inputs: [input],
        output,
        conf: { ...set, 'mapreduce.input.fileinputformat.split.maxsize': splitBytes, 'mapreduce.job.reduces': 1 },
      });
    } finally {
      await remove(input);
    }
  },
});
