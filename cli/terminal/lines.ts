/** Lines to standard output and standard error, for commands that print little. */

/** Prints one line, given without its newline. */
export type Print = (line: string) => void;

/** Prints a result. */
export const print: Print = (line) => {
  process.stdout.write(`${line}\n`);
};

/** Prints a message that is no result. */
export const complain: Print = (line) => {
  process.stderr.write(`${line}\n`);
};
