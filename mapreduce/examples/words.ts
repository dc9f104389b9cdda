/** Returns the words of a line, as Java's StringTokenizer finds them: blanks, tabs and line ends separate words. */
export function wordsOf(line: string): string[] {
  return line.split(/[ \t\n\r\f]+/).filter((word) => word !== '');
}

/** Reads lines `name TAB number`. Returns the numbers by name. */
export function parseCounts(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [name = '', value] = line.split('\t');
      return [name, Number(value)];
    }),
  );
}
