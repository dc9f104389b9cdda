/** The words of a line, as Java's StringTokenizer finds them: what blanks, tabs and line ends leave. */
export function wordsOf(line: string): string[] {
  return line.split(/[ \t\n\r\f]+/).filter((word) => word !== '');
}

/** Numbers by name out of lines as `name TAB number`. */
export function parseCounts(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [name = '', value] = line.split('\t');
      return [name, Number(value)];
    }),
  );
}
