/** The example sudoku: solves puzzles in this process, without a job. */
import fs from 'node:fs';
import { program } from '../../api/api.ts';
import { wordsOf } from '../words.ts';
import { DancingLinks } from './dancing-links.ts';

/** The given number of each cell, row by row; undefined for a cell to fill. */
type Board = readonly (readonly (number | undefined)[])[];

/** Reads a line for each row: numbers, and `?` for a cell to fill. @throws Error for a board that is not square */
export function parseBoard(text: string): Board {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  return lines.map((line, row) => {
    const words = wordsOf(line);
    if (words.length !== lines.length) {
      throw new Error(`Row ${row + 1} has ${words.length} cells, and the puzzle has ${lines.length} rows`);
    }
    return words.map((word) => {
      if (word === '?') return undefined;
      const number = Number(word);
      if (Number.isInteger(number) && number >= 1 && number <= lines.length) return number;
      throw new Error(`Row ${row + 1} has the cell ${word}: expected ? or a number from 1 to ${lines.length}`);
    });
  });
}

/** Calls `found` with each solution, in the order of Hadoop's example. Returns the number of solutions. */
export function solveBoard(board: Board, found: (solution: readonly (readonly number[])[]) => void): number {
  const size = board.length;
  const squareRows = Math.floor(Math.sqrt(size));
  const squareColumns = Math.floor(size / squareRows);
  const model = new DancingLinks();
  model.addColumns(4 * size * size);
  const placements = new Map<number, { readonly x: number; readonly y: number; readonly number: number }>();
  for (let x = 0; x < size; x++) {
    for (let y = 0; y < size; y++) {
      const given = board[y]?.[x];
      for (const number of given === undefined ? Array.from({ length: size }, (_, i) => i + 1) : [given]) {
        const inColumn = x * size + number - 1;
        const inRow = size * size + y * size + number - 1;
        const square = Math.floor(x / squareColumns) * squareColumns + Math.floor(y / squareRows);
        model.addRow([inColumn, inRow, (2 * size + square) * size + number - 1, (3 * size + x) * size + y]);
        // The first two columns name the row of the matrix alone.
        placements.set(inColumn * 4 * size * size + inRow, { x, y, number });
      }
    }
  }
  return model.solve((rows) => {
    const solution = board.map(() => new Array<number>(size).fill(0));
    for (const columns of rows) {
      const [inColumn = 0, inRow = 0] = columns.toSorted((a, b) => a - b);
      const placed = placements.get(inColumn * 4 * size * size + inRow);
      const row = placed && solution[placed.y];
      if (placed && row) row[placed.x] = placed.number;
    }
    found(solution);
  });
}

export default program({
  name: 'sudoku',
  usage: 'sudoku <puzzle file>...',
  async main({ args, print }) {
    // Hadoop's example says so, and ends with the status 0.
    if (args.length === 0) print('Include a puzzle on the command line.');
    for (const file of args) {
      const board = parseBoard(await fs.promises.readFile(file, 'utf8'));
      print(`Solving ${file}`);
      const count = solveBoard(board, (solution) => {
        for (const row of solution) print(row.map((number) => `${number} `).join(''));
        print('');
      });
      print(`Found ${count} solutions`);
    }
  },
});
