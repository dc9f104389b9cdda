/** Lays pentominoes on a board. */
import { DancingLinks } from './dancing-links.ts';
import { type Piece, type Shape, shapesOf } from './pieces.ts';

/** Place of the x piece in a solution, which Hadoop's example counts: the board's symmetries can be seen from it. */
export type Category = 'UPPER_LEFT' | 'MID_X' | 'MID_Y' | 'CENTER';

export interface Solution {
  /** The board as lines of letters, each with a line end. */
  readonly picture: string;
  readonly category: Category;
}

export class PentominoBoard {
  readonly #width: number;
  readonly #height: number;
  readonly #pieces: readonly Piece[];
  readonly #model = new DancingLinks();

  constructor(pieces: readonly Piece[], width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#pieces = pieces;
    // A column for each cell of the board, then one for each piece.
    this.#model.addColumns(width * height + pieces.length);
    for (const [index, piece] of pieces.entries()) {
      for (const shape of shapesOf(piece)) this.#addPlaces(index, shape);
    }
  }

  /** Returns the ways to lay the first `depth` pieces. */
  split(depth: number): number[][] {
    return this.#model.split(depth);
  }

  /** Calls `found` with each solution that begins with this prefix. Returns their number. */
  solve(prefix: readonly number[], found: (solution: Solution) => void): number {
    return this.#model.solve((rows) => found(this.#toSolution(rows)), prefix);
  }

  #addPlaces(index: number, shape: Shape): void {
    const across = shape[0]?.length ?? 0;
    for (let x = 0; x + across <= this.#width; x++) {
      for (let y = 0; y + shape.length <= this.#height; y++) {
        // The first piece stays in the upper left quarter, so that a solution is not found again turned.
        const isUpperLeft = 2 * x + across <= this.#width && 2 * y + shape.length <= this.#height;
        if (index === 0 && !isUpperLeft) continue;
        const cells = shape.flatMap((row, dy) =>
          row.flatMap((isFilled, dx) => (isFilled ? [(y + dy) * this.#width + x + dx] : [])),
        );
        this.#model.addRow([...cells, this.#width * this.#height + index]);
      }
    }
  }

  #toSolution(rows: readonly (readonly number[])[]): Solution {
    const cells = this.#width * this.#height;
    const picture = new Array<string>(cells).fill('');
    let category: Category = 'UPPER_LEFT';
    for (const columns of rows) {
      const piece = this.#pieces[(columns.find((column) => column >= cells) ?? 0) - cells];
      const filled = columns.filter((column) => column < cells);
      for (const cell of filled) picture[cell] = piece?.name ?? '';
      if (piece?.name === 'x') category = this.#categoryOf(filled);
    }
    const lines = Array.from({ length: this.#height }, (_, y) =>
      picture.slice(y * this.#width, (y + 1) * this.#width).join(''),
    );
    return { picture: `${lines.join('\n')}\n`, category };
  }

  #categoryOf(cells: readonly number[]): Category {
    const xs = cells.map((cell) => cell % this.#width);
    const ys = cells.map((cell) => Math.floor(cell / this.#width));
    const isMidX = Math.min(...xs) + Math.max(...xs) === this.#width - 1;
    const isMidY = Math.min(...ys) + Math.max(...ys) === this.#height - 1;
    if (isMidX && isMidY) return 'CENTER';
    if (isMidX) return 'MID_X';
    return isMidY ? 'MID_Y' : 'UPPER_LEFT';
  }
}
