// Exact covers, sudoku and pentominoes, with the results of Hadoop 3.4.2's examples.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DancingLinks } from '../../../../mapreduce/examples/dancing/dancing-links.ts';
import { PentominoBoard, type Solution } from '../../../../mapreduce/examples/dancing/pentomino-board.ts';
import { PENTOMINOES } from '../../../../mapreduce/examples/dancing/pieces.ts';
import { parseBoard, solveBoard } from '../../../../mapreduce/examples/dancing/sudoku.ts';

/** Finds exact covers by trying every set of rows. */
function covers(columns: number, rows: readonly (readonly number[])[]): number {
  let count = 0;
  for (let set = 0; set < 2 ** rows.length; set++) {
    const chosen = rows.filter((_, i) => (set >> i) % 2 === 1).flat();
    if (chosen.length === columns && new Set(chosen).size === columns) count++;
  }
  return count;
}

function model(columns: number, rows: readonly (readonly number[])[]): DancingLinks {
  const links = new DancingLinks();
  links.addColumns(columns);
  for (const row of rows) links.addRow(row);
  return links;
}

describe('DancingLinks', () => {
  const matrix = fc.integer({ min: 1, max: 6 }).chain((columns) =>
    fc.record({
      columns: fc.constant(columns),
      rows: fc.array(fc.subarray([...Array(columns).keys()], { minLength: 1 }), { maxLength: 9 }),
    }),
  );

  it('finds every exact cover once', () => {
    fc.assert(
      fc.property(matrix, ({ columns, rows }) => {
        let found = 0;
        const count = model(columns, rows).solve((solution) => {
          found++;
          expect(solution.flat().sort((a, b) => a - b)).toEqual([...Array(columns).keys()]);
        });
        expect(count).toBe(found);
        expect(count).toBe(covers(columns, rows));
      }),
    );
  });

  it('finds under all prefixes together the solutions of the whole', () => {
    fc.assert(
      fc.property(matrix, ({ columns, rows }) => {
        const links = model(columns, rows);
        const all = links.solve(() => undefined);
        const parts = links.split(1).map((prefix) => links.solve(() => undefined, prefix));
        expect(parts.reduce((a, b) => a + b, 0)).toBe(all);
        expect(links.solve(() => undefined)).toBe(all);
      }),
    );
  });
});

describe('sudoku', () => {
  const PUZZLE = `8 5 ? 3 9 ? ? ? ?
? ? 2 ? ? ? ? ? ?
? ? 6 ? 1 ? ? ? 2
? ? 4 ? ? 3 ? 5 9
? ? 8 9 ? 1 4 ? ?
3 2 ? 4 ? ? 8 ? ?
9 ? ? ? 8 ? 5 ? ?
? ? ? ? ? ? 2 ? ?
? ? ? ? 4 5 ? 7 8
`;

  it('has the solution that Hadoop’s example prints', () => {
    const solutions: string[] = [];
    expect(solveBoard(parseBoard(PUZZLE), (rows) => solutions.push(rows.map((row) => row.join('')).join(' ')))).toBe(1);
    expect(solutions).toEqual([
      '851392647 432678195 796514382 614823759 578961423 329457816 947286531 185739264 263145978',
    ]);
  });

  it('refuses a puzzle that is not square', () => {
    expect(() => parseBoard('1 ?\n? ? ?\n')).toThrow('Row 2 has 3 cells, and the puzzle has 2 rows');
    expect(() => parseBoard('1 3\n? ?\n')).toThrow('Row 1 has the cell 3: expected ? or a number from 1 to 2');
  });
});

describe('pentomino', () => {
  it('lays the twelve pieces on 3 by 20 cells in the four ways that Hadoop’s example writes', () => {
    const board = new PentominoBoard(PENTOMINOES, 3, 20);
    const prefixes = board.split(2);
    const found: (Solution & { prefix: string })[] = [];
    for (const prefix of prefixes)
      board.solve(prefix, (solution) => found.push({ ...solution, prefix: prefix.join() }));
    const rows = found.map(({ picture, prefix }) => `${prefix} ${picture.replaceAll('\n', '')}`);
    // Hadoop's reduce gives the values of one prefix in another order.
    expect(rows.reverse()).toEqual([
      '1,0 uuuuxuxxxpxippippillilnilnnlfnffntffttttwwwwywyyzzyvzyvzzvvv',
      '1,0 uuuuxuxxxpxippippizziyziyzzyywywwwwttttfftnffnflnnlvnlvllvvv',
      '1,0 uuuuxuxxxixpippippillinlnnlnflnffffttttwwtywwyywyzzyzvzzvvvv',
      '1,0 uuuuxuxxxixpippippizzizyzzywyywwytwwttttffffnlfnlnnlnvllvvvv',
    ]);
    expect(found.map(({ category }) => category)).toEqual(['MID_X', 'MID_X', 'MID_X', 'MID_X']);
  });
});
