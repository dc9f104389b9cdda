/** The twelve pentominoes, and the eighteen one-sided ones: their shapes in every position. */

/** Rows of cells; true for a cell that the piece fills. */
export type Shape = readonly (readonly boolean[])[];

export interface Piece {
  readonly name: string;
  /** The rows, separated by `/`. */
  readonly shape: string;
  /** The quarter turns that give different shapes. */
  readonly turns: readonly number[];
  /** Whether the piece may be turned over. */
  readonly mayFlip: boolean;
}

const FIXED = [0];
const HALF = [0, 1];
const FULL = [0, 1, 2, 3];

const piece = (name: string, shape: string, turns: readonly number[], mayFlip = false): Piece => ({
  name,
  shape,
  turns,
  mayFlip,
});

const SYMMETRIC = [
  piece('x', ' x /xxx/ x ', FIXED),
  piece('v', 'x  /x  /xxx', FULL),
  piece('t', 'xxx/ x / x ', FULL),
  piece('w', '  x/ xx/xx ', FULL),
  piece('u', 'x x/xxx', FULL),
  piece('i', 'xxxxx', HALF),
];

const HANDED = [
  piece('f', ' xx/xx / x ', FULL),
  piece('p', 'xx/xx/x ', FULL),
  piece('z', 'xx / x / xx', HALF),
  piece('n', 'xx  / xxx', FULL),
  piece('y', '  x /xxxx', FULL),
  piece('l', '   x/xxxx', FULL),
];

/** The other side of the handed pieces. */
const MIRRORED = [
  piece('F', 'xx / xx/ x ', FULL),
  piece('P', 'xx/xx/ x', FULL),
  piece('Z', ' xx/ x /xx ', HALF),
  piece('N', '  xx/xxx ', FULL),
  piece('Y', ' x  /xxxx', FULL),
  piece('L', 'x   /xxxx', FULL),
];

/** Twelve pieces, which fill 60 cells and may be turned over. */
export const PENTOMINOES: readonly Piece[] = [...SYMMETRIC, ...HANDED.map((handed) => ({ ...handed, mayFlip: true }))];

/** Eighteen pieces, which fill 90 cells and lie with one side up. */
export const ONE_SIDED: readonly Piece[] = [...SYMMETRIC, ...HANDED, ...MIRRORED];

/** Returns all shapes of a piece, in the order of Hadoop's example: that order is the order of the solutions. */
export function shapesOf({ shape, turns, mayFlip }: Piece): Shape[] {
  const upright = shape.split('/').map((row) => [...row].map((cell) => cell === 'x'));
  return (mayFlip ? [false, true] : [false]).flatMap((flip) => turns.map((turn) => turned(upright, flip, turn)));
}

function turned(shape: Shape, flip: boolean, turn: number): Shape {
  const lies = turn % 2 === 1;
  const [across, down] = lies ? [shape.length, shape[0]?.length ?? 0] : [shape[0]?.length ?? 0, shape.length];
  const mirrorX = turn >= 2;
  const mirrorY = flip !== (turn === 1 || turn === 2);
  return Array.from({ length: down }, (_, row) =>
    Array.from({ length: across }, (__, column) => {
      const x = mirrorX ? across - column - 1 : column;
      const y = mirrorY ? down - row - 1 : row;
      return (lies ? shape[x]?.[y] : shape[y]?.[x]) ?? false;
    }),
  );
}
