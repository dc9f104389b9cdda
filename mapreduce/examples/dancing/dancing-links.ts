/** Knuth's dancing links: finds all sets of rows of a 0/1 matrix that have each column exactly once. */

/** A cell of the matrix. A header has itself as its `header`, and the cells of its column below it. */
interface Cell {
  left: Cell;
  right: Cell;
  up: Cell;
  down: Cell;
  header: Header;
}

interface Header extends Cell {
  /** Index of the column; -1 for the head of all columns. */
  readonly column: number;
  /** Number of rows that are left in the column. */
  size: number;
}

function newHeader(column: number): Header {
  const header = { column, size: 0 } as Header;
  return Object.assign(header, { left: header, right: header, up: header, down: header, header });
}

/** The columns are numbered in the order in which they were added. Each row of a solution is the list of its columns. */
export class DancingLinks {
  readonly #head = newHeader(-1);
  readonly #columns: Header[] = [];

  get columnCount(): number {
    return this.#columns.length;
  }

  /** Adds columns, which each solution has exactly once. */
  addColumns(count: number): void {
    for (let i = 0; i < count; i++) {
      const header = newHeader(this.#columns.length);
      insertBefore(this.#head, header);
      this.#columns.push(header);
    }
  }

  /** Adds a row that has these columns, in ascending order. */
  addRow(columns: readonly number[]): void {
    let first: Cell | undefined;
    for (const column of columns) {
      const header = this.#columns[column];
      if (!header) throw new RangeError(`There is no column ${column}`);
      const cell = { header, up: header.up, down: header } as Partial<Cell> as Cell;
      cell.left = cell;
      cell.right = cell;
      header.up.down = cell;
      header.up = cell;
      header.size++;
      if (first) insertBefore(first, cell);
      else first = cell;
    }
  }

  /**
   * Calls `found` with each solution. Returns the number of solutions.
   * @param prefix numbers of rows that are chosen first, as split() gives them
   */
  solve(found: (rows: readonly (readonly number[])[]) => void, prefix: readonly number[] = []): number {
    const chosen: Cell[] = [];
    const isPossible = prefix.every((choice) => {
      const row = this.#rowAt(choice);
      if (row) chosen.push(row);
      return row !== undefined;
    });
    const count = isPossible ? this.#search(chosen, found) : 0;
    for (const row of chosen.reverse()) {
      uncoverOthers(row);
      uncover(row.header);
    }
    return count;
  }

  /** Returns every way to choose the first `depth` rows: for each row its number among the rows of the column to fill. */
  split(depth: number): number[][] {
    const prefixes: number[][] = [];
    const descend = (prefix: readonly number[]): void => {
      if (prefix.length === depth) {
        prefixes.push([...prefix]);
        return;
      }
      const column = this.#smallestColumn();
      if (!column || column.size === 0) return;
      cover(column);
      let choice = 0;
      for (let row = column.down; row !== column; row = row.down) {
        coverOthers(row);
        descend([...prefix, choice++]);
        uncoverOthers(row);
      }
      uncover(column);
    };
    descend([]);
    return prefixes;
  }

  #search(chosen: Cell[], found: (rows: readonly (readonly number[])[]) => void): number {
    const column = this.#smallestColumn();
    if (!column) {
      found(chosen.map(columnsOf));
      return 1;
    }
    if (column.size === 0) return 0;
    let count = 0;
    cover(column);
    for (let row = column.down; row !== column; row = row.down) {
      chosen.push(row);
      coverOthers(row);
      count += this.#search(chosen, found);
      chosen.pop();
      uncoverOthers(row);
    }
    uncover(column);
    return count;
  }

  /** Chooses the row with this number in the next column. Returns undefined, and changes nothing, if there is none. */
  #rowAt(choice: number): Cell | undefined {
    const column = this.#smallestColumn();
    if (!column || choice >= column.size) return undefined;
    cover(column);
    let row = column.down;
    for (let i = 0; i < choice; i++) row = row.down;
    coverOthers(row);
    return row;
  }

  /** Returns the first of the columns with the fewest rows; undefined if no column is left. */
  #smallestColumn(): Header | undefined {
    let best: Header | undefined;
    for (let at = this.#head.right.header; at !== this.#head; at = at.right.header) {
      if (!best || at.size < best.size) best = at;
    }
    return best;
  }
}

function insertBefore(next: Cell, cell: Cell): void {
  cell.left = next.left;
  cell.right = next;
  next.left.right = cell;
  next.left = cell;
}

/** Takes a column out of the matrix, with all rows that have it. */
function cover(header: Header): void {
  header.right.left = header.left;
  header.left.right = header.right;
  for (let row = header.down; row !== header; row = row.down) {
    for (let cell = row.right; cell !== row; cell = cell.right) {
      cell.down.up = cell.up;
      cell.up.down = cell.down;
      cell.header.size--;
    }
  }
}

/** Undoes cover(). The links of removed cells still name their neighbours, so that the order must be the reverse. */
function uncover(header: Header): void {
  for (let row = header.up; row !== header; row = row.up) {
    for (let cell = row.left; cell !== row; cell = cell.left) {
      cell.header.size++;
      cell.down.up = cell;
      cell.up.down = cell;
    }
  }
  header.right.left = header;
  header.left.right = header;
}

function coverOthers(row: Cell): void {
  for (let cell = row.right; cell !== row; cell = cell.right) cover(cell.header);
}

function uncoverOthers(row: Cell): void {
  for (let cell = row.left; cell !== row; cell = cell.left) uncover(cell.header);
}

function columnsOf(row: Cell): number[] {
  const columns = [row.header.column];
  for (let cell = row.right; cell !== row; cell = cell.right) columns.push(cell.header.column);
  return columns;
}
