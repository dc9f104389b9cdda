// Compares a test's output with the expected output, by the rules of Hadoop's CLITestHelper.

const lines = (output) => output.split(/[\n\r]+/).filter(Boolean);

/** Converts a Java pattern for find(): in Java `$` also matches before a final line terminator. */
const findPattern = (source) =>
  new RegExp(source.replace(/\\.|\[(?:\\.|[^\]])*\]|\$/gs, (m) => (m === '$' ? '(?=\\n?$)' : m)));

export const COMPARATORS = {
  ExactComparator: (actual, expected) => actual === expected,
  ExactLineComparator: (actual, expected) => lines(actual).includes(expected),
  SubstringComparator: (actual, expected) => actual.includes(expected),
  TokenComparator: (actual, expected) => expected.split(/[,\n\r]+/).every((token) => actual.includes(token)),
  RegexpComparator: (actual, expected) => {
    const pattern = new RegExp(`^(?:${expected})$`);
    return lines(actual).some((line) => pattern.test(line));
  },
  RegexpAcrossOutputComparator: (actual, expected) => findPattern(expected).test(actual),
};
