// How a test's output is compared with what is expected, as Hadoop's CLITestHelper does it.

const lines = (output) => output.split(/[\n\r]+/).filter(Boolean);

/** A Java pattern for find(): there `$` also matches before a final line terminator. */
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
